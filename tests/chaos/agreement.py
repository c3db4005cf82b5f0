"""Do the provider's ledger, the store and the event log that a subscriber collected agree?

Every check takes a World of what was found and yields a Finding for each disagreement. The
checks know the contract alone: nothing here asks the server anything.
"""

import collections
from typing import NamedTuple

from connection import enum_name

FINAL = {'SUCCEEDED', 'CANCELED', 'DECLINED', 'EXPIRED', 'FAILED'}
# The hold is over, and nothing was taken from it.
GIVEN_BACK = {'CANCELED', 'EXPIRED', 'FAILED'}
# Changes without an event: see Operation.
UNLOGGED_OPERATION_FIELDS = ('checks_done', 'next_check_time')
# Never changes after the first event.
FIXED_FIELDS = ('name', 'account', 'request_id', 'amount', 'source', 'destination',
                'capture_mode', 'hold_duration', 'create_time', 'retry_of')


class Answer(NamedTuple):
    """What a client was told with OK."""
    call: str
    request_id: str
    # The payment or card, as answered; None if `tombstoned`.
    shown: object = None
    tombstoned: bool = False


class World(NamedTuple):
    """Everything there is to compare."""
    # The store, as ListPayments and ListCards show it.
    payments: list
    cards: list
    # {request_id: payment}, as GetPayment shows it.
    by_request_id: dict
    # The log, as a subscriber collected it across the crashes; and as one that began anew
    # read it at the end.
    events: list
    reread: list
    # The provider's ledger.
    holds: list
    movements: list
    # Holds and captures that it was asked for, whatever became of them.
    attempts: list
    totals: object
    # What clients were told.
    answers: list


class Finding(NamedTuple):
    """One disagreement. `subject` is the payment's name, where there is one."""
    subject: str
    what: str

    def __str__(self):
        return f'{self.subject or "the whole"}: {self.what}'


def snapshot_of(event):
    return event.payment if event.HasField('payment') else event.card


def state_of(payment):
    return enum_name(payment, 'state')


def is_final(payment):
    return state_of(payment) in FINAL


def payment_of_hold(hold):
    """The callback's URL names the payment: …/callbacks/upay/p.{tenant}.{id}.{mac}."""
    return payment_of_url(hold.notify_url)


def payment_of_url(notify_url):
    return 'payments/' + notify_url.rsplit('/', 1)[-1].split('.')[2]


def without_unlogged(resource):
    """The resource as the log has it."""
    copy = type(resource)()
    copy.CopyFrom(resource)
    for operation in getattr(copy, 'operations', ()):
        for field in UNLOGGED_OPERATION_FIELDS:
            operation.ClearField(field)
    return copy


def grouped(items, key):
    groups = collections.defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def holds_by_payment(world):
    return grouped(world.holds, payment_of_hold)


def captures_by_hold(world):
    return grouped((m for m in world.movements if enum_name(m, 'kind') == 'CAPTURE'),
                   lambda movement: movement.hold_id)


# -- The payments ------------------------------------------------------------------


def every_payment_has_ended(world):
    for payment in world.payments:
        if not is_final(payment):
            yield Finding(payment.name, f'is still {state_of(payment)}')


def nothing_needs_review(world):
    for payment in world.payments:
        if payment.needs_review:
            yield Finding(payment.name, 'needs review, though the provider told no lies')


# -- The ledger --------------------------------------------------------------------


def what_succeeded_was_captured_once(world):
    holds = holds_by_payment(world)
    captures = captures_by_hold(world)
    for payment in world.payments:
        if state_of(payment) != 'SUCCEEDED':
            continue
        moved = [m.amount_minor for hold in holds[payment.name] for m in captures[hold.hold_id]]
        if moved != [payment.amount.amount_minor]:
            yield Finding(payment.name, f'SUCCEEDED with {payment.amount.amount_minor}, '
                                        f'but the ledger shows captures of {moved}')


