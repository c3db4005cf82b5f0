#!/usr/bin/python3
"""kill -9 at any moment: afterwards ledger, store and event log agree exactly.

  chaos_test.py [--rounds N] [--seed S] [test…]

One run, many looks at what it left. The server is killed once a round; see chaos.py. The
seed decides what the clients, the provider and the killer do; when the kernel lets them
do it, nobody decides, so the same seed is a similar run and not the same one.
"""

import argparse
import sys
import time

import agreement
import story
from chaos import Chaos, say

# pylint: disable=wrong-import-order
import harness
import weather

ROUNDS = 60
FINDINGS_SHOWN_MAX = 10
STORIES_MAX = 3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=ROUNDS)
    parser.add_argument('--seed', type=int, default=time.time_ns() % 1_000_000)
    known, rest = parser.parse_known_args()
    sys.argv[1:] = rest
    return known


class ChaosTest(harness.unittest.TestCase):
    """What is true after the chaos."""

    chaos = None

    @classmethod
    def setUpClass(cls):
        cls.replay = f'--seed {ARGUMENTS.seed} --rounds {ARGUMENTS.rounds}'
        say(f'chaos: {cls.replay}')
        cls.chaos = Chaos(ARGUMENTS.rounds, ARGUMENTS.seed)
        cls.addClassCleanup(cls.chaos.close)
        cls.chaos.run()
        say(cls.chaos.summary())

    def assert_holds(self, check):
        findings = list(check(self.chaos.world))
        if not findings:
            return
        lines = [str(finding) for finding in findings[:FINDINGS_SHOWN_MAX]]
        if len(findings) > FINDINGS_SHOWN_MAX:
            lines.append(f'… and {len(findings) - FINDINGS_SHOWN_MAX} more')
        subjects = list(dict.fromkeys(f.subject for f in findings if f.subject))[:STORIES_MAX]
        lines += [story.tell(self.chaos.world, name, self.chaos.log()) for name in subjects]
        self.fail('\n'.join(['', *lines, f'A similar run: tests/chaos/chaos_test.py '
                                         f'{self.replay}']))

    def test_there_was_chaos(self):
        """What was not tried proves nothing."""
        world = self.chaos.world
        self.assertGreaterEqual(len(self.chaos.restarts_s), ARGUMENTS.rounds)
        seen = {agreement.state_of(event.payment) for event in world.events
                if event.HasField('payment')}
        self.assertLessEqual({'PROCESSING', 'UNKNOWN', 'AUTHORIZED', 'SUCCEEDED', 'CANCELED',
                              'DECLINED', 'EXPIRED'}, seen)
        self.assertTrue([answer for answer in world.answers if answer.tombstoned])
        causes = {agreement.enum_name(event.cause, 'kind') for event in world.events}
        self.assertLessEqual({'RPC', 'CALLBACK', 'CHECK', 'TIMER', 'RECOVERY'}, causes)
        called = [counts for counts in world.totals.methods
                  if agreement.enum_name(counts, 'method') in weather.METHODS]
        self.assertEqual(len(called), len(weather.METHODS))
        for counts in called:
            self.assertGreater(counts.applied, 0, counts)
            self.assertGreater(counts.lost, 0, counts)

    def test_nothing_went_wrong_on_the_way(self):
        """No client got an error that the contract does not know; everything came to an end."""
        shown = self.chaos.complaints[:FINDINGS_SHOWN_MAX]
        names = [word for complaint in shown for word in complaint.split()
                 if word.startswith('payments/')][:STORIES_MAX]
        stories = [story.tell(self.chaos.world, name, self.chaos.log()) for name in names]
        self.assertFalse(shown, '\n'.join([*shown, *stories, self.replay]))

    def test_every_payment_has_ended(self):
        self.assert_holds(agreement.every_payment_has_ended)

    def test_nothing_needs_review(self):
        self.assert_holds(agreement.nothing_needs_review)

    def test_what_succeeded_was_captured_once(self):
        self.assert_holds(agreement.what_succeeded_was_captured_once)

    def test_nothing_else_was_captured(self):
        self.assert_holds(agreement.nothing_else_was_captured)

    def test_no_hold_is_left_open(self):
        self.assert_holds(agreement.no_hold_is_left_open)

    def test_what_was_held_was_closed_once(self):
        self.assert_holds(agreement.what_was_held_was_closed_once)

    def test_what_was_released_was_released(self):
        self.assert_holds(agreement.what_was_released_was_released)

    def test_every_hold_has_its_payment(self):
        self.assert_holds(agreement.every_hold_has_its_payment)

    def test_no_request_is_charged_twice(self):
        self.assert_holds(agreement.no_request_is_charged_twice)

    def test_no_request_has_two_payments(self):
        self.assert_holds(agreement.no_request_has_two_payments)

    def test_nothing_was_sent_twice(self):
        self.assert_holds(agreement.nothing_was_sent_twice)

    def test_every_answer_is_kept(self):
        self.assert_holds(agreement.every_answer_is_kept)

    def test_every_request_is_known(self):
        self.assert_holds(agreement.every_request_is_known)

    def test_the_log_has_no_gaps(self):
        self.assert_holds(agreement.the_log_has_no_gaps)

    def test_every_event_continues_the_last(self):
        self.assert_holds(agreement.every_event_continues_the_last)

    def test_a_wish_to_cancel_is_kept(self):
        self.assert_holds(agreement.a_wish_to_cancel_is_kept)

    def test_the_log_tells_the_store(self):
        self.assert_holds(agreement.the_log_tells_the_store)

    def test_get_shows_what_list_shows(self):
        self.assert_holds(agreement.get_shows_what_list_shows)

    def test_the_log_was_never_rewritten(self):
        self.assert_holds(agreement.the_log_was_never_rewritten)


if __name__ == '__main__':
    ARGUMENTS = arguments()
    harness.main()
