#!/usr/bin/python3
"""The outcome of a transfer is in doubt, or told too early, twice, late or falsely: what is
recorded is the truth, and nothing moves twice."""

import json
import urllib.error
import urllib.request

import harness
from transfers import (AMOUNT, CAREFUL_NUMBER, SENDER_NUMBER, TransferTest, kinds,
                       last_operation)

SECRET_HASH = 'what-callbacks-must-repeat'


class LostAnswers(TransferTest):
    """Nobody calls back: what heals heals by checks."""

    def setUp(self):
        super().setUp()
        self.callbacks('NONE')

    def lost_transfer(self, kind, **changes):
        self.world.plan_fault('EPAY_TRANSFER', kind=f'FAULT_KIND_{kind}')
        payment = self.transfer(**changes)
        self.assert_state(payment, 'UNKNOWN')
        self.assertEqual(last_operation(payment), ('TRANSFER', 'SENT', 'UNKNOWN'))
        return payment

    def lost_confirm(self, kind):
        payment = self.careful()
        self.world.plan_fault('EPAY_CONFIRM', kind=f'FAULT_KIND_{kind}')
        # Nor does the status that the confirmation itself asks for.
        self.world.plan_fault('EPAY_STATUS', kind='FAULT_KIND_HTTP_STATUS', httpStatus=500)
        confirmed = self.confirm(payment, self.bank_says(payment))['payment']
        self.assert_state(confirmed, 'UNKNOWN')
        self.assertEqual(last_operation(confirmed), ('CONFIRM', 'SENT', 'UNKNOWN'))
        return confirmed

    def test_a_transfer_that_was_carried_out(self):
        payment = self.world.wait_for(self.lost_transfer('APPLY_THEN_DROP')['name'], 'SUCCEEDED')
        self.assertEqual(self.last_cause(payment['name']), 'CHECK')
        self.assertEqual(last_operation(payment), ('TRANSFER', 'SENT', 'SUCCEEDED'))
        self.assertEqual(payment['providerReferences']['transaction_id'], self.ledger()[0]['id'])
        self.assert_moved(AMOUNT)

    def test_a_transfer_that_was_not_carried_out(self):
        payment = self.world.wait_for(self.lost_transfer('DROP_BEFORE_APPLY')['name'], 'DECLINED')
        self.assertEqual(payment['failure']['category'], 'FAILURE_CATEGORY_NOT_EXECUTED')
        self.assertEqual(last_operation(payment), ('TRANSFER', 'SENT', 'NOT_DONE'))
        # Once said is not enough.
        self.assertGreater(self.world.received('EPAY_STATUS'), 1)
        self.assert_moved()

    def test_a_transfer_that_is_not_known_at_first(self):
        self.world.plan_fault('EPAY_STATUS', kind='FAULT_KIND_BUSINESS_ERROR', code='102')
        payment = self.lost_transfer('APPLY_THEN_DROP')
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertGreater(self.world.received('EPAY_STATUS'), 1)
        self.assert_moved(AMOUNT)

    def test_a_lost_transfer_that_waits_for_its_payer_cannot_go_on(self):
        # The form was in the lost answer: nobody can send the payer to his bank any more.
        payment = self.lost_transfer('APPLY_THEN_DROP', number=CAREFUL_NUMBER)
        payment = self.world.wait_for(payment['name'], 'DECLINED')
        self.assertEqual(payment['failure']['category'],
                         'FAILURE_CATEGORY_AUTHENTICATION_FAILED')
        self.assertEqual(last_operation(payment), ('TRANSFER', 'SENT', 'NOT_DONE'))
        # Once said is not enough: the answer may still have been on its way.
        self.assertGreater(self.world.received('EPAY_STATUS'), 1)
        self.assert_moved()

    def test_a_repeated_request_attaches_to_what_is_unknown(self):
        self.world.plan_fault('EPAY_TRANSFER', kind='FAULT_KIND_APPLY_THEN_DROP')
        request = self.request()
        first = self.world.payments.call('CreatePayment', request)['payment']
        again = self.world.payments.call('CreatePayment', request)
        self.assertEqual((again['payment']['name'], again['replayed']), (first['name'], True))
        self.world.wait_for(first['name'], 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_a_confirm_that_was_carried_out(self):
        payment = self.world.wait_for(self.lost_confirm('APPLY_THEN_DROP')['name'], 'SUCCEEDED')
        self.assertEqual(self.last_cause(payment['name']), 'CHECK')
        self.assertEqual(kinds(payment), ['TRANSFER', 'CONFIRM'])
        self.assert_moved(AMOUNT)

    def test_a_confirm_that_was_not_carried_out(self):
        payment = self.world.wait_for(self.lost_confirm('DROP_BEFORE_APPLY')['name'], 'DECLINED')
        self.assertEqual(kinds(payment), ['TRANSFER', 'CONFIRM'])
        self.assertEqual(last_operation(payment)[2], 'NOT_DONE')
        self.assertGreater(self.world.received('EPAY_STATUS'), 1)
        self.assert_moved()

    def test_a_confirm_is_told_by_the_status_at_once(self):
        payment = self.careful()
        self.world.plan_fault('EPAY_CONFIRM', kind='FAULT_KIND_APPLY_THEN_DROP')
        self.confirm(payment, self.bank_says(payment))
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_in_process(self):
        self.world.plan_fault('EPAY_TRANSFER', kind='FAULT_KIND_IN_PROCESS', resolveAfter='1s')
        done = self.transfer()
        self.world.plan_fault('EPAY_TRANSFER', kind='FAULT_KIND_IN_PROCESS', resolveAfter='1s',
                              resolveAsFailed=True)
        failed = self.transfer(amount=70000)
        self.world.wait_for(done['name'], 'SUCCEEDED')
        self.world.wait_for(failed['name'], 'DECLINED')
        self.assert_moved(AMOUNT)

    def test_another_amount_waits_for_an_operator(self):
        self.world.plan_fault('EPAY_TRANSFER', kind='FAULT_KIND_WRONG_AMOUNT')
        payment = self.transfer()
        self.assert_state(payment, 'UNKNOWN', needs_review=True)
        self.assert_moved(AMOUNT)

    def test_what_was_provably_not_sent_is_failed_and_may_run_again(self):
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_REFUSE'})
        request = self.request()
        self.assert_refused('UNAVAILABLE', 'PROVIDER_UNAVAILABLE',
                            lambda: self.world.payments.call('CreatePayment', request))
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_NONE'})
        again = self.world.payments.call('CreatePayment', request)['payment']
        self.assert_state(again, 'SUCCEEDED')
        self.assertTrue(again['retryOf'])
        self.assert_moved(AMOUNT)

    def test_without_a_token_nothing_was_sent(self):
        self.world.plan_fault('EPAY_TOKEN', kind='FAULT_KIND_HTTP_STATUS', httpStatus=503)
        self.assert_refused('UNAVAILABLE', 'PROVIDER_UNAVAILABLE', self.transfer)
        self.assertEqual(self.world.received('EPAY_TRANSFER'), 0)
        self.assert_state(self.transfer(), 'SUCCEEDED')
        self.assert_moved(AMOUNT)


def post(url, body):
    """The status of the answer to a callback."""
    request = urllib.request.Request(url, json.dumps(body).encode(),
                                     {'Content-Type': 'application/json'})
    try:
        with urllib.request.urlopen(request, timeout=harness.PATIENCE_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class Callbacks(TransferTest):
    SERVER_OPTIONS = {'epay': {'secrets': {'secret_hash': SECRET_HASH}},
                      # Only what a callback brings about is asked.
                      'epay_checks': 'check_interval_min { seconds: 600 } '
                                     'check_interval_max { seconds: 600 } '
                                     'negative_check_quiet_period { seconds: 1 }'}

    def in_process(self, **fault):
        """A transfer whose outcome is not known yet."""
        self.callbacks('NONE')
        self.world.plan_fault('EPAY_TRANSFER', **fault)
        payment = self.transfer()
        self.assertIn(payment['state'], ('PAYMENT_STATE_PROCESSING', 'PAYMENT_STATE_UNKNOWN'))
        return payment, self.ledger()[-1]

    def send(self, transfer, **order):
        """What our server answers to the sandbox's callback."""
        return self.world.bank.call('SendCallback', {'orderId': transfer['orderId'], **order})

    def test_a_lost_transfer_ends_by_its_callback(self):
        payment, transfer = self.in_process(kind='FAULT_KIND_APPLY_THEN_DROP')
        self.assertEqual(self.send(transfer), {'httpStatus': 200})
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(self.last_cause(payment['name']), 'CALLBACK')
        self.assert_moved(AMOUNT)

    def test_a_forged_success_is_not_believed(self):
        payment, transfer = self.in_process(kind='FAULT_KIND_IN_PROCESS', resolveAfter='3600s',
                                            resolveAsFailed=True)
        asked = self.world.received('EPAY_STATUS')
        self.assertEqual(self.send(transfer, status=0), {'httpStatus': 200})
        self.world.wait_until_received('EPAY_STATUS', asked + 1)
        self.assertIn(self.world.get(payment['name'])['state'],
                      ('PAYMENT_STATE_PROCESSING', 'PAYMENT_STATE_UNKNOWN'))
        # Then the truth.
        self.skew(3700)
        self.assertEqual(self.send(transfer), {'httpStatus': 200})
        self.world.wait_for(payment['name'], 'DECLINED')
        self.assert_moved()

    def test_a_forged_success_of_what_waits_for_its_payer_is_not_believed(self):
        self.callbacks('NONE')
        payment = self.careful()
        asked = self.world.received('EPAY_STATUS')
        self.assertEqual(self.send(self.ledger()[-1], status=0), {'httpStatus': 200})
        self.world.wait_until_received('EPAY_STATUS', asked + 1)
        self.assert_state(self.world.get(payment['name']), 'ACTION_REQUIRED')
        self.confirm(payment, self.bank_says(payment))
        self.assert_state(self.world.wait_for(payment['name'], 'SUCCEEDED'), 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_a_forged_failure_of_what_was_done_is_not_believed(self):
        self.callbacks('FORGED_STATUS')
        payment = self.transfer()
        self.assert_state(payment, 'SUCCEEDED')
        self.world.wait_until_received('EPAY_STATUS')
        self.assert_state(self.world.get(payment['name']), 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_a_wrong_secret_hash_is_refused_and_asks_nothing(self):
        payment, transfer = self.in_process(kind='FAULT_KIND_APPLY_THEN_DROP')
        asked = self.world.received('EPAY_STATUS')
        self.assertEqual(self.send(transfer, accessToken='guessed')['httpStatus'], 401)
        self.assertEqual(post(transfer['postLink'], {'id': transfer['id'], 'code': 'ok'}), 401)
        self.assertEqual(self.world.received('EPAY_STATUS'), asked)
        self.assertIn(self.world.get(payment['name'])['state'],
                      ('PAYMENT_STATE_PROCESSING', 'PAYMENT_STATE_UNKNOWN'))
        self.assertEqual(self.send(transfer), {'httpStatus': 200})
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_an_unknown_address_is_not_found(self):
        payment, transfer = self.in_process(kind='FAULT_KIND_APPLY_THEN_DROP')
        base, token = transfer['postLink'].rsplit('/', 1)
        other = token[:-1] + ('A' if token[-1] != 'A' else 'B')
        body = {'id': transfer['id'], 'code': 'ok', 'secret_hash': SECRET_HASH}
        self.assertEqual([post(f'{base}/{other}', body), post(f'{base}/x', body)], [404, 404])
        # Nor is a page's token an address for callbacks.
        waits = self.careful()
        page = waits['nextAction']['formPost']['hostedUrl'].rsplit('/', 1)[1]
        self.assertEqual(post(f'{base}/{page}', body), 404)
        self.assertEqual(post(transfer['postLink'], body), 200)
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_before_the_answer(self):
        self.callbacks('EARLY')
        payment = self.transfer()
        self.assert_state(payment, 'SUCCEEDED')
        self.world.wait_until_received('EPAY_STATUS')
        states = [event['payment']['state'] for event in self.events_of(payment['name'])]
        self.assertEqual(states.count('PAYMENT_STATE_SUCCEEDED'), 1)
        self.assert_moved(AMOUNT)

    def test_before_the_answer_that_is_lost(self):
        self.callbacks('EARLY')
        self.world.plan_fault('EPAY_TRANSFER', kind='FAULT_KIND_APPLY_THEN_DROP')
        payment = self.transfer()
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_twice_and_late(self):
        self.callbacks('DUPLICATE', copies=3)
        payment = self.transfer()
        self.assert_state(payment, 'SUCCEEDED')
        transfer = self.ledger()[0]
        for encoding in ('JSON', 'FORM', 'JSON_WRONG_CONTENT_TYPE', 'JSON_STRINGS'):
            self.assertEqual(self.send(transfer, encoding=f'CALLBACK_ENCODING_{encoding}'),
                             {'httpStatus': 200})
        final = self.world.get(payment['name'])
        self.assertEqual(final['sequence'], payment['sequence'])
        self.assert_state(final, 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_of_a_failure(self):
        payment = self.transfer(number='4400430000000484')
        self.assert_state(payment, 'DECLINED')
        self.assertEqual(self.send(self.ledger()[0]), {'httpStatus': 200})
        final = self.world.get(payment['name'])
        self.assertEqual(final['sequence'], payment['sequence'])
        self.assertNotIn(SENDER_NUMBER, json.dumps(final))
        self.assert_moved()


class Restarts(TransferTest):
    # What a crash orphans is asked about when both are over.
    SERVER_OPTIONS = {'more': 'timeouts { provider_request { seconds: 3 } }',
                      'epay_checks': 'negative_check_quiet_period { seconds: 1 } '
                                     'check_interval_max { seconds: 1 } '
                                     'orphan_margin { seconds: 1 }'}

    def setUp(self):
        super().setUp()
        self.callbacks('NONE')

    def crash_during(self, method, request, **fault):
        """Kills the server once the provider has got the call of `request`."""
        self.world.plan_fault(f'EPAY_{method}', **fault)
        before = self.world.received(f'EPAY_{method}')
        self.world.payments.start(*request)
        self.world.wait_until_received(f'EPAY_{method}', before + 1)
        self.world.restart_server()

    def killed_during_the_transfer(self, **fault):
        request = self.request()
        self.crash_during('TRANSFER', ('CreatePayment', request), **fault)
        again = self.world.payments.call('CreatePayment', request, timeout=5)
        self.assertTrue(again['replayed'])
        return again['payment']

    def test_killed_during_a_transfer_that_is_carried_out(self):
        payment = self.killed_during_the_transfer(delay=harness.NEVER)
        payment = self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(last_operation(payment), ('TRANSFER', 'SENT', 'SUCCEEDED'))
        self.assert_moved(AMOUNT)

    def test_killed_during_a_transfer_that_is_not_carried_out(self):
        payment = self.killed_during_the_transfer(kind='FAULT_KIND_DROP_BEFORE_APPLY',
                                                  delay=harness.NEVER)
        payment = self.world.wait_for(payment['name'], 'DECLINED')
        self.assertEqual(payment['failure']['category'], 'FAILURE_CATEGORY_NOT_EXECUTED')
        self.assert_moved()

    def killed_during_the_confirm(self, **fault):
        payment = self.careful()
        call = {'name': payment['name'], 'fields': self.bank_says(payment)}
        self.crash_during('CONFIRM', ('ConfirmPayment', call), **fault)
        self.assertTrue(self.world.payments.call('ConfirmPayment', call, timeout=5)['replayed'])
        return payment

    def test_killed_during_a_confirm_that_is_carried_out(self):
        payment = self.killed_during_the_confirm(delay=harness.NEVER)
        payment = self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(kinds(payment), ['TRANSFER', 'CONFIRM'])
        self.assert_moved(AMOUNT)

    def test_killed_during_a_confirm_that_is_not_carried_out(self):
        payment = self.killed_during_the_confirm(kind='FAULT_KIND_DROP_BEFORE_APPLY',
                                                 delay=harness.NEVER)
        payment = self.world.wait_for(payment['name'], 'DECLINED')
        self.assertEqual(kinds(payment), ['TRANSFER', 'CONFIRM'])
        self.assert_moved()

    def test_a_page_survives_a_restart(self):
        payment = self.careful()
        self.world.restart_server()
        self.assert_state(self.world.get(payment['name']), 'ACTION_REQUIRED')
        status, where = self.come_back(payment, self.bank_says(payment))
        self.assertEqual((status, where), (303, self.request()['returnUrl']))
        self.assert_state(self.world.wait_for(payment['name'], 'SUCCEEDED'), 'SUCCEEDED')
        self.assert_moved(AMOUNT)


if __name__ == '__main__':
    harness.main()