def nothing_else_was_captured(world):
    states = {payment.name: state_of(payment) for payment in world.payments}
    captures = captures_by_hold(world)
    for hold in world.holds:
        name = payment_of_hold(hold)
        state = states.get(name, 'not in the store')
        if captures[hold.hold_id] and state != 'SUCCEEDED':
            yield Finding(name, f'is {state}, but the ledger shows a capture')
    known = {hold.hold_id for hold in world.holds}
    for hold_id in captures.keys() - known:
        yield Finding('', f'a capture of hold {hold_id}, which there never was')
    taken = sum(p.amount.amount_minor for p in world.payments if state_of(p) == 'SUCCEEDED')
    if world.totals.captured_minor != taken:
        yield Finding('', f'the ledger took {world.totals.captured_minor} in all, '
                          f'the store says {taken}')


def no_hold_is_left_open(world):
    states = {payment.name: state_of(payment) for payment in world.payments}
    for hold in world.holds:
        name = payment_of_hold(hold)
        state = enum_name(hold, 'state')
        if state not in GIVEN_BACK | {'CAPTURED'}:
            yield Finding(name, f'is {states.get(name)}, but its hold is {state}')
    if world.totals.held_minor != 0:
        yield Finding('', f'{world.totals.held_minor} are still held')


def what_was_held_was_closed_once(world):
    closings = {'CAPTURE': 'CAPTURED', 'RELEASE': 'CANCELED', 'EXPIRE': 'EXPIRED'}
    moved = grouped(world.movements, lambda movement: movement.hold_id)
    for hold in world.holds:
        kinds = [enum_name(movement, 'kind') for movement in moved[hold.hold_id]]
        fine = not kinds or (len(kinds) == 2 and kinds[0] == 'HOLD' and
                             closings.get(kinds[1]) == enum_name(hold, 'state'))
        if not fine:
            yield Finding(payment_of_hold(hold), f'its money went {kinds}')


def what_was_released_was_released(world):
    """A release that the provider answered with OK is one; the hold did not just run out."""
    holds = holds_by_payment(world)
    for payment in world.payments:
        released = any(enum_name(operation, 'kind') == 'CANCEL' and
                       enum_name(operation, 'result') == 'SUCCEEDED' and
                       operation.provider_code == 'OK' for operation in payment.operations)
        if released and not any(enum_name(hold, 'state') == 'CANCELED'
                                for hold in holds[payment.name]):
            yield Finding(payment.name, 'says that its hold was released; the ledger does not')


def every_hold_has_its_payment(world):
    payments = {payment.name: payment for payment in world.payments}
    for name, holds in holds_by_payment(world).items():
        if name not in payments:
            yield Finding(name, f'is not in the store, but holds {holds[0].amount_minor}')
            continue
        payment = payments[name]
        if len(holds) > 1:
            yield Finding(name, f'holds money {len(holds)} times')
        if state_of(payment) == 'FAILED':
            yield Finding(name, 'FAILED promises that the provider was never reached')
        known = payment.provider_references.get('hold_id', holds[0].hold_id)
        if known != holds[0].hold_id:
            yield Finding(name, f'names hold {known}; the ledger says {holds[0].hold_id}')
        if payment.amount.amount_minor != holds[0].amount_minor:
            yield Finding(name, f'is of {payment.amount.amount_minor}, its hold of '
                                f'{holds[0].amount_minor}')


def no_request_is_charged_twice(world):
    """By the ledger alone: the payer_account of every request is its request_id."""
    for request_id, holds in grouped(world.holds, lambda h: h.personal_account).items():
        if len(holds) > 1:
            yield Finding(payment_of_hold(holds[0]),
                          f'request {request_id} holds money {len(holds)} times')
        if sum(hold.capture_count for hold in holds) > 1:
            yield Finding(payment_of_hold(holds[0]), f'request {request_id} was charged twice')


