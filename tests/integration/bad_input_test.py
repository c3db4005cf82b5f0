#!/usr/bin/python3
"""Bad input of every kind, over real sockets: a clear error or a recorded refusal, and the
sandbox's ledger shows that nothing moved that should not have."""

import datetime
import subprocess
import urllib.parse

import harness
from accounts import PARTNER
from accounts import PARTNER

MIB = 1 << 20


class WithCard(harness.IntegrationTest):
    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    def create(self, **changes):
        return lambda: self.world.create(self.card, **changes)

    def call(self, method, **request):
        return lambda: self.world.payments.call(method, request)


class BadRequests(WithCard):
    """Refused before the provider is called."""

    def tearDown(self):
        self.assertEqual(self.world.received('HOLD_CREATE'), 0)
        self.assertEqual(self.world.movements(), [])

    def test_unknown_card(self):
        self.assert_refused('NOT_FOUND', 'CARD_NOT_FOUND',
                            lambda: self.world.create('cards/01jabcdefghjkmnpqrstvwxyz0'))

    def test_unknown_payment(self):
        name = 'payments/01jabcdefghjkmnpqrstvwxyz0'
        for method in ('GetPayment', 'CapturePayment', 'CancelPayment', 'CheckPayment'):
            with self.subTest(method):
                self.assert_refused('NOT_FOUND', 'PAYMENT_NOT_FOUND',
                                    self.call(method, name=name))

    def test_foreign_account(self):
        self.assert_refused('NOT_FOUND', 'ACCOUNT_NOT_FOUND',
                            self.create(account='accounts/foreign'))

    def test_amounts(self):
        for amount in (0, -1, -150000):
            with self.subTest(amount):
                self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD', self.create(amount=amount),
                                    field='amount.amount_minor')

    def test_amount_outside_the_limits_of_the_account(self):
        for amount in (99, 1000000001, (1 << 63) - 1):
            with self.subTest(amount):
                error = self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD',
                                            self.create(amount=amount),
                                            field='amount.amount_minor')
                violations = error.details['google.rpc.BadRequest']['fieldViolations']
                self.assertIn('1000000000', violations[0]['description'])

    def test_wrong_currency(self):
        request = self.world.payment(self.card)
        request['amount']['currencyCode'] = 'KZT'
        self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD',
                            self.call('CreatePayment', **request), field='amount.currency_code')

    def test_absent_request_id(self):
        self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD', self.create(requestId=''),
                            field='request_id')

    def test_large_metadata(self):
        with self.assertRaises(harness.CallError) as raised:
            self.world.create(self.card, metadata={'note': 'x' * 10 * MIB})
        self.assertEqual(raised.exception.code, 'RESOURCE_EXHAUSTED')
        self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD',
                            self.create(metadata={'note': 'x' * 501}), field='metadata["note"]')

    def test_unknown_option(self):
        error = self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD',
                                    self.create(providerOptions={'Colour': 'red'}))
        self.assertIn('Colour', error.message + str(error.fields))


class BadCards(harness.IntegrationTest):
    """Refused at registration, before the provider is called; no number is ever shown."""

    def refuse(self, field, **changes):
        request = self.world.registration()
        request['card'].update(changes)
        return self.assert_refused('INVALID_ARGUMENT', 'INVALID_FIELD',
                                   lambda: self.world.payments.call('RegisterCard', request),
                                   field=field)

    def tearDown(self):
        self.assertEqual(self.world.received('REGISTER_CARD'), 0)

    def test_number_with_letters(self):
        error = self.refuse('card.number', number='86001234ABCD1234')
        self.assertNotIn('ABCD', error.message + str(error.details))
        self.assertNotIn('ABCD', self.world.logs())

    def test_number_too_short_and_too_long(self):
        self.refuse('card.number', number='8' * 11)
        self.refuse('card.number', number='8' * 20)

    def test_expired(self):
        last_year = datetime.date.today().year - 1
        self.refuse('card.expiry', expiry={'month': 12, 'year': last_year})

    def test_cvc(self):
        self.refuse('card.cvc', cvc='12')
        self.refuse('card.cvc', cvc='12a')


