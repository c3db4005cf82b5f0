#!/usr/bin/python3
"""A backup of a running server, a disaster, and the procedure of docs/operations.md after it."""

import concurrent.futures
import os
import signal
import subprocess
import threading
import urllib.request

import harness
from processes import END_WITH_PARENT

# At least this far ahead are the numbers that a restored server gives out.
NUMBERS_SKIPPED = 1_000_000_000


class Backup(harness.IntegrationTest):
    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()
        self.copy = self.world.folder / 'copy.db'

    def command(self, *arguments):
        """Runs payments-server with the world's configuration."""
        return subprocess.run(
            self.command_line(*arguments), capture_output=True, text=True, cwd=self.world.folder,
            timeout=harness.PATIENCE_S, check=False)

    def command_line(self, *arguments):
        return [harness.BUILD / 'bin' / 'payments-server',
                f"--config={self.world.folder / 'server.textproto'}", '--dev', *arguments]

    def back_up(self):
        done = self.command(f'--backup={self.copy}')
        self.assertEqual((done.returncode, done.stderr), (0, ''), done)
        return done.stdout

    def lose_and_restore(self):
        """As the document says: stop, move away, restore, start."""
        self.assertEqual(self.world.server.stop(), 0)
        (self.world.folder / 'data').rename(self.world.folder / 'data.before')
        done = self.command(f'--restore={self.copy}')
        self.assertEqual((done.returncode, done.stderr), (0, ''), done)
        self.world.start_server()
        return done.stdout

    def capture(self, payment):
        return self.world.payments.call('CapturePayment', {'name': payment['name']})['payment']

    def numbers_seen(self):
        """Every PartnerTrxId that the provider has got so far."""
        return [int(movement['partnerTrxId']) for movement in self.world.list_movements()
                if movement.get('partnerTrxId')]

    def test_a_copy_made_under_load_is_of_one_moment(self):
        created = []
        stop = threading.Event()

        def load():
            while not stop.is_set():
                created.append(self.world.create(self.card)['name'])

        with concurrent.futures.ThreadPoolExecutor() as pool:
            worker = pool.submit(load)
            try:
                self.world.wait_until(lambda: len(created) >= 5,
                                      lambda: f'only {created} were made', [worker])
                acknowledged = list(created)
                said = self.back_up()
            finally:
                stop.set()
            worker.result()
        self.assertIn('payments=', said)
        said = self.lose_and_restore()
        self.assertIn('unfinished_payments=', said)
        for name in acknowledged:
            self.assertEqual(self.world.get(name)['state'], 'PAYMENT_STATE_AUTHORIZED')
        events = self.world.payments.stream('WatchEvents', {'beginning': True})
        _, before = events.until(lambda message: 'caughtUp' in message)
        events.cancel()
        revisions = [int(message['event']['revision']) for message in before]
        self.assertEqual(revisions, list(range(1, len(revisions) + 1)))

    def test_payments_of_the_backup_and_after_it(self):
        world = self.world
        held = world.create(self.card)
        ended = self.capture(world.create(self.card))
        self.back_up()
        lost_request = world.payment(self.card)
        lost = self.capture(world.payments.call('CreatePayment', lost_request)['payment'])
        old_cursor = world.payments.call('ListPayments')['cursor']
        lost_hold = lost['providerReferences']['hold_id']
        highest = max(self.numbers_seen())
        self.lose_and_restore()

        restored = world.get(ended['name'])
        for field in ('state', 'sequence', 'etag', 'providerReferences', 'amount'):
            self.assertEqual(restored[field], ended[field], 'what was final is as it was')
        self.assert_refused('NOT_FOUND', 'PAYMENT_NOT_FOUND', lambda: world.get(lost['name']))

        # Watchers: an old cursor is told so; list, then watch.
        self.assert_refused(
            'OUT_OF_RANGE', 'CURSOR_AHEAD',
            lambda: next(world.payments.stream('WatchEvents', {'afterCursor': old_cursor})))
        cursor = world.payments.call('ListPayments')['cursor']
        events = world.payments.stream('WatchEvents', {'afterCursor': cursor})
        events.until(lambda message: 'caughtUp' in message)
        self.assertEqual(self.capture(held)['state'], 'PAYMENT_STATE_SUCCEEDED')
        message, _ = events.until(lambda message: 'event' in message)
        self.assertEqual(message['event']['resource'], held['name'])
        events.cancel()

        # Numbers: none that the provider has seen from the server that is gone.
        self.assertGreater(max(self.numbers_seen()), highest + NUMBERS_SKIPPED)

        # A callback about a lost payment is told apart from a forged one.
        self.assertEqual(world.bank.call('SendCallback', {'holdId': lost_hold}),
                         {'httpStatus': 404})
        line = next(line for line in world.server.log().splitlines()
                    if 'verdict=unknown_resource' in line)
        self.assertIn(lost['name'], line)
        metrics = urllib.request.urlopen(  # nosec: our own server.
            f"http://{world.server.addresses['admin_http']}/metrics",
            timeout=harness.PATIENCE_S).read().decode()
        self.assertIn('verdict="unknown_resource"', metrics)

        # A request_id that was used after the backup is kept from paying again.
        answer = world.payments.call('CancelPayment',
                                     {'createRequestId': lost_request['requestId']})
        self.assertEqual(answer, {'tombstoned': True})
        self.assert_refused('FAILED_PRECONDITION', 'REQUEST_ID_CANCELED',
                            lambda: world.payments.call('CreatePayment', lost_request))

    def test_a_capture_that_was_in_flight_is_not_sent_again(self):
        world = self.world
        world.bank.call('SetCallbackPolicy', {'hold': {'kind': 'CALLBACK_KIND_NONE'}})
        payment = world.create(self.card)
        world.plan_fault('HOLD_PAYMENT', delay=harness.NEVER)
        capture = world.payments.start('CapturePayment', {'name': payment['name']})
        world.wait_until_received('HOLD_PAYMENT')
        self.back_up()
        self.assertEqual(world.get(payment['name'])['state'], 'PAYMENT_STATE_PROCESSING')
        world.server.kill()  # The server is gone, as its machine is.
        self.assertRaises(harness.CallError, capture)
        (world.folder / 'data').rename(world.folder / 'data.before')
        done = self.command(f'--restore={self.copy}')
        self.assertEqual(done.returncode, 0, done)
        # The capture is asked about once its answer, which may take 30 s, can no longer come.
        world.change_options(**harness.SHORT_REQUESTS)
        world.start_server()
        self.assertEqual(world.wait_for(payment['name'], 'SUCCEEDED')['name'], payment['name'])
        self.assertEqual(world.received('HOLD_PAYMENT'), 1)
        self.assertEqual(world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])

    def assert_signals_end(self, folder, *arguments):
        """That what copies into `folder`, and is not done, ends by a signal, and at once."""
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(arguments, signal=number), subprocess.Popen(
                    [*END_WITH_PARENT, *self.command_line(*arguments)],
                    cwd=self.world.folder) as process:
                try:
                    def has_begun(process=process):
                        self.assertIsNone(process.poll())
                        return list(folder.glob('*.partial-*'))
                    self.world.wait_until(has_begun, lambda: 'nothing is being copied')
                    process.send_signal(number)
                    self.assertEqual(process.wait(harness.PATIENCE_S), -number)
                finally:
                    process.kill()
            self.assertEqual([left.unlink() for left in folder.glob('*.partial-*')], [None])

    def test_a_signal_ends_a_backup_and_a_restore(self):
        self.world.server.stop()
        data = self.world.folder / 'data'
        data.rename(self.world.folder / 'data.before')
        data.mkdir()
        # A database that is never done being opened.
        os.mkfifo(data / 'payments.db')
        self.assert_signals_end(self.world.folder, f'--backup={self.copy}')
        self.assertFalse(self.copy.exists())
        (data / 'payments.db').rename(self.copy)
        self.assert_signals_end(data, f'--restore={self.copy}')
        self.assertFalse((data / 'payments.db').exists())

    def test_refusals(self):
        self.copy.write_text('precious')
        for code, message, arguments in (
                (1, 'never overwritten', [f'--backup={self.copy}']),
                (1, 'another server uses', [f'--restore={self.copy}']),
                (1, 'two commands', ['--backup=a', '--restore=b']),
                (2, 'nowhere', ['--config=nowhere', f'--backup={self.copy}'])):
            with self.subTest(message):
                done = self.command(*arguments)
                self.assertEqual((done.returncode, done.stdout), (code, ''), done)
                self.assertIn(message, done.stderr)
        self.assertEqual(self.copy.read_text(), 'precious')
        self.world.server.stop()
        done = self.command(f'--restore={self.copy}')
        self.assertEqual(done.returncode, 1)
        self.assertIn('move', done.stderr)


if __name__ == '__main__':
    harness.main()
