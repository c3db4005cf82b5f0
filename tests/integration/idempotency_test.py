#!/usr/bin/python3
"""The same request is the same payment: many at once, later, and after kill -9."""

import copy

import harness
from accounts import PARTNER
from accounts import PARTNER

CONNECTIONS = 24


class Idempotency(harness.IntegrationTest):
    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    def connections(self):
        """Clients with a connection each."""
        address = self.world.server.addresses['grpc']
        return [self.world.api(address, 'payments.v1.PaymentsService')
                for _ in range(CONNECTIONS)]

    def create_from_all(self, request):
        """One answer for each of many connections that ask at once."""
        waiting = [api.start('CreatePayment', request) for api in self.connections()]
        return [answer() for answer in waiting]

    def assert_one_payment(self, answers, fresh):
        """All got the same payment; `fresh` of them began it."""
        self.assertEqual(len({answer['payment']['name'] for answer in answers}), 1)
        self.assertEqual(sum(not answer.get('replayed', False) for answer in answers), fresh)
        self.assertEqual({answer['payment']['state'] for answer in answers},
                         {'PAYMENT_STATE_AUTHORIZED'})
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)
        self.assertEqual(self.world.movements(), [('HOLD', 150000)])

    def test_duplicates_from_many_connections_pay_once(self):
        self.world.bank.call('SetLatency', {'latency': '0.3s'})
        request = self.world.payment(self.card)
        self.assert_one_payment(self.create_from_all(request), fresh=1)
        self.assert_one_payment(self.create_from_all(request), fresh=0)
        self.world.restart_server()
        self.assert_one_payment(self.create_from_all(request), fresh=0)

    def test_a_repeat_attaches_to_the_running_call(self):
        self.world.bank.call('SetLatency', {'latency': '1s'})
        request = self.world.payment(self.card)
        first = self.world.payments.start('CreatePayment', request)
        self.world.wait_until_received('HOLD_CREATE')
        second = self.world.payments.call('CreatePayment', request)
        self.assertTrue(second['replayed'])
        self.assertEqual(second['payment']['state'], 'PAYMENT_STATE_AUTHORIZED')
        self.assertEqual(first()['payment'], second['payment'])
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)

    def test_a_finished_request_shows_the_payment_as_it_is_now(self):
        request = self.world.payment(self.card)
        name = self.world.payments.call('CreatePayment', request)['payment']['name']
        self.world.payments.call('CapturePayment', {'name': name})
        for _ in range(2):
            again = self.world.payments.call('CreatePayment', request)
            self.assertTrue(again['replayed'])
            self.assertEqual(again['payment']['name'], name)
            self.assertEqual(again['payment']['state'], 'PAYMENT_STATE_SUCCEEDED')
            repeated = self.world.payments.call('CapturePayment', {'name': name})
            self.assertTrue(repeated['replayed'])
            self.world.restart_server()
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])

    def test_another_request_under_the_same_id_names_what_differs(self):
        request = self.world.payment(self.card, metadata={'order': '1', 'shop': 'a'})
        name = self.world.payments.call('CreatePayment', request)['payment']['name']
        other = copy.deepcopy(request)
        other['amount']['amountMinor'] = '150001'
        other['destination']['merchant']['payerAccount'] = '43'
        other['metadata']['order'] = '2'
        for _ in range(2):
            error = self.assert_refused(
                'ALREADY_EXISTS', 'REQUEST_ID_REUSED',
                lambda: self.world.payments.call('CreatePayment', other))
            self.assertEqual(sorted(error.metadata['differing_fields'].split(',')),
                             ['amount.amount_minor', 'destination.merchant.payer_account',
                              'metadata["order"]'])
            self.assertNotIn('150000', str(error.details))
            self.world.restart_server()
        self.assertEqual(self.world.payments.call('CreatePayment', request)['payment']['name'],
                         name)
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)

    def test_a_canceled_id_that_was_never_seen_keeps_its_late_original_out(self):
        request = self.world.payment(self.card)
        for _ in range(2):
            answer = self.world.payments.call('CancelPayment',
                                              {'createRequestId': request['requestId']})
            self.assertTrue(answer['tombstoned'])
            self.assert_refused('FAILED_PRECONDITION', 'REQUEST_ID_CANCELED',
                                lambda: self.world.payments.call('CreatePayment', request))
            self.world.restart_server()
        self.assert_refused('FAILED_PRECONDITION', 'REQUEST_ID_CANCELED',
                            lambda: self.world.payments.call('CreatePayment', request))
        self.assertEqual(self.world.received('HOLD_CREATE'), 0)

    def test_a_failed_request_runs_again_after_a_restart(self):
        request = self.world.payment(self.card)
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_REFUSE'})
        error = self.assert_refused('UNAVAILABLE', 'PROVIDER_UNAVAILABLE',
                                    lambda: self.world.payments.call('CreatePayment', request))
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_NONE'})
        self.world.restart_server()
        answers = self.create_from_all(request)
        self.assert_one_payment(answers, fresh=1)
        self.assertEqual(answers[0]['payment']['retryOf'], error.metadata['payment'])

    def test_nothing_of_the_card_is_on_the_disk(self):
        self.world.create(self.card)
        self.world.restart_server()
        token = self.world.bank.call('ListCards')['cards'][0]['cardToken']
        files = [path for path in (self.world.folder / 'data').rglob('*') if path.is_file()]
        content = b''.join(path.read_bytes() for path in files)
        self.assertIn(self.card.removeprefix('cards/').encode(), content, 'this is the store')
        for secret in (harness.TEST_CARD_NUMBER, token, PARTNER['password']):
            self.assertNotIn(secret.encode(), content)
            self.assertNotIn(secret, self.world.server.log())


if __name__ == '__main__':
    harness.main()
