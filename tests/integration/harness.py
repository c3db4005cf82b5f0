"""A sandbox and a server on free ports for every test, and what tests do again and again.

Requests and answers are dictionaries in protobuf's JSON form.
"""

import datetime
import itertools
import os
import pathlib
import shutil
import signal
import socket
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from accounts import epay_account, upay_account
from clients import Api, BufCurl, CallError
from processes import BUILD, PATIENCE_S, ROOT, Process

__all__ = ['BUILD', 'PATIENCE_S', 'ROOT', 'Api', 'BufCurl', 'CallError', 'IntegrationTest',
           'World', 'main', 'send_http']

# Between two looks at what no event tells: short for who waits, long for who is waited for.
POLL_S = 0.02

TEST_CARD_NUMBER = '8600123412341234'
# The delay of an answer that outlasts the test.
NEVER = '3600s'
# Options of a server that soon gives up an answer. The ordinary 30 s are long enough for
# whatever must succeed, on whatever machine; with these, only what is to be lost, and what
# is asked about it, is sent.
SHORT_REQUESTS = {'more': 'timeouts { provider_request { seconds: 2 } }',
                  'reconciliation': '  orphan_margin { seconds: 1 }'}
# Epay's own quiet period is hours: "not known" counts soon here.
EPAY_CHECKS = 'negative_check_quiet_period { seconds: 1 } check_interval_max { seconds: 1 }'


def next_expiry():
    """An expiry date that is in the future whenever this runs."""
    return {'month': 12, 'year': datetime.date.today().year + 1}


class World:
    """A sandbox, a server, and a folder for both. Not thread-safe."""

    def __init__(self, **server_options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='payments-test-'))
        self._ids = itertools.count(1)
        self._options = server_options
        any_port = f"{server_options.get('host', '127.0.0.1')}:0"
        self._ports = {name: any_port for name in ('grpc', 'public_http', 'admin_http')}
        self._apis = []
        self.server = None
        self.sandbox = Process('provider-sandbox', [
            '--http=127.0.0.1:0', '--grpc=127.0.0.1:0', *server_options.get('sandbox', []),
        ], self.folder / 'provider-sandbox.log')
        try:
            self.bank = self.api(self.sandbox.addresses['grpc'],
                                 'payments.sandbox.v1.SandboxService')
            self.start_server()
        except BaseException:
            self.close()
            raise

    def api(self, address, service, key=None):
        api = Api(address, service, key)
        self._apis.append(api)
        return api

    def start_server(self):
        """Also after a crash: on the same ports, so that callbacks find it again."""
        config = self.folder / 'server.textproto'
        config.write_text(self.config())
        self.server_arguments = [f'--config={config}', '--dev']
        self.server = Process('payments-server', self.server_arguments,
                              self.folder / 'payments-server.log', self.server_environment())
        self._ports = {name: self.server.addresses[name] for name in self._ports}
        self.payments = self.api(self.server.addresses['grpc'], 'payments.v1.PaymentsService',
                                 self._options.get('key'))

    def server_environment(self):
        """What the server's environment has besides ours."""
        return {}

    def config(self):
        sandbox = self.sandbox.addresses['http']
        listeners = '\n'.join(f'  {name}: "{address}"' for name, address in self._ports.items())
        return '\n'.join([
            f'listeners {{\n{listeners}\n}}',
            f'storage {{ data_directory: "{self.folder}/data" }}',
            upay_account(sandbox),
            upay_account(sandbox, 'foreign', 'other'),
            epay_account(sandbox, **self._options.get('epay', {})),
            'reconciliation {',
            '  check_interval_min { nanos: 200000000 }',
            self._options.get('reconciliation', ''),
            f'  providers {{ provider: "epay" {self._options.get("epay_checks", EPAY_CHECKS)} }}',
            '}',
            self._options.get('more', ''),
            ''])

    def change_options(self, **server_options):
        """Those of the next server; see start_server() and restart_server()."""
        self._options.update(server_options)

    def restart_server(self, by=signal.SIGKILL):
        if by == signal.SIGKILL:
            self.server.kill()
        else:
            self.server.stop()
        self.start_server()

    def close(self):
        for api in self._apis:
            api.close()
        for process in (self.server, self.sandbox):
            if process is not None:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self):
        return '\n'.join(path.read_text(errors='replace') for path in self.folder.glob('*.log'))

    # -- What tests do again and again ------------------------------------------------

    def request_id(self):
        return f'test-{next(self._ids)}'

    def registration(self, **changes):
        return {'requestId': self.request_id(), 'account': 'accounts/shop',
                'card': {'number': TEST_CARD_NUMBER, 'expiry': next_expiry(), 'cvc': '123',
                         'holderName': 'TEST PAYER'},
                'phone': '998901234567', **changes}

    def active_card(self):
        """The name of a card whose owner has confirmed it."""
        card = self.payments.call('RegisterCard', self.registration())['card']
        events = self.payments.stream('WatchEvents', {
            'beginning': True, 'filter': {'names': [card['name']]}})
        self.bank.call('ConfirmCard', {'confirmUrl': card['nextAction']['redirect']['url']})
        events.until(lambda m: m.get('event', {}).get('card', {}).get('state')
                     == 'CARD_STATE_ACTIVE')
        events.cancel()
        return card['name']

    def payment(self, card, amount=150000, mode='CAPTURE_MODE_MANUAL', **changes):
        """A CreatePaymentRequest."""
        return {'requestId': self.request_id(), 'account': 'accounts/shop',
                'source': {'card': card}, 'destination': {'merchant': {'payerAccount': '42'}},
                'amount': {'currencyCode': 'UZS', 'amountMinor': str(amount)},
                'captureMode': mode, **changes}

    def create(self, card, **changes):
        return self.payments.call('CreatePayment', self.payment(card, **changes))['payment']

    def wait_for(self, name, *states, timeout=PATIENCE_S):
        """The payment once it is in one of `states`, told by the event stream."""
        events = self.payments.stream('WatchEvents', {
            'beginning': True, 'filter': {'names': [name]}}, timeout)
        wanted = {f'PAYMENT_STATE_{state}' for state in states}
        message, _ = events.until(
            lambda m: m.get('event', {}).get('payment', {}).get('state') in wanted)
        events.cancel()
        return message['event']['payment']

    def get(self, name):
        return self.payments.call('GetPayment', {'name': name})['payment']

    def plan_fault(self, method, calls=1, **fault):
        self.bank.call('PlanFault', {'method': f'METHOD_{method}', 'fault': fault, 'calls': calls})

    def movements(self):
        """[(kind, amount)] of everything that truly happened, oldest first."""
        return [(movement['kind'].replace('MOVEMENT_KIND_', ''), int(movement['amountMinor']))
                for movement in self.list_movements()]

    def list_movements(self, page_size=1000):
        """As the sandbox lists them, all pages."""
        movements, token = [], ''
        while True:
            page = self.bank.call('ListMovements', {'pageSize': page_size, 'pageToken': token})
            movements += page.get('movements', [])
            token = page.get('nextPageToken', '')
            if not token:
                return movements

    def received(self, method):
        """How many calls of a method have reached the sandbox."""
        for counts in self.bank.call('GetLedger')['totals'].get('methods', []):
            if counts['method'] == f'METHOD_{method}':
                return int(counts.get('received', 0))
        return 0

    def readyz(self):
        """(status, lines)"""
        url = f"http://{self.server.addresses['admin_http']}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read().decode().splitlines()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode().splitlines()

    def wait_until_received(self, method, count=1):
        """Until the sandbox has got so many calls of a method; there is no event for it."""
        self.wait_until(lambda: self.received(method) >= count,
                        lambda: f'{self.received(method)} {method} have come, not {count}')

    @staticmethod
    def wait_until(condition, why, workers=()):
        """What `condition` returns, once that is true; fails with why() if it never is.

        Asks again and again, for what no event tells. What a worker (a future) raises is
        raised here, since then nothing is to be waited for.
        """
        deadline = time.monotonic() + PATIENCE_S
        while True:
            for worker in workers:
                if worker.done():
                    worker.result()
            result = condition()
            if result:
                return result
            if time.monotonic() > deadline:
                raise AssertionError(why())
            time.sleep(POLL_S)