class WrongOrder(WithCard):
    def test_capture_after_cancel(self):
        payment = self.world.create(self.card)
        self.world.payments.call('CancelPayment', {'name': payment['name']})
        self.assert_refused('FAILED_PRECONDITION', 'PAYMENT_STATE',
                            self.call('CapturePayment', name=payment['name']),
                            payment=payment['name'])
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('RELEASE', 150000)])
        self.assertEqual(self.world.received('HOLD_PAYMENT'), 0)

    def test_cancel_after_capture(self):
        payment = self.world.create(self.card)
        self.world.payments.call('CapturePayment', {'name': payment['name']})
        self.assert_refused('FAILED_PRECONDITION', 'PAYMENT_STATE',
                            self.call('CancelPayment', name=payment['name']),
                            payment=payment['name'])
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])
        self.assertEqual(self.world.received('HOLD_CANCEL'), 0)

    def test_capture_of_another_amount(self):
        payment = self.world.create(self.card)
        for amount in (150001, 149999):
            with self.subTest(amount), self.assertRaises(harness.CallError) as raised:
                self.world.payments.call('CapturePayment', {
                    'name': payment['name'],
                    'amount': {'currencyCode': 'UZS', 'amountMinor': str(amount)}})
            expected = 'INVALID_FIELD' if amount > 150000 else 'CAPABILITY_NOT_SUPPORTED'
            self.assertEqual(raised.exception.reason, expected)
        self.assertEqual(self.world.received('HOLD_PAYMENT'), 0)
        self.assertEqual(self.world.get(payment['name'])['state'], 'PAYMENT_STATE_AUTHORIZED')

    def test_two_captures_at_once(self):
        payment = self.world.create(self.card)
        self.world.bank.call('SetLatency', {'latency': '0.300s'})
        first, second = (self.world.payments.start('CapturePayment', {'name': payment['name']})
                         for _ in range(2))
        answers = [first(), second()]
        for answer in answers:
            self.assertEqual(answer['payment']['state'], 'PAYMENT_STATE_SUCCEEDED')
        self.assertEqual(sorted(answer.get('replayed', False) for answer in answers),
                         [False, True])
        self.assertEqual(self.world.received('HOLD_PAYMENT'), 1)
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])


class BadAnswers(WithCard):
    """What the provider may answer, and that no answer is believed that says nothing."""

    def outcome_unknown_then_found(self, **fault):
        """The hold was made, the answer is useless: UNKNOWN, ended by the callback."""
        self.world.plan_fault('HOLD_CREATE', apply_first=True, **fault)
        payment = self.world.create(self.card)
        self.assertIn(payment['state'], ('PAYMENT_STATE_UNKNOWN', 'PAYMENT_STATE_AUTHORIZED'))
        payment = self.world.wait_for(payment['name'], 'AUTHORIZED')
        self.assertEqual(len(payment['operations']), 1)
        self.assertEqual(self.world.movements(), [('HOLD', 150000)])
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)

    def test_garbage(self):
        self.outcome_unknown_then_found(kind='FAULT_KIND_GARBAGE')

    def test_fault(self):
        self.outcome_unknown_then_found(kind='FAULT_KIND_SOAP_FAULT')

    def test_empty_return(self):
        self.outcome_unknown_then_found(kind='FAULT_KIND_EMPTY_RETURN')

    def test_no_return(self):
        self.outcome_unknown_then_found(kind='FAULT_KIND_NO_RETURN')

    def test_entity_bomb(self):
        self.outcome_unknown_then_found(kind='FAULT_KIND_ENTITY_BOMB')

    def test_answer_of_100_megabytes(self):
        self.outcome_unknown_then_found(kind='FAULT_KIND_HUGE_ANSWER', body_bytes=100 * MIB)
        with open(f'/proc/{self.world.server.pid}/status', encoding='ascii') as status:
            peak = next(line for line in status if line.startswith('VmHWM'))
        self.assertLess(int(peak.split()[1]), 100 * 1024, 'KiB: the answer was not kept')

    def test_nothing_was_executed(self):
        """Stays UNKNOWN: silence proves nothing, so nobody may pay again by other means."""
        self.world.plan_fault('HOLD_CREATE', kind='FAULT_KIND_DROP_BEFORE_APPLY')
        payment = self.world.create(self.card)
        self.assertEqual(payment['state'], 'PAYMENT_STATE_UNKNOWN')
        self.assertEqual(self.world.movements(), [])
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)

    def test_provider_never_reached(self):
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_REFUSE'})
        error = self.assert_refused('UNAVAILABLE', 'PROVIDER_UNAVAILABLE', self.create(),
                                    provider_called='false', safe_to_retry='true')
        payment = self.world.get(error.metadata['payment'])
        self.assertEqual(payment['state'], 'PAYMENT_STATE_FAILED')
        self.assertEqual(payment['operations'][0]['dispatch'], 'OPERATION_DISPATCH_NOT_SENT')


