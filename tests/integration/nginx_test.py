#!/usr/bin/python3
"""Streams over nginx, which gives up what is quiet for too long: as docs/clients.md has it, with
a shorter time.

  nginx_test.py [--seed S] [test…]
"""

import harness
from clients import Api
from nginx import Nginx
from storm import Plan
from subscribers import RESUMED_BEHIND_A_PROXY
from subscribers_test import StormTest, take_seed

# Instead of the page's 60 s. Heartbeats of one second are well below, also on a slow machine.
LIMIT_S = 5
SHORTER = {'60s': f'{LIMIT_S}s'}
OFTEN, SELDOM = '1s', '300s'
# A client that takes nothing in advance: gRPC's own would take megabytes.
NOTHING_AHEAD = [('grpc.http2.bdp_probe', 0), ('grpc.http2.lookahead_bytes', 64 << 10)]
# The most that a payment can carry, so that few events fill what buffers are left.
METADATA = {f'note-{number}': 'long ' * 100 for number in range(20)}
EVENTS_UNREAD = 200


def is_event(message):
    return 'event' in message


class BehindNginx(harness.IntegrationTest):
    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()
        self.nginx = Nginx(self.world.server.addresses['grpc'], self.world.folder, SHORTER)
        self.addCleanup(self.nginx.close)
        self.connect()

    def connect(self, options=()):
        self.api = Api(self.nginx.address, 'payments.v1.PaymentsService', options=options)
        self.addCleanup(self.api.close)

    def watch(self, heartbeat, **start):
        return self.api.stream('WatchEvents', {
            **(start or {'now': True}), 'heartbeatInterval': heartbeat})

    def all_revisions(self):
        """Without nginx."""
        events = self.world.payments.stream('WatchEvents', {'beginning': True})
        _, before = events.until(lambda message: 'caughtUp' in message)
        events.cancel()
        return [message['event']['revision'] for message in before]

    def test_heartbeats_keep_a_quiet_stream(self):
        stream = self.watch(OFTEN)
        for _ in range(2 * LIMIT_S + 1):
            stream.until(lambda message: 'heartbeat' in message)
        payment = self.world.create(self.card)
        message, _ = stream.until(is_event)
        self.assertEqual(message['event']['resource'], payment['name'])
        stream.cancel()

    def test_without_them_it_is_cut_and_resumes(self):
        stream = self.watch(SELDOM)
        cursor = next(stream)['cursor']
        with self.assertRaises(harness.CallError) as raised:
            next(stream)
        # Not our word: there is no reason with it.
        self.assertEqual((raised.exception.code, raised.exception.reason), ('INTERNAL', None))
        payment = self.world.create(self.card)
        resumed = self.watch(SELDOM, afterCursor=cursor)
        _, before = resumed.until(lambda message: 'caughtUp' in message)
        self.assertEqual([message['event']['sequence'] for message in before], ['1', '2'])
        self.assertEqual({message['event']['resource'] for message in before}, {payment['name']})
        resumed.cancel()

    def test_a_reader_that_stops_is_cut_and_resumes(self):
        while len(self.all_revisions()) < EVENTS_UNREAD:
            for _ in range(50):
                self.world.create(self.card, metadata=METADATA)
        self.connect(NOTHING_AHEAD)
        stream = self.watch(OFTEN, beginning=True)
        had = [next(stream)]
        self.world.wait_until(lambda: 'timed out' in self.nginx.log(), self.nginx.log)
        with self.assertRaises(harness.CallError) as raised:
            for message in stream:
                had.append(message)
        self.assertIsNone(raised.exception.reason)
        self.assertTrue(all(is_event(message) for message in had), had[-1])
        resumed = self.watch(OFTEN, afterCursor=had[-1]['cursor'])
        _, rest = resumed.until(lambda message: 'caughtUp' in message)
        resumed.cancel()
        self.assertTrue(rest, 'nothing was left unread')
        self.assertEqual([message['event']['revision'] for message in had + rest],
                         self.all_revisions())

    def test_what_a_client_sees_while_the_server_is_down(self):
        stream = self.watch(OFTEN)
        cursor = next(stream)['cursor']
        self.world.server.kill()
        self.assert_refused('INTERNAL', None, lambda: next(stream))
        self.assert_refused('UNAVAILABLE', None, lambda: self.api.call('ListProviders'))
        self.world.start_server()
        following, _ = self.watch(OFTEN, afterCursor=cursor).until(lambda message: True)
        self.assertIn('caughtUp', following)


class SubscribersBehindNginx(StormTest):
    PLAN = Plan(early=60, late=28, foreign=6, rounds=12, polls=True,
                resumed=frozenset(RESUMED_BEHIND_A_PROXY))

    def test_each_has_exactly_what_its_filter_lets_through(self):
        nginx = Nginx(self.world.server.addresses['grpc'], self.world.folder, SHORTER)
        self.addCleanup(nginx.close)
        storm = self.run_storm(self.PLAN, nginx.address)
        self.assertEqual(len(storm.subscribers), 100)
        self.assert_it_was_one(storm)


if __name__ == '__main__':
    StormTest.seed = take_seed()
    harness.main()
