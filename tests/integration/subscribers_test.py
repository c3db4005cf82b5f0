#!/usr/bin/python3
"""A hundred subscribers, a server that is killed at random, and connections that break.

  subscribers_test.py [--seed S] [test…]
"""

import argparse
import sys
import time
import types

import harness
from clients import message_class
from storm import SERVER_OPTIONS, Plan, Storm, judge
from subscribers import Inbox, Wanted

FINDINGS_SHOWN_MAX = 5


def take_seed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seed', type=int, default=time.time_ns() % 1_000_000)
    known, sys.argv[1:] = parser.parse_known_args()
    return known.seed


class StormTest(harness.IntegrationTest):
    """A test of what subscribers have after a storm."""

    SERVER_OPTIONS = SERVER_OPTIONS
    seed = 0

    def run_storm(self, plan, address):
        print(f'storm: --seed {self.seed}', flush=True)
        storm = Storm(self.world, self.seed, plan, address)
        self.addCleanup(storm.close)
        storm.run()
        print(storm.summary(), flush=True)
        self.assert_none(storm.complaints())
        self.assert_none(list(storm.findings()))
        return storm

    def assert_none(self, findings):
        self.assertFalse(findings, '\n'.join([
            f'{len(findings)}, with --seed {self.seed}', *findings[:FINDINGS_SHOWN_MAX]]))

    def assert_it_was_one(self, storm):
        """What was not tried proves nothing."""
        self.assertTrue(all(storm.blows.values()), storm.blows)
        self.assertTrue([s for s in storm.subscribers if s.wanted.polls], 'nobody polled')
        lost = [s for s in storm.subscribers
                if sum(len(run) for _, run in s.runs) > len(s.inbox.revisions)]
        self.assertTrue(lost, 'nobody had to be told anything again')
        silent = [s for s in storm.subscribers if s.silences and s.wanted.deadline_s is None]
        self.assertTrue(silent, 'nobody had to leave a silent connection')
        stopped = [s for s in storm.subscribers if s.stopped]
        self.assertTrue(stopped, 'nobody was told that all was final')


class Subscribers(StormTest):
    PLAN = Plan(early=60, late=28, foreign=6, rounds=16, polls=True)

    def test_each_has_exactly_what_its_filter_lets_through(self):
        storm = self.run_storm(self.PLAN, self.world.server.addresses['grpc'])
        self.assertEqual(len(storm.subscribers), 100)
        self.assert_it_was_one(storm)


class VerdictTest(harness.unittest.TestCase):
    """The storm's verdict finds what it should find."""

    def setUp(self):
        event = message_class('payments.v1.Event')
        self.events = [event(revision=revision, cursor=f'behind {revision}')
                       for revision in range(1, 7)]
        for number, event in enumerate(self.events):
            event.payment.merchant_reference = ('ours', 'theirs')[number % 2]

    def judge(self, revisions, runs=(), start=None, first_cursor=None, newest_before=0):
        subscriber = types.SimpleNamespace(
            wanted=Wanted('one', start or {'beginning': True}, {'merchantReference': 'ours'}),
            inbox=Inbox(), runs=runs, listed={}, newest_before=newest_before)
        subscriber.inbox.revisions = revisions
        subscriber.inbox.first_cursor = first_cursor
        return len(list(judge(subscriber, self.events)))

    def test_all_of_it_is_right(self):
        self.assertEqual(self.judge([1, 3, 5], [(0, [1, 3]), (1, [3]), (1, [3, 5])]), 0)
        self.assertEqual(self.judge([3, 5], start={'afterCursor': 'behind 2'}), 0)

    def test_anything_else_is_not(self):
        for revisions in ([1, 5], [1, 3], [3, 5], [1, 3, 3, 5], [1, 5, 3], [1, 2, 3, 5], []):
            with self.subTest(revisions):
                self.assertEqual(self.judge(revisions), 1)

    def test_a_stream_with_a_gap_is_not(self):
        self.assertEqual(self.judge([1, 3, 5], [(0, [1, 5]), (1, [3, 5])]), 1)

    def test_a_stream_that_repeats_what_was_stored_is_not(self):
        self.assertEqual(self.judge([1, 3, 5], [(0, [1, 3]), (2, [3, 5])]), 1)

    def test_now_is_not_before_what_was_told(self):
        now = {'start': {'now': True}, 'first_cursor': 'behind 2'}
        self.assertEqual(self.judge([3, 5], newest_before=2, **now), 0)
        self.assertEqual(self.judge([3, 5], newest_before=3, **now), 1)


if __name__ == '__main__':
    StormTest.seed = take_seed()
    harness.main()