class IntegrationTest(unittest.TestCase):
    """A test with a world of its own; says what the binaries logged if it fails."""

    WORLD = World
    SERVER_OPTIONS = {}

    def setUp(self):
        self.world = self.WORLD(**self.SERVER_OPTIONS)
        self.addCleanup(self.world.close)
        # The last cleanup is the first that is done: the logs end with the world.
        self.addCleanup(self._tell_logs)

    def run(self, result=None):
        result = result if result is not None else self.defaultTestResult()
        self._troubles = lambda: len(result.failures) + len(result.errors)
        self._troubles_before = self._troubles()
        return super().run(result)

    def _tell_logs(self):
        if self._troubles() > self._troubles_before:
            print(f'--- logs of {self.id()}\n{self.world.logs()}---', file=sys.stderr)

    def assert_refused(self, code, reason, call, field=None, **metadata):
        with self.assertRaises(CallError) as raised:
            call()
        error = raised.exception
        self.assertEqual((error.code, error.reason), (code, reason), error)
        if field is not None:
            self.assertIn(field, error.fields)
        for key, value in metadata.items():
            self.assertEqual(error.metadata.get(key), value, error.details)
        return error


def send_http(address, *pieces):
    """Sends raw bytes; the status code of the answer, or None if there is none."""
    host, port = address.rsplit(':', 1)
    with socket.create_connection((host, int(port)), PATIENCE_S) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # It has seen enough; perhaps it answered before it closed.
        try:
            answer = connection.makefile('rb').readline()
        except ConnectionResetError:
            return None
        return int(answer.split()[1]) if answer else None


class ReportingResult(unittest.TextTestResult):
    """Remembers every case for the report that tests/run adds up."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cases = []

    def startTest(self, test):
        super().startTest(test)
        self.cases.append(test.id())


def write_report(path, result):
    """As GoogleTest does, so that all tests are counted alike."""
    failed = {test.id() for test, _ in result.failures + result.errors}
    failed |= {test.test_case.id() for test, _ in result.failures + result.errors
               if hasattr(test, 'test_case')}
    lines = ['<testsuites>', '<testsuite name="integration">']
    for case in result.cases:
        name = case.removeprefix('__main__.')
        lines.append(f'<testcase name="{name}">'
                     + ('<failure/>' if case in failed else '') + '</testcase>')
    lines += ['</testsuite>', '</testsuites>']
    path.write_text('\n'.join(lines) + '\n')


def main():
    """Runs the tests of the calling script."""
    runner = unittest.TextTestRunner(verbosity=2, resultclass=ReportingResult)
    program = unittest.main(testRunner=runner, exit=False)
    output = os.environ.get('GTEST_OUTPUT', '')
    if output.startswith('xml:'):
        path = pathlib.Path(output.removeprefix('xml:'))
        write_report(path / (pathlib.Path(sys.argv[0]).stem + '.xml'), program.result)
    sys.exit(0 if program.result.wasSuccessful() and program.result.testsRun else 1)
