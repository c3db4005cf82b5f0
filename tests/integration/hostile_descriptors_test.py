#!/usr/bin/python3
"""No descriptors are left: docs/hostile-machine.md."""

import os
import socket
import time

import harness
from hostile_machine import HostileWorld

# What the server may have in the flood, and how many connect.
DESCRIPTORS = 200
FLOOD = 400
# A loop that tries again at once would take a whole processor.
BUSY_SHARE_MAX = 0.5
BUSY_WINDOW_S = 1.0


class HostileDescriptors(harness.IntegrationTest):
    WORLD = HostileWorld

    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()
        # A callback's check would open a connection at a moment of its own.
        self.world.bank.call('SetCallbackPolicy', {'hold': {'kind': 'CALLBACK_KIND_NONE'}})
        self.connections = []
        self.addCleanup(self.disconnect)

    def connect(self, listener):
        host, port = self.world.server.addresses[listener].rsplit(':', 1)
        self.connections.append(socket.create_connection((host, int(port)), harness.PATIENCE_S))

    def disconnect(self):
        for connection in self.connections:
            connection.close()
        self.connections.clear()

    def busy_s(self):
        """Processor time that the server has used."""
        with open(f'/proc/{self.world.server.pid}/stat', encoding='ascii') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def assert_idle(self):
        before = self.busy_s()
        time.sleep(BUSY_WINDOW_S)  # What is measured is what happens in this time.
        self.assertLess(self.busy_s() - before, BUSY_SHARE_MAX * BUSY_WINDOW_S)

    def forget_connections_to_the_provider(self):
        """What was kept is closed, so that the next call needs a new one."""
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_REFUSE'})
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_NONE'})

    def test_a_flood_of_connections(self):
        self.world.limit_descriptors(DESCRIPTORS)
        for _ in range(FLOOD):
            self.connect('grpc')
        # What is left is kept for the operators and for providers.
        self.world.wait_until_ready_says(503, 'descriptors_exhausted since ')
        self.assertEqual(len(self.world.log_lines('event=impaired what=descriptors_exhausted ')), 1)
        self.forget_connections_to_the_provider()
        payment = self.world.create(self.card)
        self.assertEqual(payment['state'], 'PAYMENT_STATE_AUTHORIZED')
        self.assert_idle()

        self.disconnect()
        self.world.wait_until_well()
        self.assertEqual(
            len(self.world.log_lines('event=recovered what=descriptors_exhausted ')), 1)
        self.assertTrue(self.world.is_serving())  # Over a new connection.

    def test_none_left_at_all(self):
        self.world.create(self.card)
        self.forget_connections_to_the_provider()
        self.world.limit_descriptors(3)
        for listener in ('grpc', 'public_http', 'admin_http'):
            self.connect(listener)
        self.world.wait_for_log('event=impaired what=descriptors_exhausted ')

        # The provider cannot be reached, and that is proof that nothing was sent.
        request = self.world.payment(self.card)
        self.assert_refused('UNAVAILABLE', 'PROVIDER_UNAVAILABLE',
                            lambda: self.world.payments.call('CreatePayment', request),
                            provider_called='false', safe_to_retry='true')
        found = self.world.payments.call('GetPayment', {'requestId': request['requestId']})
        self.assertEqual(found['payment']['state'], 'PAYMENT_STATE_FAILED')
        self.assertEqual(found['payment']['operations'][0]['dispatch'],
                         'OPERATION_DISPATCH_NOT_SENT')
        # The store needs none.
        self.assertEqual(self.world.log_lines('event=impaired what=store_'), [])
        self.assert_idle()

        self.world.limit_descriptors(None)
        self.disconnect()
        self.world.wait_until_well()
        self.assertTrue(self.world.is_serving())
        again = self.world.payments.call('CreatePayment', request)['payment']
        self.assertEqual(again['state'], 'PAYMENT_STATE_AUTHORIZED')
        self.assertEqual(self.world.movements(), [('HOLD', 150000)] * 2)


if __name__ == '__main__':
    harness.main()
