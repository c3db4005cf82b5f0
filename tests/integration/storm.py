"""Subscribers of all kinds while the server is killed and connections break, and the verdict.

"At least once across reconnects" is stated here as it is checked. Each attempt of a subscriber
to watch brings an unbroken run of what its filter lets through, beginning right behind the
cursor that it has stored, whatever it was told and had not stored before. So what was stored
with its cursor is everything, in order, once; and nothing else ever comes twice.
"""

import queue
import random
import signal
from typing import NamedTuple

from google.protobuf import json_format

import crowd
import event_filter
import harness
from accounts import principal
from clients import Connection, message_class
from relay import Relay
from subscribers import RESUMED, Log, subscribe
from traffic import Payer

SHOP_KEY = 'the key of the shop'
OTHER_KEY = 'the key of another shop'
KEYS = {'default': SHOP_KEY, 'other': OTHER_KEY}
SERVER_OPTIONS = {
    'key': SHOP_KEY,
    'more': '\n'.join([harness.SHORT_REQUESTS['more'], principal('shop', SHOP_KEY),
                       principal('other-shop', OTHER_KEY, 'tenant: "other"')]),
    'reconciliation': harness.SHORT_REQUESTS['reconciliation']}

PAYERS = 3
# Held before anybody subscribes, and settled by the payers.
HELD = 8
# Between two blows of the storm.
REVISIONS_BETWEEN = (30, 120)
# Those that hear from a quiet stream within so many seconds must get to the end by themselves.
SOON = ('1s', '2s', '3s')


class Plan(NamedTuple):
    """How much of everything."""
    early: int
    late: int
    foreign: int
    rounds: int
    polls: bool = False
    resumed: frozenset = frozenset(RESUMED)


class Storm:
    """One run. `world` has SERVER_OPTIONS; subscribers come by `address`."""

    def __init__(self, world, seed, plan, address):
        self.world = world
        self.plan = plan
        self._seed = seed
        self._random = random.Random(seed)
        self._address = address
        self._relay = Relay(address)
        self._server = world.server.addresses['grpc']
        self._logs = {tenant: Log() for tenant in KEYS}
        self._unsettled = queue.Queue()
        self._payers = []
        self.subscribers = []
        self.blows = {'killed': 0, 'drained': 0, 'cancelled': 0, 'torn': 0, 'frozen': 0}

    # -- The run ----------------------------------------------------------------------

    def run(self):
        """Until every subscriber has had what there is."""
        held = self._begin()
        events = self._read_log('default')
        polls = self.plan.polls
        self._subscribe(crowd.crowd(self._random, self.plan.early, 'early', events, polls))
        self._subscribe(crowd.foreigners(self.plan.foreign))
        self._subscribe(crowd.final_watchers(self._random, 'final', held))
        for number in range(PAYERS):
            self._pay(number, ('shop', 'p2p'), 'default', self._unsettled)
        self._pay(PAYERS, ('foreign', None), 'other', queue.Queue())
        for number, how in enumerate(self._draw_blows()):
            if number == self.plan.rounds // 3:
                later = self._read_log('default')
                self._subscribe(crowd.crowd(self._random, self.plan.late, 'late', later, polls))
            self._wait_for_progress()
            self._blow(how)
        self._end()

    def _begin(self):
        """A log that has begun, and the names of what is held in it."""
        card = self.world.active_card()
        self.world.active_card()
        held = [self.world.create(card, merchantReference=crowd.order(number))['name']
                for number in range(HELD)]
        for name in held:
            self._unsettled.put(name)
        return held

    def _pay(self, number, accounts, tenant, unsettled):
        payer = Payer(number, self._seed, self._server, self.world.sandbox.addresses['grpc'],
                      accounts, unsettled, KEYS[tenant])
        self._payers.append(payer)
        payer.start()

    def _subscribe(self, wishes):
        for wanted in wishes:
            self.subscribers.append(subscribe(
                wanted, self._relay.address if wanted.torn else self._address,
                self._logs[wanted.tenant], KEYS[wanted.tenant], self.plan.resumed))

    def _wait_for_progress(self):
        """The storm goes by the log, not by the clock."""
        log = self._logs['default']
        wanted = log.newest + self._random.randint(*REVISIONS_BETWEEN)
        if not log.wait(lambda: log.newest >= wanted, harness.PATIENCE_S):
            raise AssertionError(f'the log stays at {log.newest}: {self.complaints()}')
        if self.complaints():
            raise AssertionError(self.complaints())

    def _draw_blows(self):
        """What becomes of the server in each round: enough of everything, in any order."""
        often, seldom = self.plan.rounds // 2, self.plan.rounds // 4
        ends = ['killed'] * often + ['drained'] * seldom
        ends += [None] * (self.plan.rounds - len(ends))
        self._random.shuffle(ends)
        return ends

    def _blow(self, how):
        """Clients are cut, and more often than not the server ends as well."""
        self._leave_silence(self._who_hears_soon())
        for subscriber in self._random.sample(self.subscribers, self._random.randint(5, 25)):
            subscriber.cut()
            self.blows['cancelled'] += 1
        self.blows['torn'] += self._relay.cut(self._random.randint(0, 20), self._random)
        self.blows['frozen'] += self._relay.freeze(self._random.randint(0, 3), self._random)
        if how is None:
            return
        self.blows[how] += 1
        self.world.restart_server(signal.SIGKILL if how == 'killed' else signal.SIGTERM)

    def _end(self):
        for payer in self._payers:
            payer.stop()
        self.world.wait_until(lambda: not any(payer.is_alive() for payer in self._payers),
                              lambda: f'payers do not end: {self.complaints()}')
        for tenant, log in self._logs.items():
            self._wait_until_told(tenant, log)
        for subscriber in self.subscribers:
            subscriber.finish()
        self.world.wait_until(self._all_have_finished, self._who_has_not)

    def _wait_until_told(self, tenant, log):
        """Whom heartbeats reach soon needs no other stream to get to the end."""
        end = len(self._read_log(tenant))

        def behind():
            self._leave_silence(self._who_hears_soon())
            return [subscriber.name for subscriber in self._who_hears_soon()
                    if subscriber.wanted.tenant == tenant
                    and (log.place(subscriber.inbox.cursor) or 0) < end]
        self.world.wait_until(lambda: not behind(), lambda: f'not at {end}: {behind()}')

    def _who_hears_soon(self):
        return [subscriber for subscriber in self.subscribers
                if subscriber.is_alive() and subscriber.wanted.heartbeat in SOON
                and not subscriber.wanted.slow]

    @staticmethod
    def _leave_silence(subscribers):
        for subscriber in subscribers:
            subscriber.leave_silence()

    def _all_have_finished(self):
        # Now even the slow ones read.
        self._leave_silence(self.subscribers)
        for subscriber in self.subscribers:
            if subscriber.is_alive():
                subscriber.nudge()
        return not any(subscriber.is_alive() for subscriber in self.subscribers)

    def _who_has_not(self):
        return f'not finished: {[s.name for s in self.subscribers if s.is_alive()]}'

    def _read_log(self, tenant, filter_=None):
        """All of it, read anew."""
        connection = Connection(self._server, key=KEYS[tenant])
        request = json_format.ParseDict({'beginning': True, 'filter': filter_ or {}},
                                        message_class('payments.v1.WatchEventsRequest')())
        events = []
        stream = connection.stream('WatchEvents', request, harness.PATIENCE_S)
        for message in stream:
            if message.HasField('caught_up'):
                break
            if message.HasField('event'):
                events.append(message.event)
        stream.cancel()
        connection.close()
        return events

    def close(self):
        for subscriber in self.subscribers:
            subscriber.finish()
            subscriber.cut()
        for payer in self._payers:
            payer.stop()
        self._relay.close()

    # -- The verdict ------------------------------------------------------------------

    def complaints(self):
        """What clients were told that the contract does not allow."""
        return [complaint for one in (*self.subscribers, *self._payers)
                for complaint in one.complaints]

    def findings(self):
        """What is not as it should be, a line each."""
        logs = {tenant: self._read_log(tenant) for tenant in KEYS}
        for tenant, events in logs.items():
            if [event.revision for event in events] != list(range(1, len(events) + 1)):
                yield f'the log of {tenant} has gaps'
            for event in events:
                told = self._logs[tenant].event(event.revision) \
                    if event.revision <= self._logs[tenant].newest else event
                if told != event:
                    yield f'{tenant}: told was {told}, the log has {event}'
        for subscriber in self.subscribers:
            yield from judge(subscriber, logs[subscriber.wanted.tenant])

    def summary(self):
        attempts = sum(subscriber.attempts for subscriber in self.subscribers)
        stored = sum(len(subscriber.inbox.revisions) for subscriber in self.subscribers)
        told = sum(len(run) for subscriber in self.subscribers for _, run in subscriber.runs)
        return (f'{len(self.subscribers)} subscribers, {self._logs["default"].newest} revisions, '
                f'{self.blows}, {attempts} attempts, {told} events told, {stored} stored')


