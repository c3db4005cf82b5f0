#!/usr/bin/python3
"""The log of events over real sockets: the same for who watches and who lists, from every
place where one may begin; what is said when a place is gone; and how many may watch."""

import concurrent.futures
import subprocess
import threading
import urllib.request

import harness
from accounts import principal

PAYMENTS = 'payments.v1.PaymentsService'
SHOP_KEY = 'key of the shop'
OTHER_KEY = 'key of another tenant'
# Of five cards that were registered.
EVENTS = 10


def revisions(events):
    return [int(event['revision']) for event in events]


def versions(payments):
    return {name: (payment['sequence'], payment['etag']) for name, payment in payments.items()}


def list_all(api, start, **more):
    """Every event from `start` to the end of the log, and the cursor behind the last."""
    events = []
    while True:
        page = api.call('ListEvents', {**start, **more})
        events += page.get('events', [])
        start = {'afterCursor': page['cursor']}
        if page.get('caughtUp'):
            return events, page['cursor']


def watch_all(api, start, **more):
    """The same by a stream that is left once it has caught up."""
    stream = api.stream('WatchEvents', {**start, **more})
    caught_up, before = stream.until(lambda message: 'caughtUp' in message)
    stream.cancel()
    return [message['event'] for message in before], caught_up['cursor']


