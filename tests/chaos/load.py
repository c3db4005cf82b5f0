"""Clients that pay, capture, cancel, repeat themselves and do not give up."""

import random
import threading

from agreement import Answer, state_of
from connection import SANDBOX, CallError, Connection, enum_name, message_class
from harness import PATIENCE_S, TEST_CARD_NUMBER, next_expiry

CreatePaymentRequest = message_class('payments.v1.CreatePaymentRequest')
CapturePaymentRequest = message_class('payments.v1.CapturePaymentRequest')
CancelPaymentRequest = message_class('payments.v1.CancelPaymentRequest')
CheckPaymentRequest = message_class('payments.v1.CheckPaymentRequest')
RegisterCardRequest = message_class('payments.v1.RegisterCardRequest')
DeleteCardRequest = message_class('payments.v1.DeleteCardRequest')
ConfirmCardRequest = message_class('payments.sandbox.v1.ConfirmCardRequest')

CURRENCY = 'UZS'
# Amounts of whole so'm are ordinary; their last two digits choose a misbehaviour: see
# docs/sandbox.md. Left out are those where the provider lies or never says (25, 41, 42),
# and those that this test plans itself.
MAGIC = (1, 2, 3, 6, 7, 11, 12, 13, 21, 22, 23, 24, 26, 27, 31, 32, 33, 51, 52, 53, 54, 55, 56,
         57, 58, 59)
MAGIC_SHARE = 0.3
# The cancel is refused every time: only the end of the hold ends it.
MAGIC_NO_RELEASE = 31

# How long a call may take; sometimes the caller is in a hurry.
DEADLINE_S = 5
HURRY_S = 0.15
# A call is repeated so often at most while the transport fails. Each waits for the server
# up to its deadline, so this is never reached while there is one.
ATTEMPTS_MAX = 40
# The provider was not reached, so often in a row: the customer goes home.
FAILURES_MAX = 3

# Refusals that are an answer, by what is called.
REFUSALS = {
    'CreatePayment': {'REQUEST_ID_CANCELED'},
    'CapturePayment': {'PAYMENT_STATE'},
    'CancelPayment': {'PAYMENT_STATE', 'OPERATION_IN_PROGRESS'},
    'CheckPayment': {'RATE_LIMITED'},
    'RegisterCard': set(),
    'DeleteCard': set(),
}
# "Says nothing": the same again, with the same request_id.
REPEATED = {'UNAVAILABLE', 'DEADLINE_EXCEEDED'}


class Tickets:
    """How many payments may still be begun. Thread-safe."""

    def __init__(self):
        self._semaphore = threading.Semaphore(0)
        self.closed = False

    def give(self, count):
        self._semaphore.release(count)

    def take(self):
        """Waits for one; False once it is closed."""
        self._semaphore.acquire()  # pylint: disable=consider-using-with
        return not self.closed

    def close(self, takers):
        self.closed = True
        self._semaphore.release(takers)


