#!/usr/bin/python3
"""What only a person can end: it is listed, it stays, and who ends it says why."""

import harness
from accounts import principal

SHOP_KEY = 'the key of the shop'
OPERATOR_KEY = 'the key of an operator'


class Operators(harness.IntegrationTest):
    SERVER_OPTIONS = {'key': SHOP_KEY,
                      'more': '\n'.join([principal('webshop', SHOP_KEY),
                                         principal('night-desk', OPERATOR_KEY,
                                                   'roles: ROLE_OPERATOR')])}

    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    @property
    def operations(self):
        return self.world.api(self.world.server.addresses['grpc'],
                              'payments.v1.OperationsService', key=OPERATOR_KEY)

    def attention(self, **request):
        """[(name, why, details)] of everything in the list."""
        items = self.operations.call('ListAttention', request).get('items', [])
        return [(item['payment']['name'], item['why'].removeprefix('ATTENTION_REASON_'),
                 item.get('details', [])) for item in items]

    def resolve(self, name, resolution, reason='asked the bank', etag=None):
        """Of the payment as it is now, unless another etag is given."""
        return self.operations.call('ResolvePayment', {
            'name': name, 'resolution': f'RESOLUTION_{resolution}', 'reason': reason,
            'etag': self.world.get(name)['etag'] if etag is None else etag})

    def last_event(self, name):
        events = self.world.payments.stream('WatchEvents', {
            'beginning': True, 'filter': {'names': [name]}})
        _, before = events.until(lambda message: 'caughtUp' in message)
        events.cancel()
        return [message['event'] for message in before if 'event' in message][-1]

    def captured_with_another_amount(self):
        payment = self.world.create(self.card)
        self.world.plan_fault('HOLD_PAYMENT', kind='FAULT_KIND_WRONG_AMOUNT')
        payment = self.world.payments.call('CapturePayment', {'name': payment['name']})['payment']
        self.assertEqual(payment['state'], 'PAYMENT_STATE_UNKNOWN')
        self.assertTrue(payment['needsReview'])
        self.wait_for_callbacks(payment['name'], 2)
        return payment

    def wait_for_callbacks(self, name, count):
        """Until what the provider called with is dealt with: it may change the payment."""
        def judged():
            told = self.operations.call('ListCallbacks', {'filter': {'resource': name}})
            return [callback for callback in told.get('callbacks', [])
                    if callback['verdict'] != 'CALLBACK_VERDICT_PENDING']
        self.world.wait_until(lambda: len(judged()) >= count, judged)

    def test_another_amount_waits_for_an_operator(self):
        name = self.captured_with_another_amount()['name']
        waiting = [(name, 'NEEDS_REVIEW', ['the provider states 150100 UZS'])]
        self.assertEqual(self.attention(), waiting)

        # Neither asking nor a restart ends it, although the sandbox now says what is true.
        self.world.payments.call('CheckPayment', {'name': name})
        self.world.restart_server()
        self.assertEqual(self.world.get(name)['state'], 'PAYMENT_STATE_UNKNOWN')
        self.assertEqual(self.attention(), waiting)
        self.assert_refused('FAILED_PRECONDITION', 'PAYMENT_STATE',
                            lambda: self.resolve(name, 'ACKNOWLEDGED'), state='UNKNOWN')

        resolved = self.resolve(name, 'SUCCEEDED', 'the bank shows one capture, ticket 4711')
        self.assertEqual(resolved['payment']['state'], 'PAYMENT_STATE_SUCCEEDED')
        self.assertNotIn('needsReview', resolved['payment'])
        event = self.last_event(name)
        self.assertEqual(event['cause'], {
            'kind': 'CAUSE_KIND_OPERATOR', 'principal': 'night-desk',
            'detail': 'the bank shows one capture, ticket 4711'})
        self.assertEqual(event['previousPaymentState'], 'PAYMENT_STATE_UNKNOWN')
        self.assertEqual(self.attention(), [])
        self.assertTrue(self.resolve(name, 'SUCCEEDED')['replayed'])
        self.assertEqual(self.world.received('HOLD_PAYMENT'), 1)

    def test_acknowledging_a_final_payment_keeps_its_state(self):
        payment = self.world.create(self.card)
        name = payment['name']
        self.world.payments.call('CapturePayment', {'name': name})
        # Late evidence to the contrary, by a callback that the server verifies.
        self.world.plan_fault('HOLD_CHECK', calls=10, kind='FAULT_KIND_WRONG_AMOUNT',
                              payment_amount_minor=7)
        self.world.bank.call('SendCallback', {'holdId': payment['providerReferences']['hold_id']})
        events = self.world.payments.stream('WatchEvents', {
            'beginning': True, 'filter': {'names': [name]}})
        events.until(lambda m: m.get('event', {}).get('payment', {}).get('needsReview', False))
        events.cancel()
        self.assertEqual(self.attention(),
                         [(name, 'NEEDS_REVIEW', ['the provider states 7 UZS'])])
        self.assert_refused('FAILED_PRECONDITION', 'PAYMENT_STATE',
                            lambda: self.resolve(name, 'CANCELED'), state='SUCCEEDED')

        acknowledged = self.resolve(name, 'ACKNOWLEDGED')
        self.assertEqual(acknowledged['payment']['state'], 'PAYMENT_STATE_SUCCEEDED')
        self.assertEqual(self.attention(), [])
        self.assertEqual(self.last_event(name)['cause']['kind'], 'CAUSE_KIND_OPERATOR')

    def test_without_an_etag_nothing_is_acknowledged(self):
        payment = self.captured_with_another_amount()
        self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD',
                            lambda: self.resolve(payment['name'], 'SUCCEEDED', etag=''))
        self.assert_refused('ABORTED', 'ETAG_MISMATCH',
                            lambda: self.resolve(payment['name'], 'SUCCEEDED', etag='an old one'))
        self.assertTrue(self.world.get(payment['name'])['needsReview'])

    def test_a_long_unknown_payment_is_listed(self):
        self.world.bank.call('SetCallbackPolicy', {'hold': {'kind': 'CALLBACK_KIND_NONE'}})
        self.world.plan_fault('HOLD_CREATE', kind='FAULT_KIND_APPLY_THEN_DROP')
        payment = self.world.create(self.card)
        self.assertEqual(payment['state'], 'PAYMENT_STATE_UNKNOWN')
        self.assertEqual(self.attention(), [])
        self.assertEqual(self.attention(unknownOlderThan='0s'),
                         [(payment['name'], 'LONG_UNKNOWN', [])])

    def test_a_caller_without_the_role_is_refused(self):
        shop = self.world.api(self.world.server.addresses['grpc'],
                              'payments.v1.OperationsService', key=SHOP_KEY)
        for method, request in (('ListAttention', {}), ('ResolvePayment', {})):
            self.assert_refused('PERMISSION_DENIED', 'ROLE_REQUIRED',
                                lambda method=method, request=request: shop.call(method, request),
                                role='operator')
        nobody = self.world.api(self.world.server.addresses['grpc'],
                                'payments.v1.OperationsService')
        self.assert_refused('UNAUTHENTICATED', 'CREDENTIALS',
                            lambda: nobody.call('ListAttention', {}))


if __name__ == '__main__':
    harness.main()
