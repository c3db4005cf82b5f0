"""Everything that is known about one payment, for a person."""

from agreement import payment_of_hold, snapshot_of, state_of
from connection import enum_name

LOG_LINES_MAX = 60


def time_of(timestamp):
    return timestamp.ToDatetime().strftime('%H:%M:%S.%f')[:-3]


def operations_of(payment):
    """Empty for a card."""
    return ', '.join(
        ' '.join(enum_name(operation, field) for field in ('kind', 'dispatch', 'result'))
        + (f' ({operation.provider_code})' if operation.provider_code else '')
        for operation in getattr(payment, 'operations', ()))


def event_line(event):
    payment = snapshot_of(event)
    cause = ' '.join(filter(None, (enum_name(event.cause, 'kind'), event.cause.id,
                                   event.cause.detail)))
    flags = ''.join(f' {name}' for name in ('cancel_requested', 'needs_review')
                    if getattr(payment, name, False))
    return (f'{time_of(event.time)} revision {event.revision} sequence {event.sequence}: '
            f'{enum_name(payment, "state")}{flags} by {cause}; {operations_of(payment)}')


def payment_lines(world, name):
    for payment in world.payments:
        if payment.name == name:
            yield (f'{state_of(payment)} {enum_name(payment, "capture_mode")} '
                   f'{payment.amount.amount_minor}, request {payment.request_id}, '
                   f'references {dict(payment.provider_references)}')
            return
    yield 'not in the store'


def hold_lines(world, name):
    for hold in world.holds:
        if payment_of_hold(hold) != name:
            continue
        yield (f'hold {hold.hold_id}: {enum_name(hold, "state")}, made '
               f'{time_of(hold.create_time)}, ends {time_of(hold.expire_time)}')
        for movement in world.movements:
            if movement.hold_id == hold.hold_id:
                yield (f'  {time_of(movement.time)} {enum_name(movement, "kind")} '
                       f'{movement.amount_minor} {movement.partner_trx_id}')


def answer_lines(world, name):
    for answer in world.answers:
        if not answer.tombstoned and answer.shown.name == name:
            yield (f'{answer.call}: {state_of(answer.shown)}, sequence '
                   f'{answer.shown.sequence}')


def log_lines(log, name):
    lines = [line for line in log.splitlines() if name in line]
    if len(lines) > LOG_LINES_MAX:
        lines = [f'… {len(lines) - LOG_LINES_MAX} earlier lines', *lines[-LOG_LINES_MAX:]]
    return lines


def tell(world, name, log):
    """The story of a payment; `log` is what the server has logged."""
    parts = (
        ('in the store', payment_lines(world, name)),
        ('in the log', (event_line(e) for e in world.events if e.resource == name)),
        ('in the ledger', hold_lines(world, name)),
        ('what clients were told', answer_lines(world, name)),
        ('what the server logged', log_lines(log, name)))
    lines = [f'--- {name}']
    for title, part in parts:
        lines += [f'  {title}:', *(f'    {line}' for line in part)]
    return '\n'.join(lines)
