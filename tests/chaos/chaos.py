"""The real server under load, against the real sandbox, killed again and again."""

import random
import signal
import statistics
import subprocess
import sys
import time

from connection import SANDBOX, CallError, Connection, enum_name, message_class

# pylint: disable=wrong-import-order
import agreement
import harness
import load
import processes
import weather
from subscriber import Subscriber, ends_by_time_alone, read_log

GetPaymentRequest = message_class('payments.v1.GetPaymentRequest')
GetLedgerRequest = message_class('payments.sandbox.v1.GetLedgerRequest')

CLIENTS = 16
# Payments that may be begun in one round.
TICKETS_MIN, TICKETS_MAX = 10, 90
# A server is killed after so many events for each payment that may be begun: it has five
# or so. What is left over goes on in the next round.
EVENTS_PER_TICKET = 4
# However little happens, for example in an outage.
ROUND_S_MAX = 2
# So that a kill does not always come right behind a commit.
JITTER_S_MAX = 0.03
# An outage ends before the kill, or a round later.
OUTAGE_S_MAX = 0.4
# How often a start is killed before it serves, and how long it has at most.
ABORTED_STARTS = (0, 0, 0, 1, 2)
ABORTED_START_S_MAX = 0.1
DISCONNECTS_SHARE = 0.2
# A round begins with all holds running out at the provider, long before their time.
EARLY_END_SHARE = 0.1

# What follows from evidence takes so long at most once the sky is clear: many times
# check_interval_max below, and not so long that the end of the hold could be the cause.
EVIDENCE_S_MAX = 50
# The shortest hold, and what comes on top of it.
HOLD_S = 60
EXPIRY_S_MAX = HOLD_S + harness.PATIENCE_S
EXPIRY_KILLS = 6

OPTIONS = {
    # Not 127.0.0.1: while the server is down, the kernel must not give its ports to a
    # connection that somebody makes from there.
    'host': '127.0.0.2',
}
# And from the first round on: what must succeed before has longer.
CHAOTIC_OPTIONS = {
    'reconciliation': '''
  check_interval_max { seconds: 2 }
  negative_check_quiet_period { seconds: 1 }
  hold_expiry_margin { seconds: 1 }
  orphan_margin { nanos: 300000000 }
  tick_interval { nanos: 100000000 }
  checks_per_tick_max: 256
  checks_per_second_max: 1000
  release_attempts_max: 1000''',
    'more': '''
timeouts { provider_connect { seconds: 1 } provider_request { seconds: 1 } }
limits { public_connections_per_address_max: 1024 }''',
}


