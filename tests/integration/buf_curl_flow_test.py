#!/usr/bin/python3
"""The whole flow with `buf curl` alone, a client we did not write, through reflection."""

import signal

import harness

PAYMENTS = 'payments.v1.PaymentsService'
SANDBOX = 'payments.sandbox.v1.SandboxService'


class BufCurlFlow(harness.IntegrationTest):
    def setUp(self):
        super().setUp()
        self.connect()
        self.bank = harness.BufCurl(self.world.sandbox.addresses['grpc'], SANDBOX)

    def connect(self):
        self.client = harness.BufCurl(self.world.server.addresses['grpc'], PAYMENTS)

    def hold(self, card, **changes):
        return self.client.ok('CreatePayment', self.world.payment(card, **changes))['payment']

    def confirmed_card(self):
        card = self.client.ok('RegisterCard', self.world.registration())['card']
        self.assertEqual(card['state'], 'CARD_STATE_PENDING_CONFIRMATION')
        events = self.client.stream('WatchEvents', {'beginning': True})
        self.bank.ok('ConfirmCard', {'confirmUrl': card['nextAction']['redirect']['url']})
        for message in events:
            if message.get('event', {}).get('card', {}).get('state') == 'CARD_STATE_ACTIVE':
                break
        events.cancel()
        return card['name']

    def test_reflection_describes_everything(self):
        services = self.client.run('--list-services').split()
        self.assertIn(PAYMENTS, services)
        self.assertIn('grpc.health.v1.Health', services)
        methods = self.client.run('--list-methods').split()
        self.assertIn(f'{PAYMENTS}/WatchEvents', methods)
        self.assertIn('grpc.health.v1.Health/Check', methods)
        health = harness.BufCurl(self.world.server.addresses['grpc'], 'grpc.health.v1.Health')
        self.assertEqual(health.ok('Check'), {'status': 'SERVING'})

    def test_register_hold_capture_cancel(self):
        accounts = self.client.ok('ListProviders')['accounts']
        self.assertEqual([account['name'] for account in accounts],
                         ['accounts/shop', 'accounts/p2p'])
        card = self.confirmed_card()
        self.assertEqual(self.client.ok('GetCard', {'name': card})['card']['state'],
                         'CARD_STATE_ACTIVE')

        captured = self.hold(card)
        self.assertEqual(captured['state'], 'PAYMENT_STATE_AUTHORIZED')
        captured = self.client.ok('CapturePayment', {'name': captured['name']})['payment']
        self.assertEqual(captured['state'], 'PAYMENT_STATE_SUCCEEDED')

        canceled = self.hold(card, amount=70000)
        canceled = self.client.ok('CancelPayment', {'name': canceled['name']})['payment']
        self.assertEqual(canceled['state'], 'PAYMENT_STATE_CANCELED')

        automatic = self.hold(card, amount=90000, mode='CAPTURE_MODE_AUTOMATIC')
        self.assertEqual(automatic['state'], 'PAYMENT_STATE_SUCCEEDED')

        listed = self.client.ok('ListPayments')['payments']
        self.assertEqual([payment['name'] for payment in listed],
                         [automatic['name'], canceled['name'], captured['name']])
        self.assertEqual(self.world.movements(), [
            ('HOLD', 150000), ('CAPTURE', 150000), ('HOLD', 70000), ('RELEASE', 70000),
            ('HOLD', 90000), ('CAPTURE', 90000)])

    def test_the_same_request_pays_once(self):
        request = self.world.payment(self.confirmed_card())
        first = self.client.ok('CreatePayment', request)
        second = self.client.ok('CreatePayment', request)
        self.assertEqual(second['payment']['name'], first['payment']['name'])
        self.assertTrue(second['replayed'])
        request['amount']['amountMinor'] = '150001'
        code, error = self.client.call('CreatePayment', request)
        self.assertEqual(code, 6)  # ALREADY_EXISTS
        info = self.detail(error, 'google.rpc.ErrorInfo')
        self.assertEqual(info['reason'], 'REQUEST_ID_REUSED')
        self.assertEqual(info['metadata']['differing_fields'], 'amount.amount_minor')
        self.assertEqual(self.world.movements(), [('HOLD', 150000)])

    def detail(self, error, name):
        details = [detail for detail in error['details'] if detail['type'] == name]
        self.assertEqual(len(details), 1, error)
        return self.client.decode_detail(details[0])

    def test_an_error_detail_can_be_decoded(self):
        code, error = self.client.call('CreatePayment', self.world.payment('cards/x', amount=0))
        self.assertEqual((code, error['code']), (3, 'invalid_argument'))
        info = self.detail(error, 'google.rpc.ErrorInfo')
        self.assertEqual((info['reason'], info['domain']), ('INVALID_FIELD', 'payments.v1'))
        violations = self.detail(error, 'google.rpc.BadRequest')['fieldViolations']
        self.assertIn('amount.amount_minor', [violation['field'] for violation in violations])

    def revisions_after(self, cursor, last):
        """Revisions from `cursor` (or the beginning) to `last`, and the last cursor."""
        start = {'afterCursor': cursor} if cursor else {'beginning': True}
        events = self.client.stream('WatchEvents', start)
        seen = []
        for message in events:
            cursor = message['cursor']
            if 'event' in message:
                seen.append(int(message['event']['revision']))
                if seen[-1] == last:
                    break
        events.cancel()
        return seen, cursor

    def test_a_watch_resumes_across_restarts_without_gap_or_repeat(self):
        card = self.confirmed_card()
        seen, cursor = self.revisions_after(None, last=2)
        for by in (signal.SIGTERM, signal.SIGKILL):
            self.hold(card)  # Two events that nobody watched.
            self.world.restart_server(by=by)
            self.connect()
            self.hold(card)
            more, cursor = self.revisions_after(cursor, last=seen[-1] + 4)
            seen += more
        self.assertEqual(seen, list(range(1, 11)))


if __name__ == '__main__':
    harness.main()