class Events(harness.IntegrationTest):
    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    def test_a_list_gives_what_a_watch_gives(self):
        world = self.world
        captured = world.create(self.card, merchantReference='order-1')
        world.payments.call('CapturePayment', {'name': captured['name']})
        world.create(self.card)
        middle = world.payments.call('GetPayment', {'name': captured['name']})['cursor']
        world.create(self.card, amount=150001)  # DECLINED.
        third = list_all(world.payments, {'beginning': True})[0][2]
        starts = [{'beginning': True}, {'afterCursor': middle}, {'now': True},
                  {'startTime': third['time']}]
        filters = [{}, {'names': [captured['name'], self.card]},
                   {'kinds': ['RESOURCE_KIND_CARD']}, {'accounts': ['accounts/p2p']},
                   {'paymentStates': ['PAYMENT_STATE_DECLINED']},
                   {'merchantReference': 'order-1'}]
        seen = 0
        for start in starts:
            for wanted in filters:
                watched = watch_all(world.payments, start, filter=wanted)
                for page_size in (1, 1000):
                    listed = list_all(world.payments, start, filter=wanted, pageSize=page_size)
                    self.assertEqual(listed, watched, (start, wanted, page_size))
                seen += len(watched[0])
        self.assertGreater(seen, 20)

    # What the contract says of every event, of a day's worth of them.
    def test_each_event_continues_the_one_before(self):
        world = self.world
        request = world.payment(self.card)
        captured = world.payments.call('CreatePayment', request)['payment']['name']
        world.payments.call('CapturePayment', {'name': captured, 'requestId': 'capture-1'})
        world.create(self.card, amount=150001)  # DECLINED.
        canceled = world.create(self.card)['name']
        world.payments.call('CancelPayment', {'name': canceled})
        world.payments.call('DeleteCard', {'name': self.card})
        events, _ = list_all(world.payments, {'beginning': True})
        self.assertEqual(revisions(events), list(range(1, len(events) + 1)))
        last = {}
        for event in events:
            kind = event['resource'].split('/')[0].removesuffix('s')
            before = last.get(event['resource'])
            self.assertEqual(int(event['sequence']), int(before['sequence']) + 1 if before else 1)
            self.assertEqual(event.get(f'previous{kind.title()}State'),
                             before[kind]['state'] if before else None)
            self.assertEqual(event[kind]['name'], event['resource'])
            self.assertEqual(event[kind]['sequence'], event['sequence'])
            self.assertEqual(event['time'], event[kind]['updateTime'])
            self.assert_cause(event['cause'])
            last[event['resource']] = event
        causes = {(event['cause']['kind'], event['cause'].get('id')) for event in events}
        for cause in ('CAUSE_KIND_RPC', request['requestId']), ('CAUSE_KIND_RPC', 'capture-1'):
            self.assertIn(cause, causes)
        self.assertIn('CAUSE_KIND_CALLBACK', {kind for kind, _ in causes})
        for name, event in last.items():
            if name.startswith('payments/'):
                self.assertEqual(versions({name: event['payment']}),
                                 versions({name: world.get(name)}))

    def assert_cause(self, cause):
        if cause['kind'] == 'CAUSE_KIND_CALLBACK':
            self.assertRegex(cause['id'], r'^callbacks/[0-9a-z]+$')
            self.assertNotIn('principal', cause)
        else:
            self.assertEqual(cause['kind'], 'CAUSE_KIND_RPC')
            self.assertEqual(cause['principal'], 'dev')

    def test_buf_curl_lists_the_events(self):
        client = harness.BufCurl(self.world.server.addresses['grpc'], PAYMENTS)
        page = client.ok('ListEvents', {'beginning': True, 'pageSize': 1})
        self.assertEqual(revisions(page['events']), [1])
        self.assertEqual(page['events'][0]['cursor'], page['cursor'])
        self.assertNotIn('caughtUp', page)
        page = client.ok('ListEvents', {'afterCursor': page['cursor']})
        self.assertEqual(revisions(page['events']), [2, 3])
        self.assertTrue(page['caughtUp'])
        code, error = client.call('ListEvents', {'afterCursor': 'garbage'})
        self.assertEqual((code, error['code']), (3, 'invalid_argument'))

    # Whoever starts from the cursor of a List or a Get misses nothing of what is written
    # meanwhile, and is given nothing that the list already shows.
    def test_list_then_watch_loses_nothing_while_others_write(self):
        world = self.world
        stop = threading.Event()
        made = []

        def load():
            while not stop.is_set():
                payment = world.create(self.card, mode='CAPTURE_MODE_AUTOMATIC')
                made.append(payment['name'])

        with concurrent.futures.ThreadPoolExecutor() as pool:
            workers = [pool.submit(load) for _ in range(3)]
            starts = []
            try:
                for wanted in range(1, 8):
                    world.wait_until(lambda wanted=wanted: len(made) >= 3 * wanted,
                                     lambda: f'only {len(made)} were made', workers)
                    starts.append(self.list_payments())
                    got = world.payments.call('GetPayment', {'name': made[-1]})
                    starts.append(({got['payment']['name']: got['payment']}, got['cursor']))
            finally:
                stop.set()
            for worker in workers:
                worker.result()
        final, _ = self.list_payments()
        for known, cursor in starts:
            events, _ = list_all(world.payments, {'afterCursor': cursor}, pageSize=1000)
            only_known = len(known) == 1
            for event in events:
                name = event['resource']
                if only_known and name not in known:
                    continue
                before = int(known[name]['sequence']) if name in known else 0
                self.assertEqual(int(event['sequence']), before + 1)
                known[name] = event['payment']
            wanted = {name: final[name] for name in known} if only_known else final
            self.assertEqual(versions(known), versions(wanted))

    def list_payments(self):
        page = self.world.payments.call('ListPayments', {'pageSize': 1000})
        self.assertNotIn('nextPageToken', page)
        return {payment['name']: payment for payment in page['payments']}, page['cursor']

    def test_after_a_restored_backup_old_cursors_are_ahead(self):
        world = self.world
        world.create(self.card)
        self.run_server(f"--backup={world.folder / 'copy.db'}")
        _, old = list_all(world.payments, {'beginning': True})
        self.assertEqual(world.server.stop(), 0)
        (world.folder / 'data').rename(world.folder / 'data.before')
        self.run_server(f"--restore={world.folder / 'copy.db'}")
        world.start_server()
        self.assert_refused('OUT_OF_RANGE', 'CURSOR_AHEAD',
                            lambda: world.payments.call('ListEvents', {'afterCursor': old}))
        self.assert_refused('OUT_OF_RANGE', 'CURSOR_AHEAD', lambda: next(
            world.payments.stream('WatchEvents', {'afterCursor': old})))
        _, cursor = self.list_payments()
        self.assertEqual(list_all(world.payments, {'afterCursor': cursor}), ([], cursor))

    def run_server(self, *arguments):
        subprocess.run([harness.BUILD / 'bin' / 'payments-server',
                        f"--config={self.world.folder / 'server.textproto'}", '--dev', *arguments],
                       cwd=self.world.folder, timeout=harness.PATIENCE_S, check=True,
                       capture_output=True)


class EventsOfTwoTenants(harness.IntegrationTest):
    SERVER_OPTIONS = {'key': SHOP_KEY,
                      'more': '\n'.join([principal('webshop', SHOP_KEY),
                                         principal('other', OTHER_KEY, 'tenant: "other"')])}

    def test_another_tenants_cursor_is_garbage(self):
        mine = self.world.payments
        theirs = self.world.api(self.world.server.addresses['grpc'], PAYMENTS, OTHER_KEY)
        cursor = theirs.call('ListEvents', {'now': True})['cursor']
        refusals = []
        for bad in (cursor, 'garbage', ''):
            for call in (lambda bad=bad: mine.call('ListEvents', {'afterCursor': bad}),
                         lambda bad=bad: next(mine.stream('WatchEvents', {'afterCursor': bad}))):
                error = self.assert_refused('INVALID_ARGUMENT', 'CURSOR_INVALID', call,
                                            field='after_cursor')
                refusals.append(error.message)
        # Which of the two it is, is not said.
        self.assertEqual(len(set(refusals)), 1)