class Chaos:
    """One run. run() does it all; `world` is then what there is to compare."""

    def __init__(self, rounds, seed):
        self.rounds = rounds
        self.seed = seed
        # What went wrong on the way, in words.
        self.complaints = []
        self.world = None
        self.restarts_s = []
        self.aborted_starts = 0
        self._early_ends = 0
        self._server = harness.World(**OPTIONS)
        try:
            card = self._server.active_card()
            self._server.change_options(**CHAOTIC_OPTIONS)
            self._server.restart_server()
            self._bank = Connection(self._server.sandbox.addresses['grpc'], SANDBOX)
            self._address = self._server.server.addresses['grpc']
            self._payments = Connection(self._address)
            self._subscriber = Subscriber(self._address)
            self._tickets = load.Tickets()
            self._clients = [
                load.Client(number, seed, self._address, self._server.sandbox.addresses['grpc'],
                            card, self._tickets) for number in range(CLIENTS)]
        except BaseException:
            self._server.close()
            raise

    def run(self):
        for client in self._clients:
            client.start()
        for number in range(self.rounds):
            self._round(random.Random(f'{self.seed}/{number}'))
        self._calm()
        self._await_evidence()
        self._heal_by_callback(random.Random(f'{self.seed}/callbacks'))
        self._await_expiry(random.Random(f'{self.seed}/expiry'))
        self.world = self._collect()

    def close(self):
        self._subscriber.close()
        self._payments.close()
        self._bank.close()
        self._server.close()

    def log(self):
        return self._server.server.log()

    # -- A round -------------------------------------------------------------------

    def _round(self, draw):
        sky = weather.draw(draw)
        sky.bring(self._server.bank)
        tickets = draw.randint(TICKETS_MIN, TICKETS_MAX)
        events = len(self._subscriber.events) + draw.randint(0, EVENTS_PER_TICKET * tickets)
        if draw.random() < EARLY_END_SHARE:
            self._early_ends += 1
            skew_s = self._early_ends * 2 * HOLD_S
            self._server.bank.call('SetClockSkew', {'skew': f'{skew_s}s'})
        self._tickets.give(tickets)
        if draw.random() < DISCONNECTS_SHARE:
            self._subscriber.disconnect()
        if sky.outage != 'NONE' and draw.random() < 0.7:
            self._subscriber.wait(lambda: len(self._subscriber.events) >= events,
                                  draw.uniform(0, OUTAGE_S_MAX))
            weather.end_outage(self._server.bank)
        self._subscriber.wait(lambda: len(self._subscriber.events) >= events, ROUND_S_MAX)
        self._kill(draw)

    def _kill(self, draw):
        self._subscriber.wait(lambda: False, draw.uniform(0, JITTER_S_MAX))
        if not self._server.server.is_running():
            self.complaints.append(f'the server ended by itself:\n{self.log()[-2000:]}')
        self._server.server.kill()
        for _ in range(draw.choice(ABORTED_STARTS)):
            self._abort_start(draw.uniform(0, ABORTED_START_S_MAX))
        begin = time.monotonic()
        self._server.start_server()
        self.restarts_s.append(time.monotonic() - begin)

    def _abort_start(self, after_s):
        """Killed while it opens its store, or takes up what it finds there."""
        self.aborted_starts += 1
        with open(self._server.server.log_path, 'ab') as log, subprocess.Popen(
                [*processes.END_WITH_PARENT, processes.BUILD / 'bin' / 'payments-server',
                 *self._server.server_arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log) as process:
            try:
                process.wait(after_s)
            except subprocess.TimeoutExpired:
                process.kill()
        if process.returncode != -signal.SIGKILL:
            self.complaints.append(f'a start ended by itself with {process.returncode}:\n'
                                   f'{self.log()[-2000:]}')

    # -- Afterwards ----------------------------------------------------------------

    def _calm(self):
        """The sky clears, and every client gets its answers."""
        weather.CLEAR.bring(self._server.bank)
        self._tickets.close(CLIENTS)
        for client in self._clients:
            client.join(harness.PATIENCE_S)
            if client.is_alive():
                self.complaints.append(f'{client.name} did not come to an end')
            self.complaints += client.complaints

    def _await_evidence(self):
        """What the provider can say, it says; and then a payment has ended."""
        def waiting():
            return [payment for payment in self._subscriber.still_open()
                    if not ends_by_time_alone(payment)
                    and not load.cannot_be_released(payment)]

        if not self._subscriber.wait(lambda: not waiting(), EVIDENCE_S_MAX):
            self.complaints += [f'{payment.name} did not end by evidence'
                                for payment in waiting()]

    def _heal_by_callback(self, draw):
        """A hold whose answer and callback were lost; half of them are called back again."""
        lost = {payment.name: payment for payment in self._subscriber.still_open()
                if not payment.provider_references}
        called = set()
        for hold in self._bank.list('ListHolds', harness.PATIENCE_S):
            name = agreement.payment_of_hold(hold)
            if name in lost and enum_name(hold, 'state') == 'HELD' and draw.random() < 0.5:
                self._server.bank.call('SendCallback', {'holdId': hold.hold_id})
                called.add(name)

        def unhealed():
            return [payment.name for payment in self._subscriber.still_open()
                    if payment.name in called and not payment.provider_references]

        if not self._subscriber.wait(lambda: not unhealed(), EVIDENCE_S_MAX):
            self.complaints += [f'{name} did not heed its callback' for name in unhealed()]

    def _await_expiry(self, draw):
        """The rest ends with its hold's time; killed once more whenever a share of it has."""
        waiting = len(self._subscriber.still_open())
        for left in reversed(range(EXPIRY_KILLS)):
            most = waiting * left // EXPIRY_KILLS
            if not self._subscriber.wait(lambda: len(self._subscriber.open) <= most,
                                         EXPIRY_S_MAX):
                self.complaints.append(f'not everything ended: {list(self._subscriber.open)}')
                return
            if left > 0:
                weather.draw(draw).without_outage().bring(self._server.bank)
                self._kill(draw)
            else:
                weather.CLEAR.bring(self._server.bank)

    def _collect(self):
        patience = harness.PATIENCE_S
        payments = self._payments.list('ListPayments', patience)
        by_request_id = {}
        for request_id in {payment.request_id for payment in payments}:
            try:
                by_request_id[request_id] = self._payments.call(
                    'GetPayment', GetPaymentRequest(request_id=request_id), patience).payment
            except CallError as error:
                self.complaints.append(f'GetPayment of request {request_id}: {error}')
        reread = read_log(self._payments, patience)
        self._subscriber.wait(lambda: len(self._subscriber.events) >= len(reread), patience)
        if self._subscriber.complaint:
            self.complaints.append(self._subscriber.complaint)
        cards = self._payments.list('ListCards', patience, show_deleted=True)
        return agreement.World(
            payments, cards, by_request_id,
            list(self._subscriber.events), reread, self._bank.list('ListHolds', patience),
            self._bank.list('ListMovements', patience),
            self._bank.list('ListAttempts', patience),
            self._bank.call('GetLedger', GetLedgerRequest(), patience).totals,
            [answer for client in self._clients for answer in client.answers])

    # -- For people ----------------------------------------------------------------

    def summary(self):
        states = agreement.grouped(self.world.payments, agreement.state_of)
        ends = ', '.join(f'{len(payments)} {state}' for state, payments in sorted(states.items()))
        orphans = sum(enum_name(event.cause, 'kind') == 'RECOVERY' for event in self.world.events)
        return (f'{len(self.restarts_s)} kills, {self.aborted_starts} of a start; a restart took '
                f'{statistics.median(self.restarts_s):.2f} s, at most '
                f'{max(self.restarts_s):.2f} s\n'
                f'{len(self.world.payments)} payments: {ends}\n'
                f'{len(self.world.events)} events over {self._subscriber.resumed + 1} streams, '
                f'{len(self.world.movements)} movements, {len(self.world.answers)} answers, '
                f'{orphans} operations orphaned by a kill')


def say(text):
    print(text, file=sys.stderr, flush=True)
