#!/usr/bin/python3
"""Providers' callbacks: whatever becomes of them on their way, each ends with the right verdict
in the inbox, and however many come, the provider is not asked more often than is good."""

import time
import urllib.error
import urllib.request

import accounts
import harness
import transfers

OPERATIONS = 'payments.v1.OperationsService'


class CallbackTest(harness.IntegrationTest):
    """A test about the inbox of callbacks."""

    @property
    def operations(self):
        return self.world.api(self.world.server.addresses['grpc'], OPERATIONS)

    def inbox(self, resource, **more):
        """Those to one payment or card, newest first."""
        request = {'filter': {'resource': resource, **more}}
        return self.operations.call('ListCallbacks', request).get('callbacks', [])

    def verdicts(self, resource):
        """Oldest first."""
        return [callback['verdict'].removeprefix('CALLBACK_VERDICT_')
                for callback in reversed(self.inbox(resource))]

    def wait_for_verdicts(self, resource, *accepted):
        """Until the verdicts are one of the accepted lists; there is no event for it."""
        return self.world.wait_until(
            lambda: next((told for told in [self.verdicts(resource)] if told in accepted), None),
            lambda: f'the verdicts are {self.verdicts(resource)}, not one of {accepted}')

    def refused(self):
        """The callbacks in the list of attention."""
        items = self.operations.call('ListAttention').get('items', [])
        return [item['callback']['name'] for item in items
                if item['why'] == 'ATTENTION_REASON_REFUSED_CALLBACK']

    def policy(self, kind, **more):
        self.world.bank.call('SetCallbackPolicy',
                             {'hold': {'kind': f'CALLBACK_KIND_{kind}', **more}})

    def lost_answer(self, card):
        """A payment whose hold was made, and whose answer was lost."""
        self.world.plan_fault('HOLD_CREATE', kind='FAULT_KIND_APPLY_THEN_DROP')
        return self.world.create(card)

    def hold(self, index=-1):
        return self.world.bank.call('ListHolds')['holds'][index]

    def send(self, hold_id, **more):
        """The HTTP status of the answer."""
        return self.world.bank.call('SendCallback', {'holdId': hold_id, **more})['httpStatus']

    def configure(self, old, new):
        """A server with another configuration from the next start on."""
        config = self.world.config
        self.world.config = lambda: config().replace(old, new)


class OnTheirWay(CallbackTest):
    """What the sandbox does to the callbacks of holds."""

    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    def test_the_callback_that_brings_the_outcome_is_accepted(self):
        payment = self.lost_answer(self.card)
        self.world.wait_for(payment['name'], 'AUTHORIZED')
        self.wait_for_verdicts(payment['name'], ['ACCEPTED'])
        callback = self.inbox(payment['name'])[0]
        self.assertEqual(callback['resource'], payment['name'])
        self.assertEqual(callback['account'], 'accounts/shop')
        events = self.world.payments.stream('WatchEvents', {
            'beginning': True, 'filter': {'names': [payment['name']]}})
        event, _ = events.until(
            lambda m: m.get('event', {}).get('payment', {}).get('state')
            == 'PAYMENT_STATE_AUTHORIZED')
        events.cancel()
        self.assertEqual(event['event']['cause']['id'], callback['name'])

    def test_duplicates_are_told_apart(self):
        self.policy('DUPLICATE', copies=3)
        name = self.lost_answer(self.card)['name']
        self.world.wait_for(name, 'AUTHORIZED')
        self.wait_for_verdicts(name, ['ACCEPTED', 'REPEATED', 'REPEATED'])
        newest, middle, first = self.inbox(name)
        self.assertNotIn('duplicateOf', first)
        self.assertEqual(middle['duplicateOf'], first['name'])
        self.assertEqual(newest['duplicateOf'], first['name'])

    def test_a_late_one_tells_nothing_new(self):
        self.policy('LATE', delay='0.5s')
        name = self.world.create(self.card)['name']
        self.assertEqual(self.verdicts(name), [])
        self.wait_for_verdicts(name, ['REPEATED'])
        self.assertEqual(self.world.get(name)['state'], 'PAYMENT_STATE_AUTHORIZED')

    def test_an_early_one_finds_its_payment(self):
        self.policy('EARLY')
        name = self.world.create(self.card)['name']
        # The check and the answer race: one of them is first.
        self.wait_for_verdicts(name, ['ACCEPTED'], ['REPEATED'])
        self.assertEqual(self.world.get(name)['state'], 'PAYMENT_STATE_AUTHORIZED')

    def test_a_lost_one_leaves_nothing(self):
        self.policy('NONE')
        name = self.world.create(self.card)['name']
        self.assertEqual(self.inbox(name), [])

    def test_a_forged_one_is_refused_and_asks_nothing(self):
        self.policy('NONE')
        name = self.world.create(self.card)['name']
        self.assertEqual(self.send(self.hold()['holdId'], accessToken='0' * 32), 401)
        self.wait_for_verdicts(name, ['REFUSED_SIGNATURE'])
        self.assertEqual(self.world.received('HOLD_CHECK'), 0)
        refused = self.inbox(name)[0]
        self.assertEqual(refused['verdictDetail'], 'callback: accessToken is wrong')
        self.assertEqual(self.refused(), [refused['name']])
        acknowledged = self.operations.call('AcknowledgeCallback', {
            'name': refused['name'], 'reason': 'somebody tries the door'})['callback']
        self.assertEqual(acknowledged['acknowledgeReason'], 'somebody tries the door')
        self.assertEqual(self.refused(), [])
        self.assertEqual(self.inbox(name), [acknowledged])

    def test_one_that_is_refused_again_and_again_is_a_duplicate(self):
        self.policy('FORGED_TOKEN')  # The sandbox tries again when it is refused.
        name = self.world.create(self.card)['name']
        self.world.wait_until(lambda: len(self.inbox(name)) >= 2, lambda: self.inbox(name))
        self.assertEqual(set(self.verdicts(name)), {'REFUSED_SIGNATURE'})
        second, first = self.inbox(name)[-2:]
        self.assertEqual(second['duplicateOf'], first['name'])

    def test_a_signed_lie_moves_nothing(self):
        self.policy('FORGED_STATUS', forgedStatus=7)
        name = self.world.create(self.card)['name']
        # ACCEPTED if what the provider said when asked was faster than its own answer.
        self.wait_for_verdicts(name, ['ACCEPTED'], ['REPEATED'])
        self.assertEqual(self.world.get(name)['state'], 'PAYMENT_STATE_AUTHORIZED')

    def test_nonsense_is_kept_and_not_shown(self):
        self.policy('NONE')
        name = self.world.create(self.card)['name']
        request = urllib.request.Request(self.hold()['notifyUrl'], data=b'<html>8600123412341234')
        with self.assertRaises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(request, timeout=harness.PATIENCE_S)
        self.assertEqual(answer.exception.code, 400)
        answer.exception.close()
        self.wait_for_verdicts(name, ['UNINTELLIGIBLE'])
        found = self.inbox(name)[0]
        shown = self.operations.call('GetCallback', {'name': found['name']})['callback']
        self.assertEqual(shown['body'], '[22 bytes, not shown: it cannot be read]')
        self.assertEqual(self.refused(), [found['name']])