def no_request_has_two_payments(world):
    """But for those that provably never reached the provider."""
    for request_id, payments in grouped(world.payments, lambda p: p.request_id).items():
        begun = [payment.name for payment in payments if state_of(payment) != 'FAILED']
        if len(begun) > 1:
            yield Finding(begun[0], f'request {request_id} also made {begun[1:]}')
        names = {payment.name for payment in payments}
        for payment in payments:
            if payment.retry_of and payment.retry_of not in names:
                yield Finding(payment.name, f'retries {payment.retry_of}, which there is not')


def asked_of(payment, kind):
    """How many operations of a kind may have reached the provider."""
    return sum(enum_name(operation, 'kind') == kind and
               enum_name(operation, 'dispatch') != 'NOT_SENT' for operation in payment.operations)


def nothing_was_sent_twice(world):
    """A hold and a capture reach the provider at most once per operation."""
    owners = {hold.hold_id: payment_of_hold(hold) for hold in world.holds}
    received = collections.Counter()
    for attempt in world.attempts:
        if enum_name(attempt, 'method') == 'HOLD_CREATE':
            kind, name = 'AUTHORIZE', payment_of_url(attempt.key)
        else:
            kind, name = 'CAPTURE', owners.get(attempt.hold_id, '')
        if attempt.received > 1:
            yield Finding(name, f'{kind} {attempt.key} was sent {attempt.received} times')
        received[name, kind] += attempt.received
    payments = {payment.name: payment for payment in world.payments}
    for (name, kind), count in received.items():
        asked = asked_of(payments[name], kind) if name in payments else 0
        if count > asked:
            yield Finding(name, f'the provider got {count} {kind}, but {asked} were to be sent')
    # The provider counts calls and attempts apart: none has escaped.
    for counts in world.totals.methods:
        method = enum_name(counts, 'method')
        listed = sum(a.received for a in world.attempts if enum_name(a, 'method') == method)
        if method in ('HOLD_CREATE', 'HOLD_PAYMENT') and listed != counts.received:
            yield Finding('', f'the provider got {counts.received} {method} and lists {listed}')


# -- What clients were told --------------------------------------------------------


def every_answer_is_kept(world):
    """Whatever a client was shown with OK is in the log, exactly so."""
    logged = {(event.resource, event.sequence): snapshot_of(event) for event in world.events}
    for answer in world.answers:
        if answer.tombstoned:
            continue
        shown = answer.shown
        event = logged.get((shown.name, shown.sequence))
        if event is None:
            yield Finding(shown.name, f'{answer.call} showed sequence {shown.sequence}, which '
                                      'is not in the log')
        elif without_unlogged(event) != without_unlogged(shown):
            yield Finding(shown.name, f'{answer.call} showed sequence {shown.sequence} '
                                      'otherwise than it is in the log')


def every_request_is_known(world):
    """OK for a request_id, and the store knows it; tombstoned, and nothing was made of it."""
    stored = {resource.name for resource in [*world.payments, *world.cards]}
    requests = {payment.request_id: payment.name for payment in world.payments}
    for answer in world.answers:
        if answer.tombstoned:
            if answer.request_id in requests:
                yield Finding(requests[answer.request_id],
                              f'request {answer.request_id} was tombstoned before')
        elif answer.shown.name not in stored:
            yield Finding(answer.shown.name, f'{answer.call} showed it; it is forgotten')
        elif answer.shown.request_id != answer.request_id:
            yield Finding(answer.shown.name, f'was the answer to request {answer.request_id}')


# -- The log -----------------------------------------------------------------------


def the_log_has_no_gaps(world):
    for position, event in enumerate(world.events, 1):
        if event.revision != position:
            yield Finding(event.resource, f'event {position} of the log has revision '
                                          f'{event.revision}')
            return
    for resource, events in grouped(world.events, lambda event: event.resource).items():
        sequences = [event.sequence for event in events]
        if sequences != list(range(1, len(events) + 1)):
            yield Finding(resource, f'has sequences {sequences}')


