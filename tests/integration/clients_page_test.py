#!/usr/bin/python3
"""The consumer of docs/clients.md, as it stands on the page, while everything is killed."""

import re
import shutil
import signal
import sqlite3
import subprocess
import sys

import harness
from processes import END_WITH_PARENT

PAGE = harness.ROOT / 'docs' / 'clients.md'
STUBS = re.compile(r'```sh\n(mkdir -p build/client\n.*?)```', re.DOTALL)
PROGRAM = re.compile(r'```python\n(.*?)```', re.DOTALL)

# The page's program, until it would wait.
FIRST_WAIT = """
import sys, types, consumer
def stop(seconds):
    print(seconds)
    sys.exit()
consumer.time = types.SimpleNamespace(sleep=stop)
consumer.main(*sys.argv[1:])
"""


class Consumer:
    """The page's program in a process of its own. Its database outlives it."""

    def __init__(self, folder):
        page = PAGE.read_text()
        self._stubs = folder / 'client'
        stubs, program = STUBS.findall(page), PROGRAM.findall(page)
        if len(stubs) != 1 or len(program) != 1:
            raise AssertionError(f'{PAGE}: {len(stubs)} blocks of stubs, {len(program)} programs')
        subprocess.run(['bash', '-euo', 'pipefail', '-c',
                        stubs[0].replace('build/client', str(self._stubs))],
                       cwd=harness.ROOT, check=True, timeout=harness.PATIENCE_S)
        self._program = folder / 'consumer.py'
        self._program.write_text(program[0])
        self._database = folder / 'consumer.db'
        self._log_path = folder / 'consumer.log'
        self._process = None

    def start(self, address):
        with open(self._log_path, 'ab') as log:
            self._process = subprocess.Popen(  # pylint: disable=consider-using-with
                [*END_WITH_PARENT, sys.executable, self._program, address, self._database],
                stdin=subprocess.DEVNULL, stderr=log, env={'PYTHONPATH': str(self._stubs)})

    def first_wait_s(self, address):
        """Of its waits, until it has given up for the first time."""
        return float(subprocess.check_output(
            [sys.executable, '-c', FIRST_WAIT, address, self._database], text=True,
            env={'PYTHONPATH': f'{self._stubs}:{self._program.parent}'},
            timeout=harness.PATIENCE_S))

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def rows(self, query):
        """Nothing while it has no tables yet."""
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f'it has ended: {self._log_path.read_text()}')
        database = sqlite3.connect(self._database)
        try:
            return database.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            database.close()

    def receipts(self):
        return sorted(name for name, in self.rows('SELECT payment FROM receipts'))

    def cursor(self):
        return self.rows('SELECT cursor FROM place')[0][0]

    def payments(self):
        return dict(self.rows('SELECT name, sequence FROM payments'))


class ConsumerTest(harness.IntegrationTest):
    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()
        self.consumer = Consumer(self.world.folder)
        self.addCleanup(self.consumer.kill)

    def start_consumer(self):
        self.consumer.start(self.world.server.addresses['grpc'])

    def pay(self, captured):
        """Captured, or held only; its name."""
        name = self.world.create(self.card)['name']
        if captured:
            self.world.payments.call('CapturePayment', {'name': name})
        return name

    def wait_until_it_knows(self, paid):
        """What the server knows, and a receipt for each that was paid."""
        def agrees():
            listed = self.world.payments.call('ListPayments', {'pageSize': 1000})['payments']
            there = {payment['name']: int(payment['sequence']) for payment in listed}
            return self.consumer.receipts() == sorted(paid) and \
                there.items() <= self.consumer.payments().items()
        self.world.wait_until(agrees, lambda: f'{self.consumer.receipts()} is not {paid}')


class ClientsPage(ConsumerTest):
    def test_one_receipt_each_whatever_is_killed(self):
        # Before it has ever run: it lists.
        paid = [self.pay(captured=True)]
        self.pay(captured=False)
        self.start_consumer()
        self.wait_until_it_knows(paid)
        for by in (signal.SIGKILL, signal.SIGTERM):
            paid.append(self.pay(captured=True))
            self.pay(captured=False)
            self.world.restart_server(by)
            paid.append(self.pay(captured=True))
            self.wait_until_it_knows(paid)
        # While it is away, and in the middle of what it has missed.
        self.consumer.kill()
        paid += [self.pay(captured=True) for _ in range(10)]
        self.start_consumer()
        self.world.wait_until(lambda: len(self.consumer.receipts()) > 5, lambda: 'no receipts')
        self.consumer.kill()
        self.start_consumer()
        paid.append(self.pay(captured=True))
        self.wait_until_it_knows(paid)

    def test_another_log_makes_it_list(self):
        """As after a restored backup: its cursor is of a log that is gone."""
        paid = [self.pay(captured=True)]
        self.start_consumer()
        self.wait_until_it_knows(paid)
        self.world.server.stop()
        shutil.rmtree(self.world.folder / 'data')
        self.world.start_server()
        self.card = self.world.active_card()
        paid.append(self.pay(captured=True))
        self.wait_until_it_knows(paid)
        paid.append(self.pay(captured=True))
        self.wait_until_it_knows(paid)


class ConsumerAwayTooLong(ConsumerTest):
    """The log keeps but a few events."""

    SERVER_OPTIONS = {'more': 'retention { events_bytes_max: 5000 }'}

    def test_it_lists_what_it_has_missed(self):
        paid = [self.pay(captured=True)]
        self.start_consumer()
        self.wait_until_it_knows(paid)
        self.consumer.kill()
        cursor = self.consumer.cursor()
        paid += [self.pay(captured=True) for _ in range(10)]
        self.world.wait_until(lambda: self.is_pruned(cursor), lambda: 'nothing was pruned')
        self.start_consumer()
        self.wait_until_it_knows(paid)
        paid.append(self.pay(captured=True))
        self.wait_until_it_knows(paid)

    def is_pruned(self, cursor):
        try:
            self.world.payments.call('ListEvents', {'afterCursor': cursor})
            return False
        except harness.CallError as error:
            return error.reason == 'CURSOR_PRUNED'


class ConsumerOfTooMany(ConsumerTest):
    SERVER_OPTIONS = {'more': 'limits { streams_per_principal_max: 1 }'}

    def test_it_waits_as_long_as_it_is_told(self):
        stream = self.world.payments.stream('WatchEvents', {'now': True})
        stream.until(lambda message: 'caughtUp' in message)
        other = self.world.payments.stream('WatchEvents', {'now': True})
        with self.assertRaises(harness.CallError) as refused:
            next(other)
        asked = refused.exception.details['google.rpc.RetryInfo']['retryDelay']
        asked_s = float(asked.rstrip('s'))
        self.assertGreater(asked_s, 0.1)  # What it would wait of itself.
        self.assertGreaterEqual(
            self.consumer.first_wait_s(self.world.server.addresses['grpc']), asked_s)
        stream.cancel()


if __name__ == '__main__':
    harness.main()
