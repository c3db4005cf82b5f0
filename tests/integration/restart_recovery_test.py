#!/usr/bin/python3
"""kill -9 while money is on its way: nothing is sent twice, and evidence ends the doubt."""

import harness


class RestartRecovery(harness.IntegrationTest):
    # What a crash orphans is asked about when both are over.
    SERVER_OPTIONS = {'more': 'timeouts { provider_request { seconds: 10 } }',
                      'reconciliation': '  orphan_margin { seconds: 1 }'}

    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    def crash_during(self, method, call):
        """Kills the server once the sandbox has got the call that `call` leads to."""
        before = self.world.received(method)
        call()
        self.world.wait_until_received(method, before + 1)
        self.world.restart_server()

    def events_of(self, name):
        """Every event of a payment so far."""
        events = self.world.payments.stream('WatchEvents', {
            'beginning': True, 'filter': {'names': [name]}})
        _, before = events.until(lambda message: 'caughtUp' in message)
        events.cancel()
        return [message['event'] for message in before]

    def test_killed_during_the_hold(self):
        # The hold is made; the answer would come after the crash. So would the callback:
        # it is lost, as callbacks are, until the provider sends one again.
        self.world.bank.call('SetCallbackPolicy', {'hold': {'kind': 'CALLBACK_KIND_NONE'}})
        self.world.plan_fault('HOLD_CREATE', delay=harness.NEVER)
        request = self.world.payment(self.card)
        self.crash_during('HOLD_CREATE',
                          lambda: self.world.payments.start('CreatePayment', request))

        found = self.world.payments.call('GetPayment', {'requestId': request['requestId']})
        name = found['payment']['name']
        payment = self.world.wait_for(name, 'UNKNOWN')
        self.assertEqual(payment['operations'][0]['dispatch'], 'OPERATION_DISPATCH_SENT')

        # The same request again attaches; it does not pay again.
        again = self.world.payments.call('CreatePayment', request)
        self.assertEqual((again['payment']['name'], again['replayed']), (name, True))

        hold = self.world.bank.call('ListHolds')['holds'][0]
        self.assertEqual(self.world.bank.call('SendCallback', {'holdId': hold['holdId']}),
                         {'httpStatus': 200})
        payment = self.world.wait_for(name, 'AUTHORIZED')
        self.assertEqual(payment['providerReferences']['hold_id'], hold['holdId'])
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)

        self.world.payments.call('CapturePayment', {'name': name})
        self.world.wait_for(name, 'SUCCEEDED')
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])
        sequences = [int(event['sequence']) for event in self.log_of(name)]
        self.assertEqual(sequences, list(range(1, len(sequences) + 1)))

    def log_of(self, name):
        return [event for event in self.events_of(name) if 'payment' in event]

    def test_killed_during_the_capture(self):
        payment = self.world.create(self.card)
        self.world.bank.call('SetCallbackPolicy', {'hold': {'kind': 'CALLBACK_KIND_NONE'}})
        self.world.plan_fault('HOLD_PAYMENT', delay=harness.NEVER)
        self.crash_during('HOLD_PAYMENT', lambda: self.world.payments.start(
            'CapturePayment', {'name': payment['name']}))
        # Nobody calls back: the reconciler asks by itself.
        payment = self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(self.world.received('HOLD_PAYMENT'), 1)
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])


if __name__ == '__main__':
    harness.main()