def every_event_continues_the_last(world):
    latest = {}
    for event in world.events:
        snapshot = snapshot_of(event)
        before = latest.get(event.resource)
        field = event.WhichOneof('previous_state')
        previous = getattr(event, field) if field else None
        if previous != (before.state if before is not None else None):
            yield Finding(event.resource, f'event {event.sequence} has the wrong previous state')
        if (snapshot.name, snapshot.sequence) != (event.resource, event.sequence):
            yield Finding(event.resource, f'event {event.sequence} shows {snapshot.name} at '
                                          f'sequence {snapshot.sequence}')
        latest[event.resource] = snapshot
        if before is None or not event.HasField('payment'):
            continue
        if is_final(before) and before.state != snapshot.state:
            yield Finding(event.resource, f'was {state_of(before)}, a final state, and became '
                                          f'{state_of(snapshot)}')
        for name in FIXED_FIELDS:
            if getattr(before, name) != getattr(snapshot, name):
                yield Finding(event.resource, f'event {event.sequence} changed its {name}')


def captures_asked(payment):
    return sum(enum_name(operation, 'kind') == 'CAPTURE' for operation in payment.operations)


def a_wish_to_cancel_is_kept(world):
    """Once it is on record, no capture is begun, whatever is learned of the hold."""
    latest = {}
    for event in world.events:
        before = latest.get(event.resource)
        if event.HasField('payment'):
            latest[event.resource] = event.payment
        if before is None or not before.cancel_requested:
            continue
        if captures_asked(event.payment) > captures_asked(before):
            yield Finding(event.resource, f'event {event.sequence} begins a capture, although '
                                          'the payment was to be canceled')


def the_log_tells_the_store(world):
    """Replaying the log gives what List shows, and List shows nothing else."""
    latest = {event.resource: snapshot_of(event) for event in world.events}
    stored = {resource.name: resource for resource in [*world.payments, *world.cards]}
    for name in stored.keys() - latest.keys():
        yield Finding(name, 'is in the store, but not in the log')
    for name, snapshot in latest.items():
        if name not in stored:
            yield Finding(name, 'is in the log, but not in the store')
        elif without_unlogged(stored[name]) != without_unlogged(snapshot):
            yield Finding(name, f'is in the store otherwise than in the log (sequence '
                                f'{stored[name].sequence} and {snapshot.sequence})')


def get_shows_what_list_shows(world):
    stored = {payment.name: without_unlogged(payment) for payment in world.payments}
    for request_id, payment in world.by_request_id.items():
        same = without_unlogged(payment) == stored.get(payment.name)
        if not same or payment.request_id != request_id:
            yield Finding(payment.name, f'GetPayment of request {request_id} shows it otherwise')
    for request_id in {p.request_id for p in world.payments} - world.by_request_id.keys():
        yield Finding('', f'GetPayment does not find request {request_id}')


def the_log_was_never_rewritten(world):
    """What was seen before a crash is what is read after it."""
    if len(world.events) != len(world.reread):
        yield Finding('', f'{len(world.events)} events were collected; the log has '
                          f'{len(world.reread)}')
    for collected, reread in zip(world.events, world.reread):
        if collected != reread:
            yield Finding(collected.resource, f'revision {collected.revision} was seen as '
                          f'{collected.resource}/{collected.sequence}; now it is '
                          f'{reread.resource}/{reread.sequence}, or shows something else')


CHECKS = (
    every_payment_has_ended, nothing_needs_review, what_succeeded_was_captured_once,
    nothing_else_was_captured, no_hold_is_left_open, what_was_held_was_closed_once,
    what_was_released_was_released, every_hold_has_its_payment, no_request_is_charged_twice,
    no_request_has_two_payments, nothing_was_sent_twice, every_answer_is_kept,
    every_request_is_known, the_log_has_no_gaps, every_event_continues_the_last,
    a_wish_to_cancel_is_kept, the_log_tells_the_store, get_shows_what_list_shows,
    the_log_was_never_rewritten)