class Paced(CallbackTest):
    """How often, and until when, the provider is asked because of callbacks."""

    def setUp(self):
        super().setUp()
        card = self.world.active_card()
        self.policy('NONE')
        self.name = self.world.create(card)['name']
        self.hold_id = self.hold()['holdId']

    def test_a_flood_asks_once_a_second(self):
        flood = 100
        before = self.world.received('HOLD_CHECK')
        begun = time.monotonic()
        for _ in range(flood):
            self.assertEqual(self.send(self.hold_id), 200)
        self.world.wait_until(lambda: 'PENDING' not in self.verdicts(self.name),
                              lambda: self.verdicts(self.name))
        asked = self.world.received('HOLD_CHECK') - before
        # One at once, and one for each second that has begun.
        self.assertLessEqual(asked, 2 + int(time.monotonic() - begun))
        self.assertGreaterEqual(asked, 1)
        self.assertLess(asked, flood / 2)
        names, token = [], ''
        while True:
            page = self.operations.call('ListCallbacks', {
                'pageSize': 30, 'pageToken': token, 'filter': {'resource': self.name}})
            names += [callback['name'] for callback in page['callbacks']]
            token = page.get('nextPageToken', '')
            if not token:
                break
        self.assertEqual(len(set(names)), flood)
        self.assertEqual(len(names), flood)
        self.assertEqual(set(self.verdicts(self.name)), {'REPEATED'})

    def test_what_the_provider_did_not_answer_is_asked_after_a_crash(self):
        # A payment at rest: no check of its own is due for an hour.
        self.world.plan_fault('HOLD_CHECK', calls=10, kind='FAULT_KIND_DROP_BEFORE_APPLY')
        self.assertEqual(self.send(self.hold_id), 200)
        self.world.wait_until(
            lambda: 'did not answer' in self.inbox(self.name)[0].get('verdictDetail', ''),
            lambda: self.inbox(self.name))
        self.assertEqual(self.verdicts(self.name), ['PENDING'])
        self.world.bank.call('ClearFaults')
        self.world.restart_server()
        self.wait_for_verdicts(self.name, ['REPEATED'])


