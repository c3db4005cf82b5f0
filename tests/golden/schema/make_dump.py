#!/usr/bin/python3
"""Writes vN.sql: the database of a real server, as version N of the schema holds it.

    PAYMENTS_BINARY_DIR=$PWD/build/dev /usr/bin/python3 tests/golden/schema/make_dump.py

Run once, when a version of the schema is released, with that release's binaries; the file
is never made again. tests/unit/store/sqlite_migration_test.cc migrates every one of them.
Times and ids are those of the day it was made; the test knows what the rows are by their
merchant_reference.
"""

import pathlib
import sqlite3
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / 'integration'))

import harness  # noqa: E402  pylint: disable=wrong-import-position


class Maker:
    """Brings payments and cards into every state that a server can be stopped in."""

    def __init__(self, world):
        self.world = world
        self.card = None

    def run(self):
        self.make_cards()
        self.make_held()
        self.make_ended()
        self.make_unknown()
        self.make_request_ids()

    def make_cards(self):
        world = self.world
        world.active_card()  # One that is used by nobody.
        self.card = world.active_card()
        deleted = world.active_card()
        world.payments.call('DeleteCard', {'name': deleted})
        world.payments.call('RegisterCard', world.registration(merchantCustomerId='customer-1'))
        refused = world.registration()
        refused['card']['number'] = '8600123412340004'
        world.payments.call('RegisterCard', refused)

    def create(self, reference, amount=150000, mode='CAPTURE_MODE_MANUAL'):
        return self.world.create(self.card, amount=amount, mode=mode,
                                 merchantReference=reference, description='for version tests',
                                 metadata={'reference': reference})

    def make_held(self):
        world = self.world
        self.create('authorized')
        captured = self.create('succeeded')
        world.payments.call('CapturePayment', {'name': captured['name']})
        canceled = self.create('canceled')
        world.payments.call('CancelPayment', {'name': canceled['name']})
        self.create('succeeded-automatic', mode='CAPTURE_MODE_AUTOMATIC')
        world.plan_fault('HOLD_PAYMENT', kind='FAULT_KIND_BUSINESS_ERROR',
                         code='STPIMS-ERR-112')
        refused = self.create('authorized-capture-refused')
        world.payments.call('CapturePayment', {'name': refused['name']})

    def make_ended(self):
        world = self.world
        self.create('declined', amount=150001)
        self.create('processing', amount=150013)  # In process until the hold's time is over.
        world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_REFUSE'})
        request = world.payment(self.card, merchantReference='failed')
        try:
            world.payments.call('CreatePayment', request)
        except harness.CallError:
            pass  # FAILED is told so.
        world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_NONE'})
        # The same request again, which makes a payment with retry_of.
        world.payments.call('CreatePayment', request)

    def make_unknown(self):
        world = self.world
        world.bank.call('SetCallbackPolicy', {'hold': {'kind': 'CALLBACK_KIND_NONE'}})
        self.create('unknown-hold', amount=150004)
        disputed = self.create('needs-review', amount=150025)
        world.payments.call('CapturePayment', {'name': disputed['name']})
        lost = self.create('unknown-capture', amount=150022)
        world.bank.call('PlanFault', {
            'method': 'METHOD_HOLD_CHECK', 'fault': {'kind': 'FAULT_KIND_DROP_BEFORE_APPLY'},
            'untilCleared': True})
        world.payments.call('CapturePayment', {'name': lost['name']})
        # A callback about a final payment that the provider is not reached for: unfinished.
        ended = next(hold for hold in world.bank.call('ListHolds')['holds']
                     if hold['state'] == 'HOLD_STATE_CAPTURED')
        world.bank.call('SendCallback', {'holdId': ended['holdId']})

    def make_request_ids(self):
        self.world.payments.call('CancelPayment', {'createRequestId': 'canceled-before-it-came'})


def dump(database):
    connection = sqlite3.connect(database)
    version = connection.execute('PRAGMA user_version').fetchone()[0]
    lines = [f'-- Version {version} of the schema; see make_dump.py.', *connection.iterdump(),
             f'PRAGMA user_version = {version};']
    connection.close()
    path = FOLDER / f'v{version}.sql'
    if path.exists():
        sys.exit(f'{path} is there: a released version does not change')
    path.write_text('\n'.join(lines) + '\n')
    return path


def main():
    world = harness.World(more='timeouts { provider_request { seconds: 2 } }')
    try:
        Maker(world).run()
        world.server.stop()
        print(dump(world.folder / 'data' / 'payments.db'))
    finally:
        world.close()


if __name__ == '__main__':
    main()