def first_revision(subscriber, events):
    """The first that a subscriber should see, before its filter."""
    start = subscriber.wanted.start
    if 'beginning' in start:
        return 1
    if 'startTime' in start:
        moment = message_class('google.protobuf.Timestamp')()
        moment.FromJsonString(start['startTime'])
        return next(event.revision for event in events
                    if event.time.ToNanoseconds() >= moment.ToNanoseconds())
    # `now` and a list are as good as the cursor that they gave.
    cursor = start.get('afterCursor', subscriber.inbox.first_cursor)
    # Of no event: from before the first one.
    return 1 + next((event.revision for event in events if event.cursor == cursor), 0)


def judge(subscriber, events):
    """[what is wrong with what a subscriber has]; `events` is the whole log."""
    wanted = json_format.ParseDict(subscriber.wanted.filter,
                                   message_class('payments.v1.EventFilter')())
    first = first_revision(subscriber, events)
    expected = [event.revision for event in events
                if event.revision >= first and event_filter.matches(wanted, event)]
    had = subscriber.inbox.revisions
    end = events[-1].revision
    # The log may have grown since it was told that it had caught up.
    if had != expected[:len(had)] or len(had) < len(expected):
        missing = sorted(set(expected) - set(had))[:5]
        more = sorted(set(had) - set(expected))[:5]
        yield f'{subscriber.wanted}: missing {missing}, too much {more} of {end}'
    for before, run in subscriber.runs:
        if run != expected[before:before + len(run)]:
            yield f'{subscriber.wanted}: behind {before} events came {run}'
    if 'now' in subscriber.wanted.start and first <= subscriber.newest_before:
        yield f'{subscriber.wanted}: from {first}, after {subscriber.newest_before} was told'
    yield from judge_list(subscriber, events[:first - 1])


def judge_list(subscriber, events):
    """What was listed has everything up to the list's cursor."""
    if 'list' not in subscriber.wanted.start:
        return
    latest = {event.resource: event.sequence for event in events if event.HasField('payment')}
    for name, sequence in latest.items():
        if subscriber.listed.get(name, 0) < sequence:
            yield f'{subscriber.wanted}: {name} was listed before its change {sequence}'
