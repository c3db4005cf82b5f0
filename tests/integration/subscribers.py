"""Subscribers that do what docs/clients.md tells: store the cursor with what was done, resume.

What each of them had is kept, and judged in the end against the log: see storm.py.
"""

import threading
import time
from typing import NamedTuple

import grpc
from google.protobuf import json_format

from clients import CallError, Connection, message_class
from event_filter import is_final_payment

# What ends a stream and says nothing: resume. As docs/clients.md says.
RESUMED = {'UNAVAILABLE', 'CANCELLED', 'DEADLINE_EXCEEDED'}
# The same from a proxy that gives a stream up.
RESUMED_BEHIND_A_PROXY = RESUMED | {'INTERNAL', 'UNKNOWN'}

# A slow subscriber takes so many events, and then nothing until the log is so much longer.
SLOW_EVENTS = 20
SLOW_REVISIONS = 150
POLL_S = 1
BACKOFF_S = 0.05
# Who hears nothing for so long, though heartbeats come sooner, is connected to nobody.
SILENCE_S = 6
CALL_S = 10


class Wanted(NamedTuple):
    """What one subscriber asks for, and how well it is off. JSON forms."""
    name: str
    # A WatchEventsRequest's start; {'list': True} lists the payments, and watches from there.
    start: dict
    filter: dict = {}
    heartbeat: str = None
    stop_when_final: bool = False
    tenant: str = 'default'
    polls: bool = False
    # Stores after so many events; with more than one it loses some when it is cut.
    store_every: int = 1
    slow: bool = False
    # The client's own, for each of its streams.
    deadline_s: float = None
    # Over the relay, whose connections are torn.
    torn: bool = False


class Log:
    """What the subscribers of one tenant were told, by revision. Thread-safe."""

    def __init__(self):
        self._changed = threading.Condition()
        self._events = {}
        self._places = {}
        self.newest = 0

    def told(self, event):
        """Every subscriber is told the same, whatever it is."""
        with self._changed:
            known = self._events.setdefault(event.revision, event)
            if known is event:
                self._places[event.cursor] = event.revision
                self.newest = max(self.newest, event.revision)
                self._changed.notify_all()
        if known is not event and known != event:
            raise AssertionError(f'revision {event.revision} was {known}, and is {event}')

    def place(self, cursor):
        """The revision that a cursor stands behind, as far as any event has told. Cursors of
        one place read the same, though nobody may rely on it but this test."""
        with self._changed:
            return self._places.get(cursor)

    def event(self, revision):
        with self._changed:
            return self._events[revision]

    def wait(self, condition, timeout):
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def nudge(self):
        """Wakes all who wait()."""
        with self._changed:
            self._changed.notify_all()


class Inbox:
    """The cursor, and what was done for the events before it: one transaction, so to speak.

    What was not stored is forgotten by crash(), and comes again.
    """

    def __init__(self):
        self.revisions = []
        self.cursor = None
        self.first_cursor = None
        self._pending = []
        self._pending_cursor = None

    def take(self, cursor, revision=None):
        if revision is not None:
            self._pending.append(revision)
        self._pending_cursor = cursor

    def pending(self):
        return len(self._pending)

    def store(self):
        if self._pending_cursor is None:
            return
        self.revisions += self._pending
        self.cursor = self._pending_cursor
        if self.first_cursor is None:
            self.first_cursor = self.cursor
        self.crash()

    def crash(self):
        self._pending = []
        self._pending_cursor = None


class Subscriber(threading.Thread):
    """A thread that tries again until it may finish; what is common to streams and polls."""

    def __init__(self, wanted, address, log, key, resumed):
        super().__init__(daemon=True, name=wanted.name)
        self.wanted = wanted
        self.inbox = Inbox()
        self.complaints = []
        self.attempts = 0
        # [(how much was stored before, [revision])]: what each attempt brought, stored or not.
        self.runs = []
        # {payment: sequence} that it has listed before it watched.
        self.listed = {}
        self.stopped = False
        # `now` is not before what anybody was told when this began.
        self.newest_before = log.newest
        self._log = log
        self._resumed = resumed
        self._connect = lambda: Connection(address, key=key)
        self._connection = self._connect()
        self._heard = time.monotonic()
        self._silent = False
        self.silences = 0
        self._finishing = threading.Event()
        self._last_attempt = False
        self._done = False

    def run(self):
        while not self._done and not self.complaints:
            self.attempts += 1
            self._last_attempt = self._finishing.is_set()
            self.runs.append((len(self.inbox.revisions), []))
            try:
                self._list()
                self._attempt()
            except grpc.RpcError as error:
                self._on_error(CallError(error))
            except CallError as error:
                self._on_error(error)
            except Exception as error:  # pylint: disable=broad-except
                self._complain(repr(error))
            self.inbox.crash()
            if self._silent:
                self._connect_anew()
            self._finishing.wait(BACKOFF_S)
        self._connection.close()

    def _connect_anew(self):
        """Another stream over a connection that is silent would be as silent."""
        self._connection.close()
        self._connection = self._connect()
        self._heard = time.monotonic()
        self._silent = False
        self.silences += 1

    def leave_silence(self):
        """To be called now and then: the thread itself only waits."""
        if time.monotonic() - self._heard > SILENCE_S:
            self._silent = True
            self.cut()

    def _attempt(self):
        raise NotImplementedError

    def _list(self):
        """List, then watch: the cursor of the first page is where to watch from."""
        if 'list' not in self.wanted.start or self.inbox.cursor is not None:
            return
        request = message_class('payments.v1.ListPaymentsRequest')(page_size=10)
        cursor, listed = None, {}
        while cursor is None or request.page_token:
            page = self._connection.call('ListPayments', request, CALL_S)
            cursor = cursor or page.cursor
            listed |= {payment.name: payment.sequence for payment in page.payments}
            request.page_token = page.next_page_token
        self.listed = listed
        self.inbox.take(cursor)
        self.inbox.store()

    def _on_error(self, error):
        allowed_reasons = (None, 'DRAINING', 'STORE_UNAVAILABLE')
        # A call that is not answered in its time may have gone into silence too.
        self._silent |= error.code == 'DEADLINE_EXCEEDED'
        if error.code not in self._resumed or error.reason not in allowed_reasons:
            self._complain(error)

    def _complain(self, why):
        self.complaints.append(f'{self.wanted}, attempt {self.attempts}: {why}')

    def _request(self, kind):
        wanted = {'filter': self.wanted.filter}
        if self.inbox.cursor is not None:
            wanted['afterCursor'] = self.inbox.cursor
        else:
            wanted |= self.wanted.start
        return json_format.ParseDict(wanted, message_class(f'payments.v1.{kind}Request')())

    def _take_event(self, event):
        stored, run = self.runs[-1]
        last = run[-1] if run else max(self.inbox.revisions[:stored], default=0)
        if event.revision <= last:
            raise AssertionError(f'revision {event.revision} came after {last}')
        run.append(event.revision)
        self._log.told(event)
        self.inbox.take(event.cursor, event.revision)

    def finish(self):
        """Read to the end as it is from now on, and end."""
        self._finishing.set()
        self._log.nudge()

    def nudge(self):
        """While it is to finish, and has not: its stream may be from before."""
        if not self._last_attempt:
            self.cut()

    def cut(self):
        raise NotImplementedError


