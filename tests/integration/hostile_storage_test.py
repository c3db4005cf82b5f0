#!/usr/bin/python3
"""The disk is full, read-only, locked, damaged, or lies: docs/hostile-machine.md."""

import signal
import subprocess
import sys

import harness
from hostile_machine import HostileWorld, errno

PAGE_BYTES = 4096

# Another process that locks the database, and lets go when its stdin ends.
LOCKER = '''
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute('BEGIN IMMEDIATE')
print('locked', flush=True)
sys.stdin.read()
'''


class HostileStorage(harness.IntegrationTest):
    WORLD = HostileWorld

    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    def assert_not_stored(self, request):
        """Refused, and nothing was sent."""
        before = self.world.received('HOLD_CREATE')
        error = self.assert_refused(
            'UNAVAILABLE', 'STORE_UNAVAILABLE',
            lambda: self.world.payments.call('CreatePayment', request),
            provider_called='false')
        self.assertIn('google.rpc.RetryInfo', error.details)
        self.assertEqual(self.world.received('HOLD_CREATE'), before)

    def assert_one_line_each(self, what):
        self.assertEqual(len(self.world.log_lines(f'event=impaired what={what} ')), 1)
        self.assertEqual(len(self.world.log_lines(f'event=recovered what={what} ')), 1)

    def test_disk_full(self):
        # Long enough for the disk to be full before the answer, on whatever machine.
        self.world.plan_fault('HOLD_CREATE', delay='5s')
        running = self.world.payment(self.card)
        answer = self.world.payments.start('CreatePayment', running)
        self.world.wait_until_received('HOLD_CREATE')
        self.world.set_machine(write_error=errno.ENOSPC)

        # What is new is refused; what is there can be read.
        refused = self.world.payment(self.card)
        for _ in range(3):
            self.assert_not_stored(refused)
        self.world.wait_until_ready_says(503, 'store_disk_full since ')
        self.assertFalse(self.world.is_serving())
        self.assertEqual(self.world.metric('payments_impaired'),
                         ['payments_impaired{of="",what="store_disk_full"} 1'])
        found = self.world.payments.call('GetPayment', {'requestId': running['requestId']})
        self.assertEqual(found['payment']['state'], 'PAYMENT_STATE_PROCESSING')

        # The provider answers now, and the outcome cannot be stored: it is kept.
        self.world.wait_for_log('event=provider_call .*method=authorize result=succeeded')
        self.world.wait_for_log('event=trouble what=store_commit_failed')
        self.world.set_machine(write_error=0)
        payment = answer()['payment']
        self.assertEqual(payment['state'], 'PAYMENT_STATE_AUTHORIZED')
        self.world.wait_until_well()
        self.assertTrue(self.world.is_serving())
        self.assert_one_line_each('store_disk_full')

        # And it is on disk; what was refused can be repeated, and happens once.
        self.world.restart_server()
        self.assertEqual(self.world.get(payment['name'])['state'], 'PAYMENT_STATE_AUTHORIZED')
        again = self.world.payments.call('CreatePayment', refused)['payment']
        self.assertEqual(again['state'], 'PAYMENT_STATE_AUTHORIZED')
        self.assertEqual(self.world.movements(), [('HOLD', 150000)] * 2)

    def test_a_callback_that_cannot_be_stored_is_not_acknowledged(self):
        payment = self.world.create(self.card)
        hold = self.world.bank.call('ListHolds')['holds'][0]['holdId']
        self.world.set_machine(write_error=errno.ENOSPC)
        self.assertEqual(self.world.bank.call('SendCallback', {'holdId': hold}),
                         {'httpStatus': 503})
        self.world.set_machine(write_error=0)
        self.world.wait_until_well()
        self.assertEqual(self.world.bank.call('SendCallback', {'holdId': hold}),
                         {'httpStatus': 200})
        self.assertEqual(self.world.get(payment['name'])['state'], 'PAYMENT_STATE_AUTHORIZED')

    def test_read_only_recovers_without_traffic(self):
        self.world.set_machine(write_error=errno.EROFS)
        request = self.world.payment(self.card)
        self.assert_not_stored(request)
        self.world.wait_until_ready_says(503, 'store_read_only since ')
        # It is asked again and again, and says so once.
        asked = self.world.failed_calls()
        self.world.wait_until(lambda: self.world.failed_calls() > asked + 2, lambda: 'no probe')
        self.world.set_machine(write_error=0)
        self.world.wait_until_well()
        self.assert_one_line_each('store_read_only')
        self.world.payments.call('CreatePayment', request)
        self.assertEqual(self.world.movements(), [('HOLD', 150000)])

    def test_a_disk_that_cannot_be_read_is_asked_until_it_can(self):
        payment = self.world.create(self.card)
        self.world.restart_server(signal.SIGTERM)
        # By what no start reads, and so is not in memory.
        read = {'requestId': payment['requestId']}
        self.world.set_machine(read_error=errno.EIO)
        self.assert_refused('UNAVAILABLE', 'STORE_UNAVAILABLE',
                            lambda: self.world.payments.call('GetPayment', read))
        self.world.wait_until_ready_says(503, 'store_input_output since ')
        # Neither probes nor callers find it well.
        for _ in range(3):
            asked = self.world.failed_calls()
            HostileWorld.wait_until(lambda since=asked: self.world.failed_calls() > since + 1,
                                    lambda: 'no probe')
            self.assert_refused('UNAVAILABLE', 'STORE_UNAVAILABLE',
                                lambda: self.world.payments.call('GetPayment', read))
            self.assertEqual(self.world.readyz()[0], 503)
        self.assertEqual(self.world.log_lines('event=recovered what=store_input_output '), [])
        self.world.set_machine(read_error=0)
        self.world.wait_until_well()
        self.assert_one_line_each('store_input_output')
        found = self.world.payments.call('GetPayment', read)['payment']
        self.assertEqual(found['name'], payment['name'])
        self.world.create(self.card)

    def test_locked_by_another_process(self):
        with subprocess.Popen([sys.executable, '-c', LOCKER, self.database()],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as locker:
            try:
                self.assertEqual(locker.stdout.readline(), b'locked\n')
                request = self.world.payment(self.card)
                self.assert_not_stored(request)
                self.world.wait_until_ready_says(503, 'store_locked since ')
            finally:
                locker.stdin.close()
        self.world.wait_until_well()
        self.assert_one_line_each('store_locked')
        self.world.payments.call('CreatePayment', request)
        self.assertEqual(self.world.movements(), [('HOLD', 150000)])

    def check_the_process_ends(self, **machine):
        acknowledged = self.world.create(self.card)
        self.world.set_machine(**machine)
        request = self.world.payment(self.card)
        self.assert_refused('UNAVAILABLE', None,
                            lambda: self.world.payments.call('CreatePayment', request))
        self.assertEqual(self.world.server.wait(), -signal.SIGABRT)
        self.assertEqual(len(self.world.log_lines('event=store_commit_failed .*consequence=')), 1)
        self.world.set_machine(**dict.fromkeys(machine, 0))
        self.world.restart_server()
        self.assertEqual(self.world.get(acknowledged['name'])['state'], 'PAYMENT_STATE_AUTHORIZED')
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)
        self.world.create(self.card)
        self.world.wait_until_well()

    def test_a_failed_fsync_ends_the_process(self):
        self.check_the_process_ends(sync_error=errno.EIO)

    def test_a_failed_write_of_a_commit_ends_the_process(self):
        self.check_the_process_ends(write_error=errno.EIO)

    # -- At the start ---------------------------------------------------------------------

    def assert_start_refused(self, *words):
        code, errors = self.world.try_start()
        self.assertEqual(code, 1, errors)
        for word in words:
            self.assertIn(word, errors)

    def test_a_start_on_a_bad_disk_is_refused_and_works_later(self):
        self.world.server.stop()
        for error, text in ((errno.EROFS, 'Read-only file system'),
                            (errno.ENOSPC, 'No space left on device')):
            self.world.set_machine(write_error=error)
            self.assert_start_refused(str(self.world.folder / 'data'), text)
        self.world.set_machine(write_error=0)
        self.world.start_server()
        self.world.create(self.card)

    def database(self):
        return self.world.folder / 'data/payments.db'

    def test_a_damaged_database_is_not_started_on(self):
        self.world.server.stop()
        whole = self.database().read_bytes()
        for damaged in (b'x' * len(whole), whole[:PAGE_BYTES * 3],
                        whole[:PAGE_BYTES] + b'Z' * (len(whole) - PAGE_BYTES)):
            self.database().write_bytes(damaged)
            self.assert_start_refused(str(self.database()), 'damaged', 'restore a backup',
                                      'docs/operations.md')
            self.assertEqual(self.database().read_bytes(), damaged)  # It is evidence.
        self.database().write_bytes(whole)
        self.world.start_server()
        self.world.create(self.card)

    def test_a_database_damaged_at_runtime_is_used_no_more(self):
        payment = self.world.create(self.card)
        self.world.restart_server(signal.SIGTERM)
        with open(self.database(), 'r+b') as file:
            size = file.seek(0, 2)
            file.seek(PAGE_BYTES)
            file.write(b'Z' * (size - PAGE_BYTES))
        self.assert_refused('DATA_LOSS', 'STORE_DAMAGED', lambda: self.world.get(payment['name']))
        self.world.wait_until_ready_says(503, 'store_damaged since ')
        self.assertFalse(self.world.is_serving())
        for _ in range(2):
            self.assert_refused(
                'DATA_LOSS', 'STORE_DAMAGED', lambda: self.world.create(self.card),
                provider_called='false')
        self.assertEqual(self.world.received('HOLD_CREATE'), 1)
        self.assertEqual(len(self.world.log_lines('event=impaired what=store_damaged ')), 1)
        # It does not come back by itself.
        self.world.server.stop()
        self.assert_start_refused('damaged', 'restore a backup')


if __name__ == '__main__':
    harness.main()
