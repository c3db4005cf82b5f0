#!/usr/bin/python3
"""The payer must act: the hosted page, the bank's return, ConfirmPayment, and what becomes of
payers who go away. One CONFIRM, whichever way it comes."""

import harness
from transfers import (AMOUNT, CAREFUL_NUMBER, FAILURE_RETURN_URL, RETURN_URL, TransferTest, kinds,
                       last_operation, open_page)

CHALLENGE_URL = 'https://shop.example/challenge'


class HostedPage(TransferTest):
    def test_the_form_and_the_page_that_posts_it(self):
        payment = self.careful()
        action = payment['nextAction']['formPost']
        self.assertEqual(set(action['fields']), {'PaReq', 'MD', 'TermUrl'})
        self.assertEqual(action['fields']['TermUrl'], action['hostedUrl'] + '/result')
        status, headers, text = open_page(action['hostedUrl'])
        self.assertEqual(status, 200)
        self.assertEqual(headers['Cache-Control'], 'no-store')
        self.assertEqual(headers['Referrer-Policy'], 'no-referrer')
        for name, value in action['fields'].items():
            self.assertIn(f'name="{name}" value="{value}"', text)
        # It can be opened again, as reloads and previews of links do.
        self.assertEqual(open_page(action['hostedUrl'])[2], text)
        self.assert_state(self.world.get(payment['name']), 'ACTION_REQUIRED')

    def test_accepted_and_posted_twice(self):
        payment = self.careful()
        fields = self.bank_says(payment)
        self.assertEqual([self.come_back(payment, fields) for _ in range(2)],
                         [(303, RETURN_URL)] * 2)
        payment = self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(kinds(payment), ['TRANSFER', 'CONFIRM'])
        self.assertEqual(last_operation(payment), ('CONFIRM', 'ANSWERED', 'SUCCEEDED'))
        self.assertNotIn('nextAction', payment)
        self.assert_moved(AMOUNT)

    def test_refused_and_posted_twice(self):
        payment = self.careful()
        fields = self.bank_says(payment, refuse=True)
        self.assertEqual([self.come_back(payment, fields) for _ in range(2)],
                         [(303, FAILURE_RETURN_URL)] * 2)
        payment = self.world.wait_for(payment['name'], 'DECLINED')
        self.assertEqual(payment['failure']['category'],
                         'FAILURE_CATEGORY_AUTHENTICATION_FAILED')
        self.assertEqual(kinds(payment), ['TRANSFER', 'CONFIRM'])
        self.assert_moved()

    def test_posted_many_times_at_once(self):
        payment = self.careful()
        fields = self.bank_says(payment)
        self.world.plan_fault('EPAY_CONFIRM', delay='0.5s')
        call = {'name': payment['name'], 'fields': fields}
        answers = [self.world.payments.start('ConfirmPayment', call) for _ in range(8)]
        where = self.come_back(payment, fields)
        confirmed = [answer() for answer in answers]
        self.assertEqual(where, (303, RETURN_URL))
        self.assertEqual({answer['payment']['name'] for answer in confirmed}, {payment['name']})
        self.assertGreaterEqual(sum(answer.get('replayed', False) for answer in confirmed), 7)
        payment = self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(kinds(payment), ['TRANSFER', 'CONFIRM'])
        self.assert_moved(AMOUNT)

    def test_garbage_from_the_browser(self):
        payment = self.careful()
        fields = self.bank_says(payment)
        for wrong in ({**fields, 'MD': 'another'}, {'MD': fields['MD']}):
            # The browser goes on; nothing is sent.
            status, _ = self.come_back(payment, wrong)
            self.assertIn(status, (303, 400))
        self.assert_state(self.world.get(payment['name']), 'ACTION_REQUIRED')
        self.assertEqual(self.world.received('EPAY_CONFIRM'), 0)
        self.come_back(payment, fields)
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_an_unknown_page_is_not_found(self):
        page = self.careful()['nextAction']['formPost']['hostedUrl']
        wrong = page[:-1] + ('A' if page[-1] != 'A' else 'B')
        self.assertEqual(open_page(wrong)[0], 404)
        self.assertEqual(open_page(wrong + '/result', {'PaRes': 'x', 'MD': 'y'})[0], 404)

    def test_after_the_end_the_last_page(self):
        payment = self.careful()
        page = payment['nextAction']['formPost']['hostedUrl']
        self.come_back(payment, self.bank_says(payment))
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        status, _, text = open_page(page)
        self.assertEqual(status, 410)
        self.assertNotIn('<form', text)
        self.assertIn(f'href="{RETURN_URL}"', text)

    def test_the_provider_was_not_reached(self):
        payment = self.careful()
        fields = self.bank_says(payment)
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_REFUSE'})
        self.assertEqual(self.come_back(payment, fields)[0], 503)
        self.assert_state(self.world.get(payment['name']), 'ACTION_REQUIRED')
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_NONE'})
        # The payer sends the same again.
        self.assertEqual(self.come_back(payment, fields), (303, RETURN_URL))
        payment = self.world.wait_for(payment['name'], 'SUCCEEDED')
        # The one that was provably not sent is sent after all.
        self.assertEqual(kinds(payment), ['TRANSFER', 'CONFIRM'])
        self.assert_moved(AMOUNT)