class Watcher(Subscriber):
    """WatchEvents."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._stream = None

    def cut(self):
        if self._stream is not None:
            self._stream.cancel()

    def _attempt(self):
        request = self._request('WatchEvents')
        if self.wanted.heartbeat:
            json_format.ParseDict({'heartbeatInterval': self.wanted.heartbeat}, request)
        stops = self.wanted.stop_when_final and not self.stopped and not self._last_attempt
        request.stop_when_final = stops
        self._stream = self._connection.stream('WatchEvents', request, self.wanted.deadline_s)
        before = set()
        for message in self._stream:
            self._heard = time.monotonic()
            self._take(message, before, stops)
            if self._done:
                self._stream.cancel()
                return
        if not stops:
            raise AssertionError('the stream ended without a status')
        self._check_all_final()
        self.stopped = True

    def _take(self, message, before, stops):
        kind = message.WhichOneof('item')
        if kind is None or not message.cursor:
            raise AssertionError(f'not a whole message: {message}')
        if 'draining' in before:
            raise AssertionError(f'after draining came {message}')
        if kind == 'caught_up' and kind in before:
            raise AssertionError('caught up twice')
        if kind == 'current' and not (stops and before <= {'current'}):
            raise AssertionError(f'a snapshot after {before}')
        before.add(kind)
        if kind == 'event':
            if message.cursor != message.event.cursor:
                raise AssertionError(f'another cursor than its event: {message}')
            self._take_event(message.event)
        else:
            self.inbox.take(message.cursor)
        if kind != 'event' or self.inbox.pending() >= self.wanted.store_every:
            self.inbox.store()
        if kind == 'caught_up' and self._last_attempt:
            self._done = True
        if kind == 'event' and self.wanted.slow and len(self.runs[-1][1]) % SLOW_EVENTS == 0:
            self._be_slow(message.event.revision)

    def _check_all_final(self):
        """Not by what was told: the filter may hide how it ended."""
        request = message_class('payments.v1.GetPaymentRequest')
        for name in self.wanted.filter['names']:
            payment = self._connection.call('GetPayment', request(name=name), CALL_S).payment
            if not is_final_payment(payment):
                raise AssertionError(f'stopped, though this goes on: {payment}')

    def _be_slow(self, revision):
        self._log.wait(lambda: self._finishing.is_set()
                       or self._log.newest >= revision + SLOW_REVISIONS, None)


class Poller(Subscriber):
    """ListEvents."""

    PAGE_SIZES = (1, 7, 50, 1000)

    def cut(self):
        pass

    def _attempt(self):
        request = self._request('ListEvents')
        request.page_size = self.PAGE_SIZES[self.attempts % len(self.PAGE_SIZES)]
        page = self._connection.call('ListEvents', request, CALL_S)
        if request.WhichOneof('start') == 'now' and (page.events or not page.caught_up):
            raise AssertionError(f'`now` is not an empty page, but {page}')
        for event in page.events:
            self._take_event(event)
        if len(page.events) > request.page_size:
            raise AssertionError(f'{len(page.events)} events on a page of {request.page_size}')
        self.inbox.take(page.cursor)
        self.inbox.store()
        if not page.caught_up:
            return
        self._done = self._last_attempt
        newest = self._log.newest
        self._log.wait(lambda: self._finishing.is_set() or self._log.newest > newest, POLL_S)


def subscribe(wanted, address, log, key, resumed):
    """A subscriber that has begun."""
    kind = Poller if wanted.polls else Watcher
    subscriber = kind(wanted, address, log, key, resumed)
    subscriber.start()
    return subscriber
