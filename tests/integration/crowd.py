"""Who subscribes: every start, every kind of filter, and the ways in which clients are."""

import itertools

from subscribers import Wanted
from traffic import order

CARD, PAYMENT = 'RESOURCE_KIND_CARD', 'RESOURCE_KIND_PAYMENT'
SHOP, P2P = 'accounts/shop', 'accounts/p2p'

# None: the server's, 15 s.
HEARTBEATS = ('1s', '1s', '2s', '3s', None)


def payment_states(*states):
    return {'paymentStates': [f'PAYMENT_STATE_{state}' for state in states]}


def card_states(*states):
    return {'cardStates': [f'CARD_STATE_{state}' for state in states]}


def filters(payments, cards):
    """Every field alone, and together; `payments` and `cards` are names to ask for."""
    return [
        {},
        {'names': payments[:1]},
        {'names': payments[1:5]},
        {'names': cards[:2]},
        {'names': [payments[5], cards[0]]},
        payment_states('SUCCEEDED'),
        payment_states('AUTHORIZED', 'CANCELED'),
        payment_states('PROCESSING'),
        payment_states('UNKNOWN', 'DECLINED', 'FAILED'),
        payment_states('ACTION_REQUIRED', 'EXPIRED'),
        card_states('ACTIVE'),
        card_states('PENDING_CONFIRMATION', 'DELETED'),
        {'accounts': [P2P]},
        {'accounts': [SHOP]},
        {'accounts': [P2P, SHOP]},
        {'kinds': [PAYMENT]},
        {'kinds': [CARD]},
        {'kinds': [CARD, PAYMENT]},
        {'merchantReference': order(3)},
        {'merchantReference': order(4), 'accounts': [P2P]},
        {'accounts': [P2P], **payment_states('SUCCEEDED')},
        {'accounts': [SHOP], 'kinds': [CARD], **card_states('ACTIVE')},
        {'names': payments[:6], 'kinds': [PAYMENT], **payment_states('SUCCEEDED', 'CANCELED')},
        {'merchantReference': order(5), 'accounts': [SHOP], **payment_states('PROCESSING')},
        # Nothing ever matches: only heartbeats move the cursor.
        {'merchantReference': 'of nobody'},
        {'names': cards[:1], **payment_states('SUCCEEDED')},
    ]


def starts(events):
    """Every start, from a log that has begun."""
    middle = events[len(events) // 2]
    return [{'beginning': True}, {'now': True}, {'afterCursor': middle.cursor},
            {'startTime': middle.time.ToJsonString()}, {'startTime': '2001-02-03T04:05:06Z'},
            {'list': True}]


def crowd(random, count, prefix, events, polls=False):
    """So many subscribers of different kinds; `events` is the log so far."""
    payments = list(dict.fromkeys(e.resource for e in events if e.HasField('payment')))
    cards = list(dict.fromkeys(e.resource for e in events if e.HasField('card')))
    # The two lengths share no divisor, so every start meets every filter.
    ways = zip(itertools.cycle(filters(payments, cards)),
               itertools.cycle(starts(events) + [{'beginning': True}]))
    for number, (wanted, start) in zip(range(count), ways):
        yield Wanted(f'{prefix}-{number}', start, wanted,
                     heartbeat=random.choice(HEARTBEATS),
                     polls=polls and random.random() < 0.15,
                     store_every=random.choice((1, 1, 5, 20)),
                     slow=random.random() < 0.15,
                     deadline_s=random.choice((None, None, None, None, 6)),
                     torn=random.random() < 0.5)


def final_watchers(random, prefix, unsettled):
    """They stop once what they name is final, which is judged before the filter."""
    filters_ = [{'names': [name]} for name in unsettled[:3]] + [
        {'names': unsettled[3:6]},
        {'names': unsettled[6:8], **payment_states('SUCCEEDED')},
        {'names': unsettled[:2], 'accounts': [P2P]}]
    for number, wanted in enumerate(filters_):
        yield Wanted(f'{prefix}-{number}', random.choice(({'beginning': True}, {'now': True})),
                     wanted, heartbeat='1s', stop_when_final=True, torn=random.random() < 0.5)


def foreigners(count):
    """Of another tenant, whose log is another one."""
    for number, start in zip(range(count), itertools.cycle(({'beginning': True}, {'now': True}))):
        yield Wanted(f'foreign-{number}', start, heartbeat='1s', tenant='other')