class OwnReturnPage(TransferTest):
    """The merchant has a page of its own for the bank's return."""

    def setUp(self):
        super().setUp()
        self.payment = self.careful(challengeReturnUrl=CHALLENGE_URL)
        self.fields = self.bank_says(self.payment)

    def test_confirmed_once(self):
        form = self.payment['nextAction']['formPost']['fields']
        self.assertEqual(form['TermUrl'], CHALLENGE_URL)
        first = self.confirm(self.payment, self.fields)
        self.assert_state(first['payment'], 'SUCCEEDED')
        self.assertNotIn('replayed', first)
        again = self.confirm(self.payment, self.fields)
        self.assert_state(again['payment'], 'SUCCEEDED')
        self.assertTrue(again['replayed'])
        self.assertEqual(kinds(again['payment']), ['TRANSFER', 'CONFIRM'])
        # Nor by the server's own page.
        self.assertEqual(self.come_back(self.payment, self.fields), (303, RETURN_URL))
        self.assert_moved(AMOUNT)

    def test_refused(self):
        payment = self.careful(challengeReturnUrl=CHALLENGE_URL)
        answer = self.confirm(payment, self.bank_says(payment, refuse=True))
        self.assert_state(answer['payment'], 'DECLINED')
        self.assert_moved()

    def test_fields_that_are_not_the_banks(self):
        cases = (({**self.fields, 'MD': 'another'}, 'fields["MD"]'),
                 ({'MD': self.fields['MD']}, 'fields'),
                 ({'PaRes': self.fields['PaRes']}, 'fields'),
                 ({}, 'fields'))
        for fields, named in cases:
            with self.subTest(fields=sorted(fields)):
                error = self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD',
                                            lambda f=fields: self.confirm(self.payment, f))
                self.assertEqual(error.fields, [named])
        self.assertEqual(self.world.received('EPAY_CONFIRM'), 0)
        self.confirm(self.payment, self.fields)
        self.world.wait_for(self.payment['name'], 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_only_by_its_own_caller_and_etag(self):
        self.assert_refused('ABORTED', 'ETAG_MISMATCH',
                            lambda: self.confirm(self.payment, self.fields, etag='"old"'))
        self.assert_refused('NOT_FOUND', 'PAYMENT_NOT_FOUND',
                            lambda: self.confirm({'name': 'payments/x'}, self.fields))
        confirmed = self.confirm(self.payment, self.fields, etag=self.payment['etag'])
        self.assert_state(confirmed['payment'], 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_what_waits_for_nobody_cannot_be_confirmed(self):
        failed = self.transfer(number='4400430000000484')
        self.assert_refused('FAILED_PRECONDITION', 'PAYMENT_STATE',
                            lambda: self.confirm(failed, self.fields))
        self.assertEqual(self.world.received('EPAY_CONFIRM'), 0)
        self.assert_moved()


class Cancel(TransferTest):
    def cancel(self, payment):
        return self.world.payments.call('CancelPayment', {'name': payment['name']})

    def test_a_canceled_one_is_never_confirmed(self):
        payment = self.careful()
        fields = self.bank_says(payment)
        self.assert_state(self.cancel(payment)['payment'], 'CANCELED')
        self.assertTrue(self.cancel(payment)['replayed'])
        # The payer comes back from the bank.
        self.assertEqual(self.come_back(payment, fields), (303, FAILURE_RETURN_URL))
        self.assert_refused('FAILED_PRECONDITION', 'PAYMENT_STATE',
                            lambda: self.confirm(payment, fields))
        status, _, text = open_page(payment['nextAction']['formPost']['hostedUrl'])
        self.assertEqual(status, 410)
        self.assertIn(FAILURE_RETURN_URL, text)
        self.assert_state(self.world.get(payment['name']), 'CANCELED')
        self.assertEqual(self.world.received('EPAY_CONFIRM'), 0)
        self.assert_moved()

    def test_while_it_is_being_confirmed_it_is_refused(self):
        payment = self.careful()
        self.world.plan_fault('EPAY_CONFIRM', delay='1s')
        answer = self.world.payments.start('ConfirmPayment', {
            'name': payment['name'], 'fields': self.bank_says(payment)})
        self.world.wait_until_received('EPAY_CONFIRM')
        self.assert_refused('FAILED_PRECONDITION', 'OPERATION_IN_PROGRESS',
                            lambda: self.cancel(payment))
        self.assert_state(answer()['payment'], 'SUCCEEDED')
        self.assert_refused('FAILED_PRECONDITION', 'PAYMENT_STATE', lambda: self.cancel(payment))
        self.assert_moved(AMOUNT)

    def test_wished_before_the_provider_has_answered(self):
        self.world.plan_fault('EPAY_TRANSFER', delay='1s')
        request = self.request(number=CAREFUL_NUMBER)
        answer = self.world.payments.start('CreatePayment', request)
        self.world.wait_until_received('EPAY_TRANSFER')
        canceled = self.world.payments.call('CancelPayment', {
            'createRequestId': request['requestId']})['payment']
        self.assertTrue(canceled['cancelRequested'])
        answer()
        # The payer is not asked for a payment that nobody wants any more.
        payment = self.world.wait_for(canceled['name'], 'CANCELED')
        self.assertEqual(kinds(payment), ['TRANSFER'])
        self.assert_moved()


class Abandoned(TransferTest):
    # Soon over; the margin is the server's, and nobody may guess before it.
    SERVER_OPTIONS = {'more': 'timeouts { payer_action { seconds: 2 } }',
                      'epay_checks': 'hold_expiry_margin { nanos: 100000000 } '
                                     'negative_check_quiet_period { seconds: 1 } '
                                     'check_interval_max { seconds: 1 }'}

    def setUp(self):
        super().setUp()
        self.callbacks('NONE')

    def test_it_expires_once_the_status_says_unpaid(self):
        payment = self.careful()
        self.assertNotIn('EPAY_STATUS', {method for method, _ in self.attempts()})
        asked = self.world.received('EPAY_STATUS')
        expired = self.world.wait_for(payment['name'], 'EXPIRED', 'DECLINED')
        self.assert_state(expired, 'EXPIRED')
        self.assertGreater(self.world.received('EPAY_STATUS'), asked)
        status, _, text = open_page(payment['nextAction']['formPost']['hostedUrl'])
        self.assertEqual(status, 410)
        self.assertNotIn('<form', text)
        self.assert_moved()

    def test_it_does_not_expire_while_the_status_says_nothing(self):
        self.world.bank.call('PlanFault', {
            'method': 'METHOD_EPAY_STATUS', 'untilCleared': True,
            'fault': {'kind': 'FAULT_KIND_HTTP_STATUS', 'httpStatus': 503}})
        payment = self.careful()
        self.world.wait_until_received('EPAY_STATUS', 3)
        self.assert_state(self.world.get(payment['name']), 'ACTION_REQUIRED')
        self.world.bank.call('ClearFaults')
        self.assert_state(self.world.wait_for(payment['name'], 'EXPIRED'), 'EXPIRED')
        self.assert_moved()

    def test_given_up_by_the_bank(self):
        self.world.change_options(more='')
        self.world.restart_server()
        payment = self.careful()
        self.skew(16 * 60)
        self.world.payments.call('CheckPayment', {'name': payment['name']})
        declined = self.world.wait_for(payment['name'], 'DECLINED')
        self.assertEqual(declined['failure']['providerCode'], '503')
        self.assert_moved()

    def test_a_return_after_the_end_confirms_nothing(self):
        payment = self.careful()
        fields = self.bank_says(payment)
        self.world.wait_for(payment['name'], 'EXPIRED')
        self.assertEqual(self.come_back(payment, fields), (303, FAILURE_RETURN_URL))
        self.assertEqual(self.world.received('EPAY_CONFIRM'), 0)
        self.assert_state(self.world.get(payment['name']), 'EXPIRED')
        self.assert_moved()


if __name__ == '__main__':
    harness.main()
