"""What a subscriber should see of a log: an EventFilter, written a second time.

Written from the contract's comments and not from the server's code, so that the two can
disagree. Judges protobuf messages.
"""


def matches(wanted, event):
    """Whether an event is what a v1.EventFilter wants."""
    is_payment = event.HasField('payment')
    resource = event.payment if is_payment else event.card
    kind = 'RESOURCE_KIND_PAYMENT' if is_payment else 'RESOURCE_KIND_CARD'
    kinds = wanted.DESCRIPTOR.fields_by_name['kinds'].enum_type.values_by_name
    conditions = []
    if wanted.names:
        conditions.append(event.resource in wanted.names)
    if wanted.payment_states:
        conditions.append(is_payment and resource.state in wanted.payment_states)
    if wanted.card_states:
        conditions.append(not is_payment and resource.state in wanted.card_states)
    if wanted.accounts:
        conditions.append(resource.account in wanted.accounts)
    if wanted.kinds:
        conditions.append(kinds[kind].number in wanted.kinds)
    if wanted.merchant_reference:
        conditions.append(is_payment and resource.merchant_reference == wanted.merchant_reference)
    return all(conditions)


def is_final_payment(payment):
    """Whether a watch that stops when final may stop at it."""
    name = payment.DESCRIPTOR.fields_by_name['state'].enum_type.values_by_number[payment.state].name
    return name.removeprefix('PAYMENT_STATE_') in (
        'SUCCEEDED', 'CANCELED', 'DECLINED', 'EXPIRED', 'FAILED')
