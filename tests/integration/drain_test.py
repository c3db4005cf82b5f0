#!/usr/bin/python3
"""SIGTERM: what is running is finished or stored, streams are told, the process ends."""

import harness


class Drain(harness.IntegrationTest):
    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    def watch_from_now(self):
        events = self.world.payments.stream('WatchEvents', {'now': True})
        events.until(lambda message: 'caughtUp' in message)
        return events

    def start_slow_payment(self):
        """A payment whose provider takes its time; returns when the provider has it."""
        self.world.bank.call('SetLatency', {'latency': '5s'})
        events = self.watch_from_now()
        answer = self.world.payments.start('CreatePayment', self.world.payment(self.card))
        events.until(lambda message: 'event' in message)
        return answer, events

    def test_a_running_payment_is_finished_and_streams_are_told(self):
        answer, events = self.start_slow_payment()
        self.world.server.terminate()
        self.assertEqual(answer()['payment']['state'], 'PAYMENT_STATE_AUTHORIZED')
        message, before = events.until(lambda message: 'draining' in message)
        self.assertIn('cursor', message)
        states = [m['event']['payment']['state'] for m in before if 'event' in m]
        self.assertIn('PAYMENT_STATE_AUTHORIZED', states)
        with self.assertRaises(harness.CallError) as raised:
            next(events)
        self.assertEqual((raised.exception.code, raised.exception.reason),
                         ('UNAVAILABLE', 'DRAINING'))
        self.assertIn('google.rpc.RetryInfo', raised.exception.details)
        self.assertEqual(self.world.server.wait(), 0)
        self.assertEqual(self.world.movements(), [('HOLD', 150000)])

        self.world.start_server()
        resumed = self.world.payments.stream('WatchEvents', {'afterCursor': message['cursor']})
        following, _ = resumed.until(lambda m: True)
        self.assertIn('caughtUp', following)

    def test_new_work_is_refused_while_draining(self):
        answer, _ = self.start_slow_payment()
        self.world.server.terminate()
        self.world.wait_until(lambda: self.world.readyz()[0] == 503, lambda: 'still ready')
        # The payment still runs: streams are told of the drain when it has ended.
        self.assert_refused('UNAVAILABLE', 'DRAINING', lambda: self.world.create(self.card))
        self.assertEqual(answer()['payment']['state'], 'PAYMENT_STATE_AUTHORIZED')
        self.assertEqual(self.world.server.wait(), 0)
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)


class DrainOutOfTime(harness.IntegrationTest):
    """The provider takes longer than the drain may: the payment is stored, and found out."""

    SERVER_OPTIONS = {'more': 'timeouts { drain { seconds: 1 } provider_request { seconds: 10 } }',
                      'reconciliation': '  orphan_margin { seconds: 1 }'}

    def test_a_payment_outlives_the_server(self):
        card = self.world.active_card()
        self.world.plan_fault('HOLD_CREATE', delay=harness.NEVER)
        events = self.world.payments.stream('WatchEvents', {'now': True})
        events.until(lambda message: 'caughtUp' in message)
        self.world.payments.start('CreatePayment', self.world.payment(card))
        message, _ = events.until(lambda message: 'event' in message)
        self.world.server.terminate()
        self.world.server.wait()
        self.world.start_server()
        payment = self.world.wait_for(message['event']['payment']['name'], 'UNKNOWN', 'AUTHORIZED')
        self.assertEqual(len(payment['operations']), 1)
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)


if __name__ == '__main__':
    harness.main()