class PrunedEvents(harness.IntegrationTest):
    # All but the newest event are too old, or will be at once.
    SERVER_OPTIONS = {'more': 'retention { events_age_max { nanos: 10000000 } }'}

    def setUp(self):
        super().setUp()
        self.world.payments.call('RegisterCard', self.world.registration())
        _, self.first = list_all(self.world.payments, {'now': True})
        for _ in range(4):
            self.world.payments.call('RegisterCard', self.world.registration())
        self.world.wait_until(lambda: self.kept() == [EVENTS], lambda: f'{self.kept()} are kept')

    def kept(self):
        return revisions(list_all(self.world.payments, {'beginning': True})[0])

    def test_who_was_away_for_too_long_is_told(self):
        world = self.world
        for restarted in (False, True):
            if restarted:
                world.restart_server()
            for call in (lambda: world.payments.call('ListEvents', {'afterCursor': self.first}),
                         lambda: next(world.payments.stream('WatchEvents',
                                                            {'afterCursor': self.first}))):
                error = self.assert_refused('OUT_OF_RANGE', 'CURSOR_PRUNED', call)
                oldest = error.metadata['oldest_cursor']
                for read in (list_all, watch_all):
                    self.assertEqual(revisions(read(world.payments, {'afterCursor': oldest})[0]),
                                     [EVENTS])
        self.assert_refused(
            'OUT_OF_RANGE', 'CURSOR_PRUNED',
            lambda: world.payments.call('ListEvents', {'startTime': '2020-01-01T00:00:00Z'}))
        # List, then watch from there: nothing is missed.
        cursor = world.payments.call('ListCards')['cursor']
        watch = world.payments.stream('WatchEvents', {'afterCursor': cursor})
        watch.until(lambda message: 'caughtUp' in message)
        world.payments.call('RegisterCard', world.registration())
        message, _ = watch.until(lambda message: 'event' in message)
        self.assertEqual(message['event']['revision'], str(EVENTS + 1))
        watch.cancel()

    def test_the_metrics_say_so(self):
        metrics = read_metrics(self.world)
        self.assertIn(f'\npayments_events_pruned_total {EVENTS - 1}', metrics)
        self.assertIn('\npayments_events_oldest_age_seconds ', metrics)


def read_metrics(world):
    url = f"http://{world.server.addresses['admin_http']}/metrics"
    with urllib.request.urlopen(url, timeout=harness.PATIENCE_S) as answer:  # nosec: our own.
        return answer.read().decode()


class StreamLimits(harness.IntegrationTest):
    SERVER_OPTIONS = {'key': SHOP_KEY,
                      'more': '\n'.join([principal('webshop', SHOP_KEY),
                                         principal('office', OTHER_KEY),
                                         'limits { streams_max: 3 streams_per_principal_max: 2 }'])}

    def watch(self, api):
        stream = api.stream('WatchEvents', {'now': True})
        self.assertIn('caughtUp', next(stream))
        return stream

    def refuse(self, api, limit):
        error = self.assert_refused(
            'RESOURCE_EXHAUSTED', 'TOO_MANY_OPEN',
            lambda: next(api.stream('WatchEvents', {'now': True})), limit=limit)
        self.assertIn('google.rpc.RetryInfo', error.details)
        self.assertIn(limit, error.message)

    def test_nobody_opens_more_than_he_may(self):
        shop = self.world.payments
        office = self.world.api(self.world.server.addresses['grpc'], PAYMENTS, OTHER_KEY)
        streams = [self.watch(shop), self.watch(shop)]
        self.refuse(shop, 'limits.streams_per_principal_max')
        streams.append(self.watch(office))
        self.refuse(office, 'limits.streams_max')
        metrics = read_metrics(self.world)
        self.assertIn('payments_streams_refused_total{limit="streams_max"} 1', metrics)
        self.assertIn('payments_streams_refused_total{limit="streams_per_principal_max"} 1',
                      metrics)
        # Polling needs no stream.
        self.assertTrue(shop.call('ListEvents', {'now': True})['caughtUp'])
        streams.pop(0).cancel()
        self.world.wait_until(lambda: '\npayments_streams_open 2' in read_metrics(self.world),
                              lambda: 'the stream that was left is still open')
        self.watch(shop).cancel()


if __name__ == '__main__':
    harness.main()
