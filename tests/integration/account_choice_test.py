#!/usr/bin/python3
"""A request that names no account goes to the only one that fits; what an account does not
declare is refused before any provider is called."""

import harness
from accounts import epay_account
from transfers import AMOUNT, SENDER_NUMBER, TransferTest, kinds


class AccountChoice(TransferTest):
    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()
        self.before = self.world.bank.call('GetLedger')['totals'].get('methods', [])

    def create(self, request, without_account=True):
        request = {key: value for key, value in request.items()
                   if key != 'account' or not without_account}
        return self.world.payments.call('CreatePayment', request)['payment']

    def assert_no_provider_was_called(self):
        self.assertEqual(self.world.bank.call('GetLedger')['totals'].get('methods', []),
                         self.before)

    def test_a_hold_in_som_goes_to_upay(self):
        payment = self.create(self.world.payment(self.card))
        self.assertEqual((payment['account'], payment['provider'], payment['state']),
                         ('accounts/shop', 'upay', 'PAYMENT_STATE_AUTHORIZED'))
        self.assertEqual(self.attempts_by('EPAY'), [])

    def test_a_transfer_in_tenge_goes_to_epay(self):
        payment = self.create(self.request())
        self.assertEqual((payment['account'], payment['provider'], payment['state']),
                         ('accounts/p2p', 'epay', 'PAYMENT_STATE_SUCCEEDED'))
        self.assertEqual(self.attempts_by('HOLD'), [])
        self.assert_moved(AMOUNT)

    def attempts_by(self, prefix):
        return [attempt for attempt in self.list_all('ListAttempts', 'attempts')
                if attempt['method'].startswith(f'METHOD_{prefix}')]

    def test_a_card_is_registered_where_cards_are_registered(self):
        registration = self.world.registration()
        del registration['account']
        card = self.world.payments.call('RegisterCard', registration)['card']
        self.assertEqual(card['account'], 'accounts/shop')

    def test_a_mistake_is_refused_by_the_account_that_was_meant(self):
        tenge, som = ({'currencyCode': code, 'amountMinor': '150000'} for code in ('KZT', 'UZS'))
        hold = self.world.payment(self.card)
        for request, field in ((hold | {'amount': tenge}, 'amount.currency_code'),
                               (hold | {'payer': {'language': 'fr'}}, 'payer.language'),
                               (self.request() | {'amount': som}, 'amount.currency_code'),
                               (self.request(returnUrl=''), 'return_url'),
                               (self.request(payer={'language': 'fr'}), 'payer.language')):
            with self.subTest(field, request=request['requestId']):
                self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD',
                                    lambda r=request: self.create(r), field=field)
        self.assert_refused('FAILED_PRECONDITION', 'CAPABILITY_NOT_SUPPORTED',
                            lambda: self.create(self.request(captureMode='CAPTURE_MODE_MANUAL')),
                            capability='capture_modes', provider_called='false')
        self.assert_no_provider_was_called()

    def test_a_kind_of_payment_that_no_account_does(self):
        request = self.request(destination={'merchant': {'payerAccount': '42'}})
        error = self.assert_refused('FAILED_PRECONDITION', 'NO_SUITABLE_ACCOUNT',
                                    lambda: self.create(request), provider_called='false')
        self.assertIn('accounts/shop', error.message)
        self.assertIn('accounts/p2p', error.message)
        self.assert_no_provider_was_called()

    def assert_refused_by_its_account(self, request, reason, field=None):
        code = 'INVALID_ARGUMENT' if reason == 'INVALID_FIELD' else 'FAILED_PRECONDITION'
        return self.assert_refused(code, reason,
                                   lambda: self.create(request, without_account=False),
                                   field=field, provider_called='false')

    def test_what_epay_does_not_declare(self):
        merchant = {'merchant': {'payerAccount': '42'}}
        for change in ({'captureMode': 'CAPTURE_MODE_MANUAL'}, {'destination': merchant}):
            with self.subTest(**change):
                self.assert_refused_by_its_account(self.request(**change),
                                                   'CAPABILITY_NOT_SUPPORTED')
        for change, field in (({'returnUrl': ''}, 'return_url'),
                              ({'holdDuration': '600s'}, 'hold_duration'),
                              ({'providerOptions': {'region_id': '1'}}, 'provider_options'),
                              ({'saveSource': True}, 'merchant_customer_id')):
            with self.subTest(**change):
                self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD', lambda c=change: (
                    self.create(self.request(**c), without_account=False)), field=field)
        self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD', lambda: self.create(
            self.request() | {'amount': {'currencyCode': 'KZT', 'amountMinor': '99'}},
            without_account=False), field='amount.amount_minor')
        self.assert_refused('FAILED_PRECONDITION', 'CAPABILITY_NOT_SUPPORTED',
                            lambda: self.world.payments.call('RegisterCard', {
                                **self.world.registration(), 'account': 'accounts/p2p'}))
        self.assert_no_provider_was_called()

    def test_what_upay_does_not_declare(self):
        card_number = {'cardNumber': {'number': '5169490000002225'}}
        for change in ({'destination': card_number}, {'returnUrl': 'https://shop.example/'},
                       {'source': {'cardData': self.request()['source']['cardData']}},
                       {'receiver': {'firstName': 'A', 'lastName': 'B', 'countryCode': 'DE'}}):
            with self.subTest(**change):
                self.assert_refused_by_its_account(self.world.payment(self.card, **change),
                                                   'CAPABILITY_NOT_SUPPORTED')
        self.assert_no_provider_was_called()

    def test_a_card_of_another_account_is_refused(self):
        error = self.assert_refused_by_its_account(
            self.request(source={'card': self.card}), 'CARD_NOT_USABLE')
        self.assertIn('accounts/shop', error.message)
        self.assert_no_provider_was_called()

    def test_after_success_nothing_can_be_taken_back(self):
        payment = self.create(self.request())
        self.assert_refused('FAILED_PRECONDITION', 'PAYMENT_STATE',
                            lambda: self.world.payments.call(
                                'CancelPayment', {'name': payment['name']}))
        # It is captured already, as the server captured every AUTOMATIC one.
        again = self.world.payments.call('CapturePayment', {'name': payment['name']})
        self.assertTrue(again['replayed'])
        self.assertEqual(kinds(again['payment']), ['TRANSFER'])
        self.assertEqual(again['payment']['sequence'], payment['sequence'])
        self.assert_state(self.world.get(payment['name']), 'SUCCEEDED')
        self.assert_moved(AMOUNT)

    def test_what_each_account_declares(self):
        accounts = {account['name']: account for account in
                    self.world.payments.call('ListProviders')['accounts']}
        epay, upay = (accounts[name]['capabilities']
                      for name in ('accounts/p2p', 'accounts/shop'))
        self.assertEqual(epay['captureModes'], ['CAPTURE_MODE_AUTOMATIC'])
        self.assertEqual([money['currencyCode'] for money in epay['currencies']], ['KZT'])
        self.assertEqual((epay['savesCards'], epay['transfersAbroad']), (True, True))
        self.assertNotIn('cardRegistration', epay)
        self.assertEqual([money['currencyCode'] for money in upay['currencies']], ['UZS'])
        self.assertNotIn('savesCards', upay)


class TwoOfAKindWorld(harness.World):
    """Two accounts for transfers, and the order numbers of the other are its own."""

    def config(self):
        return super().config() + epay_account(
            self.sandbox.addresses['http'], 'p2p-2',
            settings={'order_number_first': '2500000', 'order_number_last': '2599999',
                      'terminal': 'terminal-2'})


class TwoOfAKind(TransferTest):
    WORLD = TwoOfAKindWorld

    def test_it_is_not_guessed(self):
        request = self.request()
        del request['account']
        self.assert_refused('INVALID_ARGUMENT', 'ACCOUNT_AMBIGUOUS',
                            lambda: self.world.payments.call('CreatePayment', request),
                            candidates='accounts/p2p,accounts/p2p-2', provider_called='false')
        self.assertEqual(self.world.received('EPAY_TOKEN'), 0)
        self.assertNotIn(SENDER_NUMBER, self.world.logs())
        # Named, it is clear; and the same request_id was not used up.
        self.assert_state(self.world.payments.call(
            'CreatePayment', {**request, 'account': 'accounts/p2p'})['payment'], 'SUCCEEDED')
        self.assert_moved(AMOUNT)


if __name__ == '__main__':
    harness.main()
