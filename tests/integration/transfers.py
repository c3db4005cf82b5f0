"""Transfers from card to card, as tests ask for them and as payers and their bank see them."""

import http.client
import urllib.parse

import harness

# Ordinary to the sandbox: docs/sandbox.md has those that are not.
SENDER_NUMBER = '4400430000001114'
RECEIVER_NUMBER = '5169490000002225'
# Its bank asks for 3-D Secure.
CAREFUL_NUMBER = '4400430000000303'
SENDER_CODE = '8157'

RETURN_URL = 'https://shop.example/done'
FAILURE_RETURN_URL = 'https://shop.example/sorry'

AMOUNT = 150000


def card_data(number=SENDER_NUMBER):
    return {'number': number, 'expiry': harness.next_expiry(), 'cvc': SENDER_CODE,
            'holderName': 'TEST PAYER'}


def last_operation(payment):
    """(kind, dispatch, result) without their prefixes."""
    operation = payment['operations'][-1]
    return tuple(operation[field].removeprefix(f'OPERATION_{field.upper()}_')
                 for field in ('kind', 'dispatch', 'result'))


def kinds(payment):
    """Of its operations, oldest first."""
    return [operation['kind'].removeprefix('OPERATION_KIND_')
            for operation in payment['operations']]


def open_page(url, fields=None, language='en'):
    """(status, headers, text): GET, or POST if there are fields; redirects are not followed."""
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=harness.PATIENCE_S)
    headers = {'Accept-Language': language}
    try:
        if fields is None:
            connection.request('GET', address.path, headers=headers)
        else:
            headers['Content-Type'] = 'application/x-www-form-urlencoded'
            connection.request('POST', address.path, urllib.parse.urlencode(fields), headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


class TransferTest(harness.IntegrationTest):
    """A test about transfers."""

    # -- Asking for transfers ---------------------------------------------------------

    def request(self, amount=AMOUNT, number=SENDER_NUMBER, **changes):
        """A CreatePaymentRequest."""
        return {'requestId': self.world.request_id(), 'account': 'accounts/p2p',
                'source': {'cardData': card_data(number)},
                'destination': {'cardNumber': {'number': RECEIVER_NUMBER}},
                'amount': {'currencyCode': 'KZT', 'amountMinor': str(amount)},
                'captureMode': 'CAPTURE_MODE_AUTOMATIC', 'returnUrl': RETURN_URL,
                'failureReturnUrl': FAILURE_RETURN_URL, **changes}

    def transfer(self, **changes):
        return self.world.payments.call('CreatePayment', self.request(**changes))['payment']

    def careful(self, **changes):
        """A transfer whose payer must act."""
        payment = self.transfer(number=CAREFUL_NUMBER, **changes)
        self.assertEqual(payment['state'], 'PAYMENT_STATE_ACTION_REQUIRED', payment)
        return payment

    def confirm(self, payment, fields, **more):
        return self.world.payments.call(
            'ConfirmPayment', {'name': payment['name'], 'fields': fields, **more})

    # -- The payer and the bank -------------------------------------------------------

    def bank_says(self, payment, refuse=False):
        """What the bank's page would post."""
        answer = self.world.bank.call('AnswerThreeDSecure', {
            'orderId': self.order_of(payment), 'refuse': refuse})
        return {'PaRes': answer['paRes'], 'MD': answer['md']}

    def come_back(self, payment, fields):
        """(status, where to) of the payer's browser, sent back by the bank's page."""
        status, headers, _ = open_page(
            payment['nextAction']['formPost']['hostedUrl'] + '/result', fields)
        return status, headers.get('Location')

    def callbacks(self, kind, **more):
        self.world.bank.call('SetCallbackPolicy', {
            'transfer': {'kind': f'CALLBACK_KIND_{kind}', **more}})

    def skew(self, seconds):
        """The provider's clock, from now on."""
        self.world.bank.call('SetClockSkew', {'skew': f'{seconds}s'})

    # -- The truth --------------------------------------------------------------------

    def list_all(self, method, field):
        items, token = [], ''
        while True:
            page = self.world.bank.call(method, {'pageToken': token})
            items += page.get(field, [])
            token = page.get('nextPageToken', '')
            if not token:
                return items

    def ledger(self):
        """The provider's transfers, in the order of their numbers."""
        return sorted(self.list_all('ListTransfers', 'transfers'),
                      key=lambda transfer: int(transfer['orderId']))

    def order_of(self, payment):
        return payment['providerReferences']['order_id']

    def attempts(self):
        """{(method, order number): how often it reached the provider}."""
        return {(attempt['method'].removeprefix('METHOD_EPAY_'), attempt['key']):
                int(attempt['received'])
                for attempt in self.list_all('ListAttempts', 'attempts')}

    def assert_moved(self, *amounts):
        """These transfers moved money, once each, and nothing else did; and every transfer and
        every confirm was sent once."""
        self.assertEqual(self.world.movements(), [('TRANSFER', amount) for amount in amounts])
        for transfer in self.ledger():
            done = transfer['state'] == 'TRANSFER_STATE_DONE'
            self.assertEqual(int(transfer.get('movementCount', 0)), int(done), transfer)
        self.assertEqual({key: count for key, count in self.attempts().items() if count != 1}, {})

    # -- What the server tells --------------------------------------------------------

    def events_of(self, name):
        """Every event so far."""
        events = self.world.payments.stream('WatchEvents', {
            'beginning': True, 'filter': {'names': [name]}})
        _, before = events.until(lambda message: 'caughtUp' in message)
        events.cancel()
        return [message['event'] for message in before if 'event' in message]

    def last_cause(self, name):
        return self.events_of(name)[-1]['cause']['kind'].removeprefix('CAUSE_KIND_')

    def assert_state(self, payment, state, needs_review=False):
        self.assertEqual((payment['state'], payment.get('needsReview', False)),
                         (f'PAYMENT_STATE_{state}', needs_review), payment)
