#!/usr/bin/python3
"""Money goes from card to card, and the cards are kept where that was wished."""

import harness
from transfers import (AMOUNT, CAREFUL_NUMBER, RECEIVER_NUMBER, SENDER_NUMBER, TransferTest, kinds,
                       last_operation)


class Transfers(TransferTest):
    def test_from_card_to_card(self):
        payment = self.transfer(merchantReference='order-7', description='For the bicycle')
        self.assert_state(payment, 'SUCCEEDED')
        self.assertEqual(payment['source'], {'maskedCard': {'maskedNumber': '440043******1114'}})
        self.assertEqual(payment['destination'],
                         {'maskedCard': {'maskedNumber': '516949******2225'}})
        self.assertEqual(last_operation(payment), ('TRANSFER', 'ANSWERED', 'SUCCEEDED'))
        self.assertEqual((payment['provider'], payment['merchantReference']), ('epay', 'order-7'))
        self.assertNotIn('nextAction', payment)
        ledger = self.ledger()
        self.assertEqual([transfer['orderId'] for transfer in ledger], [self.order_of(payment)])
        self.assertEqual(ledger[0]['id'], payment['providerReferences']['transaction_id'])
        self.assertEqual(ledger[0]['senderMaskedPan'][-4:], SENDER_NUMBER[-4:])
        self.assertEqual(ledger[0]['receiverMaskedPan'][-4:], RECEIVER_NUMBER[-4:])
        self.assert_moved(AMOUNT)

    def test_the_same_request_moves_once(self):
        request = self.request()
        first = self.world.payments.call('CreatePayment', request)['payment']
        again = self.world.payments.call('CreatePayment', request)
        self.assertEqual((again['payment']['name'], again['replayed']), (first['name'], True))
        other = {**request, 'destination': {'cardNumber': {'number': '5169490000003336'}}}
        self.assert_refused('ALREADY_EXISTS', 'REQUEST_ID_REUSED',
                            lambda: self.world.payments.call('CreatePayment', other),
                            differing_fields='destination.card_number.number')
        self.assert_moved(AMOUNT)

    def test_amounts_are_exact(self):
        amounts = [100, 10150, 98765432]
        payments = [self.transfer(amount=amount) for amount in amounts]
        for payment in payments:
            self.assert_state(payment, 'SUCCEEDED')
        self.assert_moved(*amounts)

    def saved_cards(self):
        """(source, destination): the names of cards that a transfer has kept."""
        payment = self.transfer(saveSource=True, saveDestination=True,
                                merchantCustomerId='customer-1')
        self.assert_state(payment, 'SUCCEEDED')
        return payment['savedSourceCard'], payment['savedDestinationCard']

    def test_saved_cards_on_both_sides(self):
        source, destination = self.saved_cards()
        self.assertNotEqual(source, destination)
        for name, masked in ((source, '1114'), (destination, '2225')):
            card = self.world.payments.call('GetCard', {'name': name})['card']
            self.assertEqual((card['state'], card['account'], card['merchantCustomerId']),
                             ('CARD_STATE_ACTIVE', 'accounts/p2p', 'customer-1'))
            self.assertEqual(card['maskedNumber'][-4:], masked)
        by_cards = self.transfer(amount=70000, source={'card': source},
                                 destination={'card': destination})
        self.assert_state(by_cards, 'SUCCEEDED')
        self.assertEqual((by_cards['source'], by_cards['destination']),
                         ({'card': source}, {'card': destination}))
        mixed = self.transfer(amount=80000, destination={'card': destination})
        self.assert_state(mixed, 'SUCCEEDED')
        first, second, third = self.ledger()
        self.assertEqual(second['senderCardId'], first['senderCardId'])
        self.assertEqual([second['receiverCardId'], third['receiverCardId']],
                         [first['receiverCardId']] * 2)
        self.assert_moved(AMOUNT, 70000, 80000)

    def test_what_is_not_to_be_saved_is_not(self):
        payment = self.transfer()
        self.assertNotIn('savedSourceCard', payment)
        self.assertEqual(self.world.payments.call('ListCards'),
                         {'cursor': self.world.payments.call('ListCards')['cursor']})

    def test_a_declined_transfer_saves_no_card(self):
        payment = self.transfer(number='4400430000000484', saveSource=True,
                                merchantCustomerId='customer-1')
        self.assert_state(payment, 'DECLINED')
        self.assertNotIn('savedSourceCard', payment)
        self.assertNotIn('cards', self.world.payments.call('ListCards'))

    def test_a_deleted_card_is_refused_before_the_provider_is_called(self):
        source, destination = self.saved_cards()
        self.world.payments.call('DeleteCard', {'name': source})
        self.assert_refused('FAILED_PRECONDITION', 'CARD_NOT_USABLE',
                            lambda: self.transfer(source={'card': source},
                                                  destination={'card': destination}),
                            provider_called='false')
        self.assertEqual(self.world.received('EPAY_TRANSFER'), 1)
        self.assert_moved(AMOUNT)

    def test_abroad(self):
        payment = self.transfer(receiver={'firstName': 'ANNA', 'lastName': 'SCHMIDT',
                                          'countryCode': 'DE'})
        self.assert_state(payment, 'SUCCEEDED')
        error = self.assert_refused(
            'INVALID_ARGUMENT', 'INVALID_FIELD',
            lambda: self.transfer(receiver={'firstName': 'ANNA', 'countryCode': 'Germany'}))
        self.assertEqual(error.fields, ['receiver.last_name', 'receiver.country_code'])
        self.assert_moved(AMOUNT)

    def test_declined(self):
        cases = {'4400430000000465': ('465', 'CARD_BLOCKED'),
                 '4400430000000471': ('471', 'CARD_INVALID'),
                 '4400430000000478': ('478', 'CARD_EXPIRED'),
                 '4400430000000484': ('484', 'INSUFFICIENT_FUNDS'),
                 '4400430000000491': ('491', 'LIMIT_EXCEEDED')}
        for number, (code, category) in cases.items():
            with self.subTest(code=code):
                payment = self.transfer(number=number)
                self.assert_state(payment, 'DECLINED')
                self.assertEqual(last_operation(payment), ('TRANSFER', 'ANSWERED', 'DECLINED'))
                failure = payment['failure']
                self.assertEqual((failure['providerCode'], failure['category']),
                                 (code, f'FAILURE_CATEGORY_{category}'))
                self.assertTrue(failure['payerMessage'])
        self.assert_moved()

    def test_the_receivers_card_may_be_refused_too(self):
        for number, category in (('5169490000000467', 'CARD_BLOCKED'),
                                 ('5169490000000528', 'LIMIT_EXCEEDED')):
            payment = self.transfer(destination={'cardNumber': {'number': number}})
            self.assert_state(payment, 'DECLINED')
            self.assertEqual(payment['failure']['category'], f'FAILURE_CATEGORY_{category}')
        self.assert_moved()

    def test_by_buf_curl(self):
        client = harness.BufCurl(self.world.server.addresses['grpc'],
                                 'payments.v1.PaymentsService')
        bank = harness.BufCurl(self.world.sandbox.addresses['grpc'],
                               'payments.sandbox.v1.SandboxService')
        done = client.ok('CreatePayment', self.request())['payment']
        self.assert_state(done, 'SUCCEEDED')
        waits = client.ok('CreatePayment', self.request(
            amount=70000, number=CAREFUL_NUMBER,
            challengeReturnUrl='https://shop.example/challenge'))['payment']
        self.assert_state(waits, 'ACTION_REQUIRED')
        answer = bank.ok('AnswerThreeDSecure', {'orderId': self.order_of(waits)})
        confirmed = client.ok('ConfirmPayment', {
            'name': waits['name'], 'fields': {'PaRes': answer['paRes'], 'MD': answer['md']}})
        self.assert_state(confirmed['payment'], 'SUCCEEDED')
        self.assertEqual(kinds(confirmed['payment']), ['TRANSFER', 'CONFIRM'])
        self.assert_moved(AMOUNT, 70000)


if __name__ == '__main__':
    harness.main()
