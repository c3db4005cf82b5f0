"""A subscriber that stops reading while 100,000 events go by."""

import json
import pathlib
import re
import subprocess
import threading
import urllib.request

from clients import Connection, message_class
from harness import BUILD, PATIENCE_S, IntegrationTest, World, main

EVENTS = 100_000
# A hold: an event when it is sent, and one when it is answered.
EVENTS_A_PAYMENT = 2
# In pieces, each of which is well within PATIENCE_S.
PAYMENTS_A_PIECE = 5_000
# Fills the ring of the newest events, the connections and the caches, before memory is counted.
WARM_UP_PAYMENTS = 5_000
IN_FLIGHT = 64

# What the server's memory may grow by; the payments themselves leave a third of it. 100,000
# events in a queue would be 40 MB of messages, and several times that as they are in memory.
GROWTH_KIB_MAX = 32 * 1024

# What the stream may be ahead of its reader: the windows of HTTP/2 and the socket's buffers.
AHEAD_EVENTS_MAX = 20_000

# One stream takes this long at most, all of it together.
STREAM_S = 5 * PATIENCE_S


class Reader:
    """One subscriber; not thread-safe. Judges every event: the revision after the last one."""

    def __init__(self, address):
        self._connection = Connection(address)
        request = message_class('payments.v1.WatchEventsRequest')(beginning=True)
        self._messages = self._connection.stream('WatchEvents', request, STREAM_S)
        self.revision = 0

    def read_until(self, wanted):
        """Reads up to the first message that is `wanted`, and not beyond."""
        while True:
            message = next(self._messages)
            if message.HasField('event'):
                if message.event.revision != self.revision + 1:
                    raise AssertionError(f'{message.event.revision} after {self.revision}')
                self.revision = message.event.revision
            if wanted(message):
                return

    def read_until_caught_up(self):
        self.read_until(lambda message: message.HasField('caught_up'))

    def read_until_revision(self, revision):
        self.read_until(lambda message: message.event.revision == revision)

    def close(self):
        self._messages.cancel()
        self._connection.close()


class StoppedReader(IntegrationTest):
    """Costs the server no memory and nobody else anything, and misses nothing."""

    SERVER_OPTIONS = {
        'sandbox': ['--hold_callbacks=false', '--quiet'],
        'more': f'limits {{ provider_connections_per_host_max: {2 * IN_FLIGHT} }}'}

    def reader(self):
        reader = Reader(self.world.server.addresses['grpc'])
        self.addCleanup(reader.close)
        reader.read_until_caught_up()
        return reader

    def pay(self, card, payments):
        """Holds; returns when all are answered, and so all their events committed."""
        for _ in range(0, payments, PAYMENTS_A_PIECE):
            done = subprocess.run(
                [BUILD / 'bin' / 'bench_load', f"--target={self.world.server.addresses['grpc']}",
                 f'--card={card}', f'--in_flight={IN_FLIGHT}', f'--calls={PAYMENTS_A_PIECE}'],
                capture_output=True, text=True, timeout=PATIENCE_S, check=True)
            self.assertEqual(json.loads(done.stdout)['outcomes'],
                             {'PAYMENT_STATE_AUTHORIZED': PAYMENTS_A_PIECE})

    def rss_kib(self):
        status = pathlib.Path(f'/proc/{self.world.server.pid}/status').read_text()
        return int(re.search(r'VmRSS:\s+(\d+)', status).group(1))

    def lag_events(self):
        url = f"http://{self.world.server.addresses['admin_http']}/metrics"
        metrics = urllib.request.urlopen(url, timeout=PATIENCE_S).read().decode()
        return int(float(re.search(r'^payments_stream_lag_events_max (\S+)$', metrics,
                                   re.MULTILINE).group(1)))

    def test_the_server_keeps_its_memory_and_nobody_misses_anything(self):
        card = self.world.active_card()
        slow, healthy = self.reader(), self.reader()
        self.pay(card, WARM_UP_PAYMENTS)
        stopped_at = slow.revision + WARM_UP_PAYMENTS * EVENTS_A_PAYMENT
        for reader in (slow, healthy):
            reader.read_until_revision(stopped_at)
        before_kib = peak_kib = self.rss_kib()

        last = stopped_at + EVENTS
        reading = threading.Thread(target=healthy.read_until_revision, args=(last,), daemon=True)
        reading.start()
        for _ in range(0, EVENTS, PAYMENTS_A_PIECE * EVENTS_A_PAYMENT):
            self.pay(card, PAYMENTS_A_PIECE)
            peak_kib = max(peak_kib, self.rss_kib())
        reading.join(PATIENCE_S)
        self.assertEqual(healthy.revision, last)
        # Events wait in the log, and not on their way.
        self.assertGreater(self.lag_events(), EVENTS - AHEAD_EVENTS_MAX)
        self.assertEqual(slow.revision, stopped_at)

        slow.read_until_revision(last)
        peak_kib = max(peak_kib, self.rss_kib())
        self.assertLess(peak_kib - before_kib, GROWTH_KIB_MAX)


if __name__ == '__main__':
    main()
