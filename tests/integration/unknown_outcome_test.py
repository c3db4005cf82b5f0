#!/usr/bin/python3
"""An answer was lost: nothing is guessed, nothing is sent twice, and evidence ends the doubt."""

import harness

HOLD_MINUTE_S = 60


class UnknownOutcome(harness.IntegrationTest):
    # "Not known" must not count before a test lets the truth come out; a hold that is over
    # counts at once.
    SERVER_OPTIONS = {
        'reconciliation': '  check_interval_max { seconds: 1 }\n'
                          '  negative_check_quiet_period { seconds: 600 }\n'
                          '  hold_expiry_margin { nanos: 100000000 }'}

    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()
        # Whoever wants a callback sends it: what heals by itself heals by checks.
        self.callbacks('NONE')

    def callbacks(self, kind):
        self.world.bank.call('SetCallbackPolicy', {'hold': {'kind': f'CALLBACK_KIND_{kind}'}})

    def skew(self, seconds):
        self.world.bank.call('SetClockSkew', {'skew': f'{seconds}s'})

    def lost_hold(self, **changes):
        """A payment whose hold was made, and whose answer was lost."""
        self.world.plan_fault('HOLD_CREATE', kind='FAULT_KIND_APPLY_THEN_DROP')
        payment = self.world.create(self.card, **changes)
        self.assertEqual(payment['state'], 'PAYMENT_STATE_UNKNOWN')
        self.assertEqual(self.last_operation(payment), ('AUTHORIZE', 'SENT', 'UNKNOWN'))
        self.assertNotIn('hold_id', payment.get('providerReferences', {}))
        return payment

    @staticmethod
    def last_operation(payment):
        operation = payment['operations'][-1]
        return tuple(operation[field].rsplit('_', 1)[-1] if field != 'dispatch'
                     else operation[field].removeprefix('OPERATION_DISPATCH_')
                     for field in ('kind', 'dispatch', 'result'))

    def last_cause(self, name):
        events = self.world.payments.stream('WatchEvents', {
            'beginning': True, 'filter': {'names': [name]}})
        _, before = events.until(lambda message: 'caughtUp' in message)
        events.cancel()
        return [message['event'] for message in before if 'event' in message][-1]['cause']['kind']

    def test_a_lost_hold_is_healed_by_the_callback_on_its_own_url(self):
        first = self.lost_hold(amount=110000)
        second = self.lost_hold(amount=120000)
        holds = {int(hold['amountMinor']): hold
                 for hold in self.world.bank.call('ListHolds')['holds']}
        self.assertNotEqual(holds[110000]['notifyUrl'], holds[120000]['notifyUrl'])
        sent = self.world.bank.call('SendCallback', {'holdId': holds[120000]['holdId']})
        self.assertEqual(sent, {'httpStatus': 200})
        healed = self.world.wait_for(second['name'], 'AUTHORIZED')
        self.assertEqual(healed['providerReferences']['hold_id'], holds[120000]['holdId'])
        self.assertEqual(self.last_cause(second['name']), 'CAUSE_KIND_CALLBACK')
        self.assertEqual(self.world.get(first['name'])['state'], 'PAYMENT_STATE_UNKNOWN')
        self.assertEqual(self.world.received('HOLD_CREATE'), 2)

    def test_a_lost_capture_is_healed_by_its_number(self):
        payment = self.world.create(self.card)
        self.world.plan_fault('HOLD_PAYMENT', kind='FAULT_KIND_APPLY_THEN_DROP')
        answer = self.world.payments.call('CapturePayment', {'name': payment['name']})['payment']
        self.assertIn(answer['state'], ('PAYMENT_STATE_UNKNOWN', 'PAYMENT_STATE_SUCCEEDED'))
        payment = self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(self.last_cause(payment['name']), 'CAUSE_KIND_CHECK')
        hold = self.world.bank.call('ListHolds')['holds'][0]
        self.assertEqual(payment['providerReferences']['partner_trx_id'], hold['partnerTrxId'])
        self.assertEqual(self.world.received('HOLD_PAYMENT'), 1)
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])

    def test_a_capture_that_lands_late_is_not_overtaken_by_a_cancel(self):
        payment = self.world.create(self.card)
        self.world.change_options(more=harness.SHORT_REQUESTS['more'])
        self.world.restart_server()
        # The capture's answer is lost, it lands a minute later, and until then the provider
        # says that it knows of none.
        self.world.plan_fault('HOLD_PAYMENT', kind='FAULT_KIND_IN_PROCESS', delay=harness.NEVER,
                              resolve_after='60s')
        self.world.bank.call('PlanFault', {
            'method': 'METHOD_HOLD_CHECK', 'untilCleared': True,
            'fault': {'kind': 'FAULT_KIND_BUSINESS_ERROR', 'code': 'ERROR'}})
        self.world.payments.start('CapturePayment', {'name': payment['name']})
        self.world.wait_for(payment['name'], 'UNKNOWN')
        self.world.wait_until_received('HOLD_CHECK', 4)
        self.assert_refused('FAILED_PRECONDITION', 'OPERATION_IN_PROGRESS',
                            lambda: self.world.payments.call('CancelPayment',
                                                             {'name': payment['name']}))
        self.world.bank.call('ClearFaults', {'method': 'METHOD_HOLD_CHECK'})
        self.skew(61)
        payment = self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertFalse(payment.get('cancelRequested', False))
        self.assertEqual(self.world.received('HOLD_CANCEL'), 0)
        self.assertEqual(self.world.received('HOLD_PAYMENT'), 1)
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])

    def test_a_lost_cancel_is_healed_by_sending_it_again(self):
        payment = self.world.create(self.card)
        self.world.plan_fault('HOLD_CANCEL', kind='FAULT_KIND_DROP_BEFORE_APPLY')
        self.world.payments.call('CancelPayment', {'name': payment['name']})
        payment = self.world.wait_for(payment['name'], 'CANCELED')
        self.assertEqual(self.world.received('HOLD_CANCEL'), 2)
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('RELEASE', 150000)])

    def test_a_cancel_that_was_done_and_not_answered_is_not_refused(self):
        payment = self.world.create(self.card)
        self.world.plan_fault('HOLD_CANCEL', kind='FAULT_KIND_APPLY_THEN_DROP')
        self.world.payments.call('CancelPayment', {'name': payment['name']})
        self.world.wait_for(payment['name'], 'CANCELED')
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('RELEASE', 150000)])

    def test_in_process_without_a_callback_is_healed_by_polling(self):
        self.world.plan_fault('HOLD_CREATE', kind='FAULT_KIND_IN_PROCESS', resolve_after='60s')
        payment = self.world.create(self.card)
        self.assertEqual(payment['state'], 'PAYMENT_STATE_PROCESSING')
        self.assertEqual(self.last_operation(payment), ('AUTHORIZE', 'ANSWERED', 'PENDING'))
        self.world.wait_until_received('HOLD_CHECK', 2)
        self.assertEqual(self.world.get(payment['name'])['state'], 'PAYMENT_STATE_PROCESSING')
        self.skew(61)
        self.world.wait_for(payment['name'], 'AUTHORIZED')
        self.assertEqual(self.last_cause(payment['name']), 'CAUSE_KIND_CHECK')
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)

    def test_another_amount_stays_unknown_for_an_operator(self):
        payment = self.world.create(self.card)
        self.world.plan_fault('HOLD_PAYMENT', kind='FAULT_KIND_WRONG_AMOUNT')
        self.world.payments.call('CapturePayment', {'name': payment['name']})
        payment = self.world.wait_for(payment['name'], 'UNKNOWN')
        self.assertTrue(payment['needsReview'])
        self.assertNotIn('nextCheckTime', payment['operations'][-1])
        checks = self.world.received('HOLD_CHECK')
        answer = self.world.payments.call('CheckPayment', {'name': payment['name']})
        self.assertFalse(answer.get('checked', False))
        self.assertEqual(self.world.received('HOLD_CHECK'), checks)

    def test_a_payment_whose_account_is_gone_is_shown_and_not_ended(self):
        payment = self.lost_hold()
        hold = self.world.bank.call('ListHolds')['holds'][0]
        config = self.world.config
        self.world.config = lambda: config().replace('id: "shop"', 'id: "another"')
        self.world.restart_server()
        self.assertEqual(self.world.get(payment['name'])['state'], 'PAYMENT_STATE_UNKNOWN')
        # The provider is to come again: nothing can be made of the callback without secrets.
        sent = self.world.bank.call('SendCallback', {'holdId': hold['holdId']})
        self.assertEqual(sent, {'httpStatus': 503})
        self.assertIn('account_not_configured', self.world.server.log())

        self.world.config = config
        self.world.restart_server()
        sent = self.world.bank.call('SendCallback', {'holdId': hold['holdId']})
        self.assertEqual(sent, {'httpStatus': 200})
        self.world.wait_for(payment['name'], 'AUTHORIZED')

    def test_a_hold_that_the_provider_ended_is_expired(self):
        payment = self.world.create(self.card, holdDuration=f'{HOLD_MINUTE_S}s')
        self.callbacks('NORMAL')
        self.skew(HOLD_MINUTE_S + 1)
        self.world.wait_for(payment['name'], 'EXPIRED')
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('EXPIRE', 150000)])

    def test_a_hold_ends_by_its_time(self):
        """Waits for the shortest hold that there is; once, for both that can end so."""
        held = self.world.create(self.card, holdDuration=f'{HOLD_MINUTE_S}s')
        # Nobody knows its id, so nobody can be asked: only time can tell.
        self.world.plan_fault('HOLD_CREATE', kind='FAULT_KIND_DROP_BEFORE_APPLY')
        lost = self.world.create(self.card, holdDuration=f'{HOLD_MINUTE_S}s')
        self.assertEqual(lost['state'], 'PAYMENT_STATE_UNKNOWN')
        patience = HOLD_MINUTE_S + harness.PATIENCE_S
        self.world.wait_for(lost['name'], 'EXPIRED', timeout=patience)
        self.assertEqual(self.last_cause(lost['name']), 'CAUSE_KIND_TIMER')
        self.world.wait_for(held['name'], 'EXPIRED', timeout=patience)
        self.assertEqual(self.last_cause(held['name']), 'CAUSE_KIND_CHECK')
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('EXPIRE', 150000)])

    def test_a_request_that_never_left_is_failed_and_may_run_again(self):
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_REFUSE'})
        request = self.world.payment(self.card)
        error = self.assert_refused(
            'UNAVAILABLE', 'PROVIDER_UNAVAILABLE',
            lambda: self.world.payments.call('CreatePayment', request),
            provider_called='false', safe_to_retry='true')
        failed = self.world.get(error.metadata['payment'])
        self.assertEqual(failed['state'], 'PAYMENT_STATE_FAILED')
        self.assertEqual(failed['operations'][0]['dispatch'], 'OPERATION_DISPATCH_NOT_SENT')

        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_NONE'})
        again = self.world.payments.call('CreatePayment', request)
        self.assertFalse(again.get('replayed', False))
        self.assertEqual(again['payment']['state'], 'PAYMENT_STATE_AUTHORIZED')
        self.assertEqual(again['payment']['retryOf'], failed['name'])
        self.assertEqual(self.world.get(failed['name'])['state'], 'PAYMENT_STATE_FAILED')
        self.assertEqual(self.world.movements(), [('HOLD', 150000)])


if __name__ == '__main__':
    harness.main()