class BadCallbacks(WithCard):
    def notify_path(self, payment):
        """The path of the payment's callback URL."""
        hold = payment['providerReferences']['hold_id']
        holds = self.world.bank.call('ListHolds', {'holdId': hold})['holds']
        return urllib.parse.urlsplit(holds[0]['notifyUrl']).path

    def post(self, path, *body, length=None):
        size = sum(map(len, body)) if length is None else length
        head = (f'POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
                f'Content-Length: {size}\r\n\r\n')
        return harness.send_http(self.world.server.addresses['public_http'], head.encode(), *body)

    def test_unknown_url(self):
        self.assertEqual(self.post('/callbacks/upay/nobody-0123', b'{}'), 404)
        self.assertEqual(self.post('/callbacks/nobody/x', b'{}'), 404)
        self.assertEqual(self.post('/', b'{}'), 404)

    def test_wrong_token_in_the_body(self):
        payment = self.world.create(self.card)
        self.assertEqual(self.post(self.notify_path(payment),
                                   b'{"holdId":"1","status":0,"accessToken":"00"}'), 401)
        self.assertEqual(self.world.get(payment['name'])['etag'], payment['etag'])

    def test_unintelligible(self):
        payment = self.world.create(self.card)
        self.assertEqual(self.post(self.notify_path(payment), b'\xff{not json'), 400)
        self.assertEqual(self.world.get(payment['name'])['etag'], payment['etag'])

    def test_right_token_and_forged_status(self):
        """A hint that lies: the provider is asked, and what it says counts."""
        payment = self.world.create(self.card)
        answer = self.world.bank.call('SendCallback', {
            'holdId': payment['providerReferences']['hold_id'], 'status': 1})
        self.assertEqual(answer['httpStatus'], 200)
        self.assertEqual(self.world.get(payment['name'])['state'], 'PAYMENT_STATE_AUTHORIZED')
        captured = self.world.payments.call('CapturePayment', {'name': payment['name']})
        self.assertEqual(captured['payment']['state'], 'PAYMENT_STATE_SUCCEEDED')
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])

    def test_ten_megabytes(self):
        payment = self.world.create(self.card)
        path = self.notify_path(payment)
        self.assertIn(self.post(path, b'x' * 10 * MIB), (413, None))
        self.assertEqual(self.world.get(payment['name'])['etag'], payment['etag'])

    def test_half_sent(self):
        """The connection's life ends, and the server's does not."""
        payment = self.world.create(self.card)
        self.assertIn(self.post(self.notify_path(payment), b'{"holdId":', length=200),
                      (None, 400, 408))
        self.assertEqual(self.world.get(payment['name'])['etag'], payment['etag'])
        self.assertTrue(self.world.server.is_running())


class BadConfiguration(harness.IntegrationTest):
    def check(self, find, replace):
        config = self.world.folder / 'bad.textproto'
        text = self.world.config()
        self.assertIn(find, text)
        config.write_text(text.replace(find, replace, 1))
        return subprocess.run(
            [harness.BUILD / 'bin' / 'payments-server', f'--config={config}', '--dev',
             '--check-config'],
            capture_output=True, text=True, timeout=harness.PATIENCE_S, check=False)

    def test_the_good_one(self):
        self.assertEqual(self.check('tenant', 'tenant').returncode, 0)

    def test_each_message_names_the_field(self):
        for find, replace, named in (
                ('provider: "upay"', 'provider: "nobody"', 'accounts[0].provider'),
                ('id: "shop"', 'id: "Not An Id"', 'accounts[0].id'),
                ('id: "foreign"', 'id: "shop"', 'accounts[1].id'),
                ('key: "username"', 'key: "user"', 'user'),
                ('value: "http://', 'value: "http://example.org/', 'endpoint'),
                ('grpc: "127.0.0.1:', 'grpc: "nowhere:', 'listeners.grpc'),
                ('storage {', 'stroage {', 'stroage'),
                ('amount_minor: 100 ', 'amount_minor: -1 ', 'amount_limits'),
                ('dev_value: "', 'file: "/nonexistent/', 'accounts[0].secrets'),
        ):
            with self.subTest(named):
                done = self.check(find, replace)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(named, done.stderr)
                self.assertNotIn(PARTNER['password'], done.stderr + done.stdout)


if __name__ == '__main__':
    harness.main()
