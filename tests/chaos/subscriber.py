"""Collects the event log across crashes, by its cursor."""

import threading

import grpc

from agreement import is_final
from connection import Connection, enum_name, message_class

# pylint: disable=wrong-import-order
import harness

WatchEventsRequest = message_class('payments.v1.WatchEventsRequest')


class Subscriber:
    """A thread that watches, and watches on behind the last cursor when the stream breaks.

    Thread-safe. What it has got is in `events`, in the order it came; `open` has the last
    snapshot of every payment that has not ended.
    """

    def __init__(self, address):
        self._connection = Connection(address)
        self._changed = threading.Condition()
        self._ended = False
        self._stream = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.events = []
        self.open = {}
        self.resumed = 0
        # What the contract does not allow; ends the watching.
        self.complaint = None
        self._thread.start()

    def _run(self):
        request = WatchEventsRequest(beginning=True)
        while not self._ended:
            self._stream = self._connection.stream('WatchEvents', request)
            try:
                for message in self._stream:
                    request = WatchEventsRequest(after_cursor=message.cursor)
                    if message.HasField('event'):
                        self._take(message.event)
            except grpc.RpcError as error:
                # A crash breaks the stream; anything else would be the server's word.
                if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                    self.complaint = f'WatchEvents ended with {error.code()}: {error.details()}'
                    return
            self.resumed += 1

    def _take(self, event):
        with self._changed:
            self.events.append(event)
            if event.HasField('payment'):
                self.open[event.resource] = event.payment
                if is_final(event.payment):
                    del self.open[event.resource]
            self._changed.notify_all()

    def disconnect(self):
        """As a network does: without a reason."""
        if self._stream is not None:
            self._stream.cancel()

    def still_open(self):
        """[payment] that have not ended."""
        with self._changed:
            return list(self.open.values())

    def wait(self, wanted, patience_s):
        """Whether `wanted`, asked after every event, became true in time."""
        with self._changed:
            return self._changed.wait_for(wanted, patience_s)

    def close(self):
        self._ended = True

        def ended():
            self.disconnect()  # Again: the thread may have begun another stream since.
            return not self._thread.is_alive()
        harness.World.wait_until(ended, lambda: 'the subscriber does not end')
        self._connection.close()


def read_log(connection, timeout):
    """Every event there is, read anew."""
    stream = connection.stream('WatchEvents', WatchEventsRequest(beginning=True), timeout)
    events = []
    for message in stream:
        if message.HasField('caught_up'):
            break
        if message.HasField('event'):
            events.append(message.event)
    stream.cancel()
    return events


def ends_by_time_alone(payment):
    """Nothing but the end of its hold time ends it, if nobody captures or cancels it."""
    state = enum_name(payment, 'state')
    return state == 'AUTHORIZED' or enum_name(payment.operations[-1], 'kind') == 'AUTHORIZE'
