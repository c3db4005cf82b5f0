"""Payers of both providers who do not give up when the server is killed."""

import itertools
import queue
import random
import threading

from google.protobuf import json_format

import transfers
from clients import SANDBOX, CallError, Connection, message_class, to_dict
from harness import TEST_CARD_NUMBER, next_expiry

CALL_S = 5
ATTEMPTS_MAX = 100
BACKOFF_S = 0.1
# "Says nothing": the same again, with the same request_id. CANCELLED is what gRPC says of a
# call that comes in the very moment in which the server ends.
REPEATED = {'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'CANCELLED'}
# What is an answer though an error.
REFUSED = {'PROVIDER_UNAVAILABLE', 'PAYMENT_STATE', 'OPERATION_IN_PROGRESS', 'CARD_NOT_USABLE'}

DECLINED_NUMBER = '4400430000000484'
# Amounts by which the sandbox refuses a hold, or carries it out later: docs/sandbox.md.
MAGIC = (1, 2, 6, 22, 24, 52, 54)
ORDERS = 10


def order(number):
    return f'order-{number % ORDERS}'


class Payer(threading.Thread):
    """Pays until told to stop(), and settles what is put into `unsettled`."""

    def __init__(self, number, seed, address, bank_address, accounts, unsettled, key=None):
        """`accounts`: ('shop', 'p2p') or ('foreign', None): UPay's and Epay's."""
        super().__init__(daemon=True, name=f'payer-{number}')
        self._random = random.Random(f'{seed}/{number}')
        self._connection = Connection(address, key=key)
        self._bank = Connection(bank_address, SANDBOX)
        self._upay, self._epay = (account and f'accounts/{account}' for account in accounts)
        self._unsettled = unsettled
        self._ids = itertools.count(1)
        self._ending = threading.Event()
        self._card = None
        self.complaints = []

    def stop(self):
        """After what it is at, and what is unsettled."""
        self._ending.set()

    def run(self):
        try:
            self._card = self.new_card()
            while not self._ending.is_set():
                self._random.choice(self._scenarios())()
            while self._settle():
                pass
        except Exception as error:  # pylint: disable=broad-except
            self.complaints.append(f'{self.name}: {error!r}')
        self._connection.close()
        self._bank.close()

    def _scenarios(self):
        common = [self.hold, self.hold, self.automatic, self.new_card, self.decline, self._settle]
        if self._epay is None:
            return common
        return common + [self.transfer, self.transfer, self.careful, self.declined_transfer]

    # -- What payers do ---------------------------------------------------------------

    def new_card(self):
        """Registered, confirmed by its owner, and now and then deleted."""
        answer = self._insist('RegisterCard', {
            'requestId': self._request_id(), 'account': self._upay, 'phone': '998901234567',
            'card': {'number': TEST_CARD_NUMBER, 'expiry': next_expiry(), 'cvc': '123',
                     'holderName': 'TEST PAYER'}})
        if answer is None or 'nextAction' not in answer['card']:
            return None
        card = answer['card']
        self._call(self._bank, 'ConfirmCard',
                   {'confirmUrl': card['nextAction']['redirect']['url']})
        if self._card is not None and self._random.random() < 0.3:
            self._insist('DeleteCard', {'name': card['name']})
        return card['name']

    def hold(self):
        """Captured, released, or left for another."""
        payment = self._pay(mode='MANUAL')
        if payment is None or payment['state'] != 'PAYMENT_STATE_AUTHORIZED':
            return
        self._unsettled.put(payment['name'])
        if self._random.random() < 0.7:
            self._settle()

    def automatic(self):
        self._pay(mode='AUTOMATIC')

    def decline(self):
        self._pay(mode='MANUAL', cents=self._random.choice(MAGIC))

    def transfer(self):
        return self._transfer(transfers.SENDER_NUMBER)

    def declined_transfer(self):
        self._transfer(DECLINED_NUMBER)

    def careful(self):
        """The bank asks the payer, who sometimes goes away."""
        payment = self._transfer(transfers.CAREFUL_NUMBER)
        if payment is None or 'nextAction' not in payment or self._random.random() < 0.2:
            return
        said = self._call(self._bank, 'AnswerThreeDSecure', {
            'orderId': payment['providerReferences']['order_id']})
        page = payment['nextAction']['formPost']['hostedUrl'] + '/result'
        try:
            transfers.open_page(page, {'PaRes': said['paRes'], 'MD': said['md']})
        except OSError:
            pass  # The server is down: he goes away.

    def _settle(self):
        """Takes or releases what somebody held; False if there is nothing."""
        try:
            name = self._unsettled.get_nowait()
        except queue.Empty:
            return False
        self._insist(self._random.choice(('CapturePayment', 'CancelPayment')), {'name': name})
        return True

    # -- Calls ------------------------------------------------------------------------

    def _pay(self, mode, cents=0):
        if self._card is None:
            self._card = self.new_card()
        return self._create({
            'account': self._upay, 'source': {'card': self._card},
            'destination': {'merchant': {'payerAccount': '42'}},
            'amount': {'currencyCode': 'UZS',
                       'amountMinor': str(100 * self._random.randint(10, 999) + cents)},
            'captureMode': f'CAPTURE_MODE_{mode}'})

    def _transfer(self, number):
        return self._create({
            'account': self._epay, 'source': {'cardData': transfers.card_data(number)},
            'destination': {'cardNumber': {'number': transfers.RECEIVER_NUMBER}},
            'amount': {'currencyCode': 'KZT', 'amountMinor': '150000'},
            'captureMode': 'CAPTURE_MODE_AUTOMATIC', 'returnUrl': transfers.RETURN_URL})

    def _create(self, request):
        number = next(self._ids)
        answer = self._insist('CreatePayment', {
            **request, 'requestId': f'{self.name}.{number}', 'merchantReference': order(number)})
        return answer and answer['payment']

    def _request_id(self):
        return f'{self.name}.{next(self._ids)}'

    def _insist(self, method, request):
        """The answer; None if it was refused. Repeats what says nothing."""
        for _ in range(ATTEMPTS_MAX):
            try:
                return self._call(self._connection, method, request)
            except CallError as error:
                if error.reason in REFUSED:
                    return None
                if error.code not in REPEATED:
                    raise
            self._ending.wait(BACKOFF_S)
        raise AssertionError(f'{method} was never answered: {request}')

    @staticmethod
    def _call(connection, method, request):
        described = connection.describe(method).input_type.full_name
        message = json_format.ParseDict(request, message_class(described)())
        return to_dict(connection.call(method, message, CALL_S))
