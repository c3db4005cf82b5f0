#!/usr/bin/python3
"""The harness itself: a failing test says why, and no wait is without an end."""

import concurrent.futures
import contextlib
import io
import threading
import unittest
from unittest import mock

import harness

# As long as the waits that are to fail may take here.
IMPATIENCE_S = 0.2


def outcome_of(fails):
    """(result, what was printed) of a test that starts a server, and then fails or not."""
    class Inner(harness.IntegrationTest):
        def test(self):
            self.assertFalse(fails)

    printed = io.StringIO()
    result = unittest.TestResult()
    with contextlib.redirect_stderr(printed):
        Inner('test').run(result)
    return result, printed.getvalue()


class Logs(unittest.TestCase):
    def test_a_failing_test_prints_what_the_binaries_logged(self):
        result, printed = outcome_of(fails=True)
        self.assertEqual((len(result.failures), len(result.errors)), (1, 0))
        self.assertIn('server_started', printed)

    def test_a_test_that_passes_prints_nothing(self):
        result, printed = outcome_of(fails=False)
        self.assertTrue(result.wasSuccessful())
        self.assertEqual(printed, '')


class Waits(unittest.TestCase):
    def test_what_is_true_is_returned(self):
        seen = iter([None, 0, 'at last'])
        self.assertEqual(harness.World.wait_until(lambda: next(seen), lambda: 'never'), 'at last')

    def test_what_never_comes_fails_with_a_reason(self):
        with mock.patch.object(harness, 'PATIENCE_S', IMPATIENCE_S):
            with self.assertRaisesRegex(AssertionError, 'still dark'):
                harness.World.wait_until(lambda: False, lambda: 'still dark')

    def test_what_a_worker_raises_is_raised(self):
        go = threading.Event()

        def work():
            go.wait(harness.PATIENCE_S)
            raise KeyError('of the worker')

        with concurrent.futures.ThreadPoolExecutor() as pool:
            worker = pool.submit(work)
            with self.assertRaisesRegex(KeyError, 'of the worker'):
                harness.World.wait_until(go.set, lambda: 'the worker was not heard', [worker])


class Movements(harness.IntegrationTest):
    def test_all_pages_are_read(self):
        card = self.world.active_card()
        for _ in range(3):
            self.world.create(card)
        listed = self.world.list_movements(page_size=1)
        self.assertEqual([movement['number'] for movement in listed], ['1', '2', '3'])
        self.assertEqual(listed, self.world.list_movements())


if __name__ == '__main__':
    harness.main()