class Replays(CallbackTest):
    """What an operator does once a configuration was mended."""

    def test_a_refused_one_is_accepted_once_the_secret_is_right(self):
        card = self.world.active_card()
        self.policy('NONE')
        name = self.lost_answer(card)['name']
        hold_id = self.hold()['holdId']
        right = accounts.PARTNER['password']
        self.configure(f'"{right}"', '"another-password"')
        self.world.restart_server()
        self.assertEqual(self.send(hold_id), 401)
        self.wait_for_verdicts(name, ['REFUSED_SIGNATURE'])
        callback = self.inbox(name)[0]['name']
        still = self.operations.call('ReplayCallback', {'name': callback})['callback']
        self.assertEqual(still['verdict'], 'CALLBACK_VERDICT_REFUSED_SIGNATURE')
        self.assert_refused('RESOURCE_EXHAUSTED', 'RATE_LIMITED',
                            lambda: self.operations.call('ReplayCallback', {'name': callback}))
        self.assertEqual(self.refused(), [callback])

        self.configure('"another-password"', f'"{right}"')
        self.world.restart_server()
        replayed = self.operations.call('ReplayCallback', {'name': callback})['callback']
        self.assertEqual(replayed['verdict'], 'CALLBACK_VERDICT_ACCEPTED')
        self.assertEqual(self.world.get(name)['state'], 'PAYMENT_STATE_AUTHORIZED')
        self.assertEqual(self.refused(), [])
        self.assertEqual(self.verdicts(name), ['ACCEPTED'])

    def test_what_is_not_there(self):
        for method in ('GetCallback', 'ReplayCallback'):
            self.assert_refused('NOT_FOUND', 'CALLBACK_NOT_FOUND',
                                lambda m=method: self.operations.call(m, {'name': 'callbacks/7'}))


class Retained(CallbackTest):
    """What is old is deleted while the server runs."""

    SERVER_OPTIONS = {'more': 'retention { callback_bodies_age_max { nanos: 10000000 } }'}

    def test_bodies_and_then_the_rest(self):
        card = self.world.active_card()
        name = self.world.wait_until(lambda: self.inbox(card), lambda: card)[0]['name']

        def shown():
            return self.operations.call('GetCallback', {'name': name})['callback']
        self.world.wait_until(lambda: shown().get('bodyDeleted'), shown)
        self.assertNotIn('body', shown())
        self.assertGreater(int(shown()['bodyBytes']), 0)
        self.assert_refused('FAILED_PRECONDITION', 'CALLBACK_BODY_DELETED',
                            lambda: self.operations.call('ReplayCallback', {'name': name}))
        self.world.change_options(more='retention { callback_bodies_age_max { nanos: 10000000 } '
                                       'callbacks_age_max { nanos: 10000000 } }')
        self.world.restart_server()
        self.world.wait_until(lambda: not self.inbox(card), lambda: self.inbox(card))
        self.assertEqual(self.world.payments.call('GetCard', {'name': card})['card']['state'],
                         'CARD_STATE_ACTIVE')


class Shown(transfers.TransferTest, CallbackTest):
    """What GetCallback shows of a body, and what it never does."""

    def body(self, resource):
        callback = self.world.wait_until(lambda: self.inbox(resource), lambda: resource)[0]
        return self.operations.call('GetCallback', {'name': callback['name']})['callback']['body']

    def test_neither_cards_nor_payers(self):
        payment = self.transfer(payer={'email': 'zed@canary.example', 'phone': '77012345678',
                                       'ipAddress': '192.0.2.1'},
                                description='for Zed Canary')
        body = self.body(payment['name'])
        self.assertIn('"currency":"KZT"', body)
        self.assertIn('"code":"ok"', body)
        self.assertIn('"email":"[redacted]"', body)
        for canary in ('zed', 'Zed', 'canary', '77012345678', 'TEST PAYER',
                       transfers.SENDER_NUMBER[-4:], transfers.SENDER_NUMBER[:6],
                       transfers.RECEIVER_NUMBER[-4:], transfers.SENDER_CODE):
            self.assertNotIn(canary, body)

    def test_no_token_of_a_card(self):
        card = self.world.active_card()
        token = self.world.bank.call('ListCards')['cards'][0]['cardToken']
        body = self.body(card)
        self.assertIn('"status":0', body)
        for canary in (token, harness.TEST_CARD_NUMBER[-4:], '998901234567'):
            self.assertNotIn(canary, body)


class ByReflection(CallbackTest):
    """The inbox with `buf curl`, which we did not write."""

    def test_every_rpc(self):
        card = self.world.active_card()
        self.policy('NONE')
        name = self.world.create(card)['name']
        self.assertEqual(self.send(self.hold()['holdId'], accessToken='0' * 32), 401)
        self.wait_for_verdicts(name, ['REFUSED_SIGNATURE'])
        curl = harness.BufCurl(self.world.server.addresses['grpc'], OPERATIONS)
        listed = curl.ok('ListCallbacks', {'filter': {
            'verdicts': ['CALLBACK_VERDICT_REFUSED_SIGNATURE']}})['callbacks']
        self.assertEqual([callback['resource'] for callback in listed], [name])
        callback = listed[0]['name']
        body = curl.ok('GetCallback', {'name': callback})['callback']['body']
        self.assertIn('"accessToken":"[redacted]"', body)
        replayed = curl.ok('ReplayCallback', {'name': callback})['callback']
        self.assertEqual(replayed['verdict'], 'CALLBACK_VERDICT_REFUSED_SIGNATURE')
        waiting = curl.ok('ListAttention')['items']
        self.assertEqual([item['callback']['name'] for item in waiting], [callback])
        acknowledged = curl.ok('AcknowledgeCallback', {'name': callback, 'reason': 'a test'})
        self.assertEqual(acknowledged['callback']['acknowledgeReason'], 'a test')
        self.assertEqual(curl.ok('ListAttention').get('items', []), [])


if __name__ == '__main__':
    harness.main()
