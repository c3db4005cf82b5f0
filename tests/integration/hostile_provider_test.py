#!/usr/bin/python3
"""The provider is away, or drips: docs/hostile-machine.md.

  hostile_provider_test.py [--seconds N]   how long it is away; a minute is 60
"""

import os
import signal
import socket
import sys
import threading
import time

import harness
from hostile_machine import HostileWorld

# Enough for the checks and captures of an outage to be tried more than once.
OUTAGE_SECONDS = 3
# How many are tried in it, spread over it.
PAYMENTS_MIN, PAYMENTS_MAX = 4, 50


def outage_seconds():
    if '--seconds' not in sys.argv:
        return OUTAGE_SECONDS
    at = sys.argv.index('--seconds')
    seconds = float(sys.argv[at + 1])
    del sys.argv[at:at + 2]
    return seconds


SECONDS = outage_seconds()


class HostileProvider(harness.IntegrationTest):
    WORLD = HostileWorld

    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    def pay_throughout(self):
        """Requests that were refused, and the names of payments that are UNKNOWN."""
        refused, unknown = [], []
        begin = time.monotonic()
        for number in range(PAYMENTS_MAX):
            now_s = time.monotonic() - begin
            if now_s >= SECONDS and number >= PAYMENTS_MIN:
                break
            time.sleep(max(0, number * SECONDS / PAYMENTS_MAX - now_s))  # To spread them.
            request = self.world.payment(self.card)
            try:
                payment = self.world.payments.call('CreatePayment', request)['payment']
                self.assertEqual(payment['state'], 'PAYMENT_STATE_UNKNOWN')
                unknown.append(payment['name'])
            except harness.CallError as error:
                self.assertEqual((error.code, error.reason, error.metadata['provider_called']),
                                 ('UNAVAILABLE', 'PROVIDER_UNAVAILABLE', 'false'))
                refused.append(request)
        time.sleep(max(0, begin + SECONDS - time.monotonic()))  # To the end of the outage.
        return refused, unknown

    def assert_repeats_pay(self, requests):
        for request in requests:
            payment = self.world.payments.call('CreatePayment', request)['payment']
            self.world.wait_for(payment['name'], 'AUTHORIZED')

    def assert_only_degraded(self):
        lines = self.world.wait_until_ready_says(
            200, 'degraded: provider_unreachable accounts/shop since ')
        self.assertEqual(lines[0], 'ok')
        self.assertTrue(self.world.is_serving())
        self.assertEqual(len(self.world.log_lines('event=impaired what=provider_')), 1)

    def test_nobody_listens(self):
        captured = self.world.create(self.card)
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_REFUSE'})
        refused, unknown = self.pay_throughout()
        self.assertEqual(unknown, [])
        self.assert_only_degraded()
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_NONE'})
        self.assert_repeats_pay(refused)
        self.world.wait_until_well()
        self.world.payments.call('CapturePayment', {'name': captured['name']})
        self.assertEqual(self.world.movements(),
                         [('HOLD', 150000)] * (1 + len(refused)) + [('CAPTURE', 150000)])

    def test_the_provider_hangs(self):
        payment = self.world.create(self.card)
        self.world.change_options(**harness.SHORT_REQUESTS)
        self.world.restart_server()
        os.kill(self.world.sandbox.pid, signal.SIGSTOP)
        try:
            # The kernel still takes connections and requests: nothing is proven.
            captured = self.world.payments.call('CapturePayment', {'name': payment['name']})
            self.assertEqual(captured['payment']['state'], 'PAYMENT_STATE_UNKNOWN')
            refused, unknown = self.pay_throughout()
            self.assert_only_degraded()
        finally:
            os.kill(self.world.sandbox.pid, signal.SIGCONT)
        # It goes on with what it was sent: callbacks and checks bring the outcomes.
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        for name in unknown:
            self.world.wait_for(name, 'AUTHORIZED')
        self.assert_repeats_pay(refused)
        self.world.wait_until_well()
        movements = self.world.movements()
        self.assertEqual(movements.count(('CAPTURE', 150000)), 1)
        self.assertEqual(movements.count(('HOLD', 150000)), 1 + len(unknown) + len(refused))


class DripProxy:
    """Stands between the server and the provider, and lets answers drip when it is told to."""

    BYTE_INTERVAL_S = 0.1

    def __init__(self, provider):
        host, port = provider.rsplit(':', 1)
        self._provider = (host, int(port))
        self._ended = threading.Event()
        self.dripping = False
        self.bytes_dripped = 0
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.address = '127.0.0.1:%d' % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return  # The end of the test.
            provider = socket.create_connection(self._provider)
            for pump in (self._forward, self._answer):
                threading.Thread(target=pump, args=(client, provider), daemon=True).start()

    @staticmethod
    def _forward(client, provider):
        try:
            while data := client.recv(65536):
                provider.sendall(data)
            provider.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # One of them has gone.

    def _answer(self, client, provider):
        try:
            while data := provider.recv(65536):
                if self.dripping:
                    self._drip(client, data)
                else:
                    client.sendall(data)
        except OSError:
            pass
        client.close()
        provider.close()

    def _drip(self, client, data):
        for byte in data:
            client.sendall(bytes([byte]))
            self.bytes_dripped += 1
            if self._ended.wait(self.BYTE_INTERVAL_S):
                return

    def close(self):
        self._ended.set()
        self._listener.close()


class DrippingWorld(HostileWorld):
    """Its server reaches the provider over a DripProxy."""

    proxy = None

    def config(self):
        if self.proxy is None:
            self.proxy = DripProxy(self.sandbox.addresses['http'])
        return super().config().replace(self.sandbox.addresses['http'], self.proxy.address)

    def close(self):
        super().close()
        if self.proxy is not None:
            self.proxy.close()


class DrippingProvider(harness.IntegrationTest):
    WORLD = DrippingWorld

    def test_the_time_for_the_whole_answer_ends_it(self):
        card = self.world.active_card()
        payment = self.world.create(card)
        self.world.bank.call('SetCallbackPolicy', {'hold': {'kind': 'CALLBACK_KIND_NONE'}})
        self.world.change_options(**harness.SHORT_REQUESTS)
        self.world.restart_server()
        self.world.proxy.dripping = True
        # Each byte comes in time, and the answer does not.
        captured = self.world.payments.call('CapturePayment', {'name': payment['name']})
        self.assertEqual(captured['payment']['state'], 'PAYMENT_STATE_UNKNOWN')
        self.assertGreater(self.world.proxy.bytes_dripped, 1)
        self.world.proxy.dripping = False
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])


if __name__ == '__main__':
    harness.main()