class Client(threading.Thread):
    """Begins a payment per ticket, and sees it through. Remembers what it was told."""

    def __init__(self, number, seed, address, bank_address, card, tickets):
        super().__init__(daemon=True)
        self._name = f'chaos-{number}'
        self._random = random.Random(f'{seed}/{number}')
        self._tickets = tickets
        self._card = card
        # The second one is for what a client does twice at once.
        self._connections = [Connection(address), Connection(address)]
        self._bank = Connection(bank_address, SANDBOX)
        self._count = 0
        self.answers = []
        # Errors that the contract does not allow.
        self.complaints = []
        self._scenarios = (
            (3, self.capture), (2, self.cancel), (1, self.abandon), (2, self.race),
            (4, self.automatic), (2, self.withdraw), (1, self.cancel_unseen),
            (3, self.duplicate), (2, self.hurry), (1, self.check), (1, self.register))

    def run(self):
        weights = [weight for weight, _ in self._scenarios]
        while self._tickets.take():
            _, scenario = self._random.choices(self._scenarios, weights)[0]
            try:
                scenario()
            except CallError as error:
                self.complaints.append(f'{self._name} {scenario.__name__}: {error}')
            except Exception as error:  # pylint: disable=broad-except
                self.complaints.append(f'{self._name} {scenario.__name__}: {error!r}')
        for connection in (*self._connections, self._bank):
            connection.close()

    # -- Scenarios -----------------------------------------------------------------

    def capture(self):
        payment = self._pay(self._request('MANUAL'))
        if payment is not None:
            self._capture(payment)
            if self._random.random() < 0.2:
                self._capture(payment)

    def cancel(self):
        payment = self._pay(self._request('MANUAL'))
        if payment is not None:
            self._cancel(name=payment.name, request_id=payment.request_id)

    def abandon(self):
        self._pay(self._request('MANUAL'))

    def race(self):
        """Captured and canceled at once."""
        payment = self._pay(self._request('MANUAL'))
        if payment is None:
            return
        request = CancelPaymentRequest(name=payment.name)
        other = self._start(1, 'CancelPayment', payment.request_id, request)
        self._capture(payment)
        other()

    def automatic(self):
        self._pay(self._request('AUTOMATIC'))

    def withdraw(self):
        """Canceled by its request_id while the hold is asked for."""
        request = self._request(self._random.choice(('MANUAL', 'AUTOMATIC')))
        other = self._start(1, 'CreatePayment', request.request_id, request)
        self._cancel(create_request_id=request.request_id, request_id=request.request_id)
        other()
        # Whatever came of it, the late repetition is told the same.
        self._pay(request)

    def cancel_unseen(self):
        """Canceled before it is created: then it must never be."""
        request = self._request('AUTOMATIC')
        self._cancel(create_request_id=request.request_id, request_id=request.request_id)
        if self._pay(request) is not None:
            self.complaints.append(f'{request.request_id} was paid after its tombstone')

    def duplicate(self):
        """The same request three times at once, on two connections."""
        request = self._request(self._random.choice(('MANUAL', 'AUTOMATIC')))
        others = [self._start(i, 'CreatePayment', request.request_id, request) for i in (0, 1)]
        payment = self._pay(request)
        for other in others:
            other()
        if payment is not None and request.capture_mode == 1:
            others = [self._start(i, 'CapturePayment', payment.request_id,
                                  CapturePaymentRequest(name=payment.name)) for i in (0, 1)]
            for other in others:
                other()

    def hurry(self):
        """A caller who does not wait for the answer, and asks again."""
        request = self._request(self._random.choice(('MANUAL', 'AUTOMATIC')))
        self._start(0, 'CreatePayment', request.request_id, request, HURRY_S)()
        payment = self._pay(request)
        if payment is not None and request.capture_mode == 1:
            self._start(0, 'CapturePayment', payment.request_id,
                        CapturePaymentRequest(name=payment.name), HURRY_S)()
            self._capture(payment)

    def check(self):
        payment = self._pay(self._request(self._random.choice(('MANUAL', 'AUTOMATIC'))))
        if payment is not None:
            self._insist('CheckPayment', payment.request_id,
                         CheckPaymentRequest(name=payment.name))

    def register(self):
        """Another card, confirmed by its owner; sometimes deleted again."""
        card = self._register()
        if card is None or state_of(card) != 'PENDING_CONFIRMATION':
            return
        self._bank.call('ConfirmCard', ConfirmCardRequest(
            confirm_url=card.next_action.redirect.url), PATIENCE_S)
        if self._random.random() < 0.3:
            self._insist('DeleteCard', card.request_id, DeleteCardRequest(name=card.name))

    # -- Calls ---------------------------------------------------------------------

    def _request_id(self):
        self._count += 1
        return f'{self._name}.{self._count}'

    def _register(self):
        request = RegisterCardRequest(request_id=self._request_id(), account='accounts/shop',
                                      phone='998901234567')
        request.card.number = TEST_CARD_NUMBER
        request.card.expiry.month = next_expiry()['month']
        request.card.expiry.year = next_expiry()['year']
        request.card.cvc = '123'
        request.card.holder_name = 'TEST PAYER'
        answer = self._insist('RegisterCard', request.request_id, request)
        return answer.card if answer is not None else None

    def _request(self, mode):
        request_id = self._request_id()
        amount = 100 * self._random.randint(10, 10000)
        if self._random.random() < MAGIC_SHARE:
            amount += self._random.choice(MAGIC)
        request = CreatePaymentRequest(request_id=request_id, account='accounts/shop')
        request.source.card = self._card
        # So the provider's ledger names the request, whatever we make of it.
        request.destination.merchant.payer_account = request_id
        request.amount.currency_code = CURRENCY
        request.amount.amount_minor = amount
        request.capture_mode = {'MANUAL': 1, 'AUTOMATIC': 2}[mode]
        request.hold_duration.seconds = 60
        return request

    def _pay(self, request):
        """The payment, until it was reached or given up; None if it was never begun."""
        for _ in range(FAILURES_MAX):
            answer = self._insist('CreatePayment', request.request_id, request)
            if answer is not None:
                return answer.payment
        return None

    def _capture(self, payment):
        if state_of(payment) == 'AUTHORIZED':
            self._insist('CapturePayment', payment.request_id,
                         CapturePaymentRequest(name=payment.name))

    def _cancel(self, request_id, **key):
        self._insist('CancelPayment', request_id, CancelPaymentRequest(**key))

    def _insist(self, call, request_id, request):
        """The answer; None if it was refused. Repeats what says nothing."""
        connection = self._random.choice(self._connections)
        for _ in range(ATTEMPTS_MAX):
            try:
                answer = connection.call(call, request, DEADLINE_S)
            except CallError as error:
                if self._is_definite(call, error):
                    return None
                continue
            self._remember(call, request_id, answer)
            return answer
        self.complaints.append(f'{call} for {request_id} was never answered')
        return None

    def _start(self, connection, call, request_id, request, timeout=DEADLINE_S):
        """Sends it; calling the result takes the answer, if there is one."""
        pending = self._connections[connection].start(call, request, timeout)

        def take():
            try:
                self._remember(call, request_id, pending())
            except CallError as error:
                self._is_definite(call, error)
        return take

    def _is_definite(self, call, error):
        """Whether the error is an answer."""
        if error.reason in REFUSALS[call] or error.reason == 'PROVIDER_UNAVAILABLE':
            return True
        if error.code not in REPEATED:
            self.complaints.append(f'{self._name} {call}: {error}')
            return True
        return False

    def _remember(self, call, request_id, answer):
        if call == 'CancelPayment' and answer.tombstoned:
            self.answers.append(Answer(call, request_id, tombstoned=True))
        else:
            shown = answer.card if hasattr(answer, 'card') else answer.payment
            self.answers.append(Answer(call, request_id, shown))


def cannot_be_released(payment):
    """By the amount that this client chose for it."""
    return (payment.amount.amount_minor % 100 == MAGIC_NO_RELEASE
            and enum_name(payment.operations[-1], 'kind') == 'CANCEL')
