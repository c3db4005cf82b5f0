#!/usr/bin/python3
"""Each check of agreement.py finds what it is there for, and nothing where all is well."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))

# pylint: disable=wrong-import-position
from google.protobuf import text_format

import agreement
import chaos_test
import harness
import story
from agreement import Answer
from connection import message_class

Payment = message_class('payments.v1.Payment')
Card = message_class('payments.v1.Card')
Event = message_class('payments.v1.Event')
Hold = message_class('payments.sandbox.v1.Hold')
Movement = message_class('payments.sandbox.v1.Movement')
Attempt = message_class('payments.sandbox.v1.Attempt')
Totals = message_class('payments.sandbox.v1.Totals')


def operation(kind, result='SUCCEEDED', dispatch='ANSWERED', code='OK'):
    return (f'operations {{ kind: OPERATION_KIND_{kind} result: OPERATION_RESULT_{result} '
            f'dispatch: OPERATION_DISPATCH_{dispatch} provider_code: "{code}" }} ')


def payment(name, state, operations, sequence, **fields):
    text = f'''
        name: "payments/{name}" request_id: "{name}" account: "accounts/shop"
        amount {{ currency_code: "UZS" amount_minor: 700 }} state: PAYMENT_STATE_{state}
        sequence: {sequence} capture_mode: CAPTURE_MODE_MANUAL {operations}'''
    made = text_format.Parse(text, Payment())
    if 'AUTHORIZE' in operations and state != 'PROCESSING':
        made.provider_references['hold_id'] = f'hold-{name}'
    made.MergeFrom(Payment(**fields))
    return made


# The lives of two payments, event by event.
HELD = operation('AUTHORIZE')
TAKEN = [('PROCESSING', operation('AUTHORIZE', 'PENDING', 'SENT', '')), ('AUTHORIZED', HELD),
         ('PROCESSING', HELD + operation('CAPTURE', 'PENDING', 'SENT', '')),
         ('SUCCEEDED', HELD + operation('CAPTURE'))]
RELEASED = [TAKEN[0], TAKEN[1],
            ('PROCESSING', HELD + operation('CANCEL', 'PENDING', 'SENT', '')),
            ('CANCELED', HELD + operation('CANCEL'))]


def life(name, steps):
    return [payment(name, state, operations, sequence)
            for sequence, (state, operations) in enumerate(steps, 1)]


def event(revision, snapshot, before):
    made = Event(revision=revision, resource=snapshot.name, sequence=snapshot.sequence,
                 cursor=f'cursor-{revision}')
    if isinstance(snapshot, Payment):
        made.payment.CopyFrom(snapshot)
        if before is not None:
            made.previous_payment_state = before.state
    else:
        made.card.CopyFrom(snapshot)
    return made


def notify_url(name):
    return f'http://127.0.0.2:1/callbacks/upay/p.default.{name}.mac'


def hold(name, state, hold_id=None, **fields):
    return text_format.Parse(f'''
        hold_id: "{hold_id or 'hold-' + name}" personal_account: "{name}" amount_minor: 700
        state: HOLD_STATE_{state} capture_count: {int(state == 'CAPTURED')}
        notify_url: "{notify_url(name)}"''', Hold(**fields))


def attempt(method, key, hold_id='', received=1):
    return text_format.Parse(f'''
        method: METHOD_{method} key: "{key}" hold_id: "{hold_id}" received: {received}''',
                             Attempt())


def movement(kind, name, hold_id=None):
    return text_format.Parse(f'''
        kind: MOVEMENT_KIND_{kind} hold_id: "{hold_id or 'hold-' + name}" amount_minor: 700''',
                             Movement())


def a_good_world():
    """One payment was captured, one released; a card was registered before."""
    taken, released = life('taken', TAKEN), life('released', RELEASED)
    card = Card(name='cards/c', state=2, sequence=1)
    order = [card, taken[0], released[0], taken[1], taken[2], released[1], taken[3],
             released[2], released[3]]
    latest, events = {}, []
    for revision, snapshot in enumerate(order, 1):
        events.append(event(revision, snapshot, latest.get(snapshot.name)))
        latest[snapshot.name] = snapshot
    reread = [type(e).FromString(e.SerializeToString()) for e in events]
    stored = [Payment.FromString(p.SerializeToString()) for p in (taken[3], released[3])]
    # What changes without an event.
    stored[0].operations[1].checks_done = 3
    totals = text_format.Parse('''
        holds: 2 captured_minor: 700
        methods { method: METHOD_HOLD_CREATE received: 2 applied: 2 }
        methods { method: METHOD_HOLD_PAYMENT received: 1 applied: 1 }''', Totals())
    return agreement.World(
        payments=stored, cards=[card],
        by_request_id={p.request_id: Payment.FromString(p.SerializeToString()) for p in stored},
        events=events, reread=reread,
        holds=[hold('taken', 'CAPTURED'), hold('released', 'CANCELED', cancel_count=1)],
        movements=[movement('HOLD', 'taken'), movement('HOLD', 'released'),
                   movement('CAPTURE', 'taken'), movement('RELEASE', 'released')],
        attempts=[attempt('HOLD_CREATE', notify_url('taken')),
                  attempt('HOLD_CREATE', notify_url('released')),
                  attempt('HOLD_PAYMENT', '1', 'hold-taken')],
        totals=totals,
        answers=[Answer('CreatePayment', 'taken', taken[1]),
                 Answer('CapturePayment', 'taken', taken[3]),
                 Answer('CancelPayment', 'unseen', tombstoned=True)])


class AgreementTest(unittest.TestCase):
    def setUp(self):
        self.world = a_good_world()
        self.taken, self.released = self.world.payments

    def found(self, world=None):
        """The names of the checks that find something."""
        world = world or self.world
        return {check.__name__ for check in agreement.CHECKS if list(check(world))}

    def assert_finds(self, check, *also, world=None):
        """Exactly these."""
        self.assertEqual(self.found(world), {check, *also})

    def test_every_check_is_made_after_the_chaos(self):
        for check in agreement.CHECKS:
            self.assertTrue(hasattr(chaos_test.ChaosTest, f'test_{check.__name__}'), check)

    def test_a_good_world_has_no_finding(self):
        self.assertEqual(self.found(), set())

    def test_a_payment_that_has_not_ended(self):
        event_ = self.world.events[-1]
        for shown in (self.released, event_.payment, self.world.reread[-1].payment,
                      self.world.by_request_id['released']):
            shown.state = Payment.DESCRIPTOR.fields_by_name['state'].enum_type.values_by_name[
                'PAYMENT_STATE_UNKNOWN'].number
        self.assert_finds('every_payment_has_ended')

    def test_a_payment_that_needs_review(self):
        for shown in (self.taken, self.world.events[6].payment, self.world.reread[6].payment,
                      self.world.by_request_id['taken'], self.world.answers[1].shown):
            shown.needs_review = True
        self.assert_finds('nothing_needs_review')

    def test_a_capture_that_the_ledger_does_not_know(self):
        del self.world.movements[2]
        self.assert_finds('what_succeeded_was_captured_once', 'what_was_held_was_closed_once')

    def test_a_double_capture(self):
        self.world.movements.append(movement('CAPTURE', 'taken'))
        self.assert_finds('what_succeeded_was_captured_once', 'what_was_held_was_closed_once')

    def test_a_capture_of_another_amount(self):
        self.world.movements[2].amount_minor = 800
        self.assert_finds('what_succeeded_was_captured_once')

    def test_a_capture_of_what_was_canceled(self):
        self.world.movements[3].kind = self.world.movements[2].kind
        self.assert_finds('nothing_else_was_captured', 'what_was_held_was_closed_once')

    def test_a_capture_of_no_hold(self):
        self.world.movements.append(movement('CAPTURE', 'x', hold_id='nobody'))
        self.assert_finds('nothing_else_was_captured')

    def test_a_sum_that_differs(self):
        self.world.totals.captured_minor = 1400
        self.assert_finds('nothing_else_was_captured')

    def test_a_hold_left_open(self):
        self.world.holds[1].CopyFrom(hold('released', 'HELD'))
        del self.world.movements[3]
        self.assert_finds('no_hold_is_left_open', 'what_was_held_was_closed_once',
                          'what_was_released_was_released')

    def test_money_that_is_still_held(self):
        self.world.totals.held_minor = 1
        self.assert_finds('no_hold_is_left_open')

    def test_a_release_that_only_ran_out(self):
        self.world.holds[1].CopyFrom(hold('released', 'EXPIRED'))
        self.world.movements[3].CopyFrom(movement('EXPIRE', 'released'))
        self.assert_finds('what_was_released_was_released')

    def test_a_hold_of_a_forgotten_payment(self):
        self.world.holds.append(hold('forgotten', 'EXPIRED'))
        self.assert_finds('every_hold_has_its_payment')

    def test_a_second_hold(self):
        self.world.holds.append(hold('released', 'EXPIRED', hold_id='second'))
        self.assert_finds('every_hold_has_its_payment', 'no_request_is_charged_twice')

    def test_a_second_charge(self):
        """Of the same request, however the server came to it."""
        second = hold('taken', 'CAPTURED', hold_id='second')
        second.notify_url = second.notify_url.replace('taken', 'released')
        self.world.holds[1].CopyFrom(second)
        self.assertLessEqual({'no_request_is_charged_twice', 'every_hold_has_its_payment'},
                             self.found())

    def test_a_hold_of_another_amount(self):
        self.world.holds[0].amount_minor = 1
        self.assert_finds('every_hold_has_its_payment')

    def test_a_hold_that_the_payment_does_not_name(self):
        self.world.holds[1].hold_id = 'other'
        for moved in self.world.movements[1], self.world.movements[3]:
            moved.hold_id = 'other'
        self.assert_finds('every_hold_has_its_payment')

    def test_two_payments_of_one_request(self):
        self.released.request_id = 'taken'
        self.assertIn('no_request_has_two_payments', self.found())

    def test_a_retry_of_nothing(self):
        self.released.retry_of = 'payments/nothing'
        self.assertIn('no_request_has_two_payments', self.found())

    def findings_of_sending(self):
        self.assert_finds('nothing_was_sent_twice')
        return [str(finding) for finding in agreement.nothing_was_sent_twice(self.world)]

    def test_a_hold_that_was_sent_twice_while_another_never_arrived(self):
        """The sums agree: two were to be sent, and two arrived."""
        self.world.attempts[0].received = 2
        del self.world.attempts[1]
        self.assertEqual(self.findings_of_sending(), [
            f'payments/taken: AUTHORIZE {notify_url("taken")} was sent 2 times',
            'payments/taken: the provider got 2 AUTHORIZE, but 1 were to be sent'])

    def test_a_capture_that_was_sent_twice(self):
        self.world.attempts[2].received = 2
        self.world.totals.methods[1].received = 2
        self.assertEqual(self.findings_of_sending(), [
            'payments/taken: CAPTURE 1 was sent 2 times',
            'payments/taken: the provider got 2 CAPTURE, but 1 were to be sent'])

    def test_a_capture_that_was_sent_again_under_another_number(self):
        self.world.attempts.append(attempt('HOLD_PAYMENT', '2', 'hold-taken'))
        self.world.totals.methods[1].received = 2
        self.assertEqual(self.findings_of_sending(), [
            'payments/taken: the provider got 2 CAPTURE, but 1 were to be sent'])

    def test_a_capture_that_nobody_asked_for(self):
        for hold_id in 'hold-released', 'nobody':
            self.world.attempts[2].hold_id = hold_id
            self.assertEqual(len(self.findings_of_sending()), 1)

    def test_a_hold_that_was_sent_though_the_store_says_otherwise(self):
        operation_ = self.taken.operations[0]
        operation_.dispatch = operation_.DESCRIPTOR.fields_by_name[
            'dispatch'].enum_type.values_by_name['OPERATION_DISPATCH_NOT_SENT'].number
        self.assertIn('nothing_was_sent_twice', self.found())

    def test_an_attempt_that_is_not_listed(self):
        for counts in self.world.totals.methods:
            counts.received += 1
            self.assertEqual(len(self.findings_of_sending()), 1)
            counts.received -= 1

    def test_an_answer_that_is_not_in_the_log(self):
        self.world.answers[1].shown.sequence = 9
        self.assert_finds('every_answer_is_kept')

    def test_an_answer_that_the_log_has_otherwise(self):
        self.world.answers[0].shown.description = 'another'
        self.assert_finds('every_answer_is_kept')

    def test_an_answer_about_a_forgotten_payment(self):
        self.world.answers.append(
            Answer('CreatePayment', 'gone', payment('gone', 'SUCCEEDED', HELD, 1)))
        self.assert_finds('every_request_is_known', 'every_answer_is_kept')

    def test_an_answer_to_another_request(self):
        self.world.answers[0] = self.world.answers[0]._replace(request_id='released')
        self.assert_finds('every_request_is_known')

    def test_a_payment_behind_a_tombstone(self):
        self.world.answers.append(Answer('CancelPayment', 'taken', tombstoned=True))
        self.assert_finds('every_request_is_known')

    def test_a_missing_event(self):
        del self.world.events[3]
        found = self.found()
        self.assertLessEqual({'the_log_has_no_gaps', 'every_event_continues_the_last',
                              'the_log_was_never_rewritten'}, found)

    def test_an_event_that_came_twice(self):
        self.world.events.insert(3, self.world.events[3])
        self.assertLessEqual({'the_log_has_no_gaps', 'the_log_was_never_rewritten'},
                             self.found())

    def test_a_resource_whose_sequence_has_a_gap(self):
        self.world.events[8].sequence = 5
        self.assertIn('the_log_has_no_gaps', self.found())

    def test_a_wrong_previous_state(self):
        for log in self.world.events, self.world.reread:
            log[4].previous_payment_state = 1
        self.assert_finds('every_event_continues_the_last')

    def test_a_final_state_that_changed(self):
        for log in self.world.events, self.world.reread:
            log[7].payment.state = 5
            log[8].previous_payment_state = 5
        self.assert_finds('every_event_continues_the_last')

    def test_a_capture_after_the_wish_to_cancel(self):
        for log in self.world.events, self.world.reread:
            log[3].payment.cancel_requested = True
        self.world.answers[0].shown.cancel_requested = True
        self.assert_finds('a_wish_to_cancel_is_kept')

    def test_an_amount_that_changed(self):
        for log in self.world.events, self.world.reread:
            log[2].payment.amount.amount_minor = 800
        self.assert_finds('every_event_continues_the_last')

    def test_an_event_that_shows_another(self):
        for log in self.world.events, self.world.reread:
            log[2].payment.sequence = 7
        self.assert_finds('every_event_continues_the_last')

    def test_a_payment_without_events(self):
        extra = payment('silent', 'FAILED', operation('AUTHORIZE', 'NOT_DONE', 'NOT_SENT'), 1)
        self.world.payments.append(extra)
        self.world.by_request_id['silent'] = extra
        self.assert_finds('the_log_tells_the_store')

    def test_a_payment_that_the_store_lost(self):
        world = self.world._replace(payments=[self.taken])
        found = self.found(world)
        self.assertLessEqual({'the_log_tells_the_store', 'every_hold_has_its_payment'}, found)

    def test_a_store_that_differs_from_the_log(self):
        for shown in self.taken, self.world.by_request_id['taken']:
            shown.description = 'never logged'
        self.assert_finds('the_log_tells_the_store')

    def test_a_card_that_differs_from_the_log(self):
        world = self.world._replace(cards=[])
        self.assert_finds('the_log_tells_the_store', world=world)

    def test_a_get_that_differs_from_the_list(self):
        self.world.by_request_id['taken'].description = 'another'
        self.assert_finds('get_shows_what_list_shows')

    def test_a_get_that_finds_nothing(self):
        del self.world.by_request_id['taken']
        self.assert_finds('get_shows_what_list_shows')

    def test_a_rewritten_event(self):
        self.world.reread[5].payment.description = 'now otherwise'
        self.assert_finds('the_log_was_never_rewritten')

    def test_an_event_that_is_gone_after_the_crash(self):
        del self.world.reread[-1]
        self.assert_finds('the_log_was_never_rewritten')


class StoryTest(unittest.TestCase):
    def test_it_has_all_that_is_known(self):
        told = story.tell(a_good_world(), 'payments/taken',
                          'level=info payment=payments/taken\nlevel=info payment=payments/b\n')
        for part in ('SUCCEEDED MANUAL 700', 'revision 7 sequence 4: SUCCEEDED',
                     'CAPTURE ANSWERED SUCCEEDED (OK)', 'hold hold-taken: CAPTURED',
                     'CAPTURE 700', 'CapturePayment: SUCCEEDED, sequence 4',
                     'payment=payments/taken'):
            self.assertIn(part, told)
        self.assertNotIn('payments/b', told)

    def test_of_a_payment_that_nobody_knows(self):
        self.assertIn('not in the store', story.tell(a_good_world(), 'payments/x', ''))


if __name__ == '__main__':
    harness.main()
