#!/usr/bin/python3
"""Order numbers: counted durably, never given out twice, and their end is never silent."""

import re
import signal
import urllib.request

import harness
from transfers import AMOUNT, TransferTest

FIRST = 999998


def numbers(**settings):
    """Of a small range, whose last six digits go over the end."""
    return {'settings': {'order_number_first': str(FIRST), **settings}}


class OrderNumbers(TransferTest):
    SERVER_OPTIONS = {'epay': numbers()}

    def numbers_used(self):
        return [int(transfer['orderId']) for transfer in self.ledger()]

    def test_they_go_on_across_restarts(self):
        for by in (None, signal.SIGTERM, signal.SIGKILL):
            if by is not None:
                self.world.restart_server(by=by)
            self.assert_state(self.transfer(), 'SUCCEEDED')
        used = self.numbers_used()
        self.assertEqual(used, list(range(FIRST, FIRST + 3)))
        self.assert_moved(*[AMOUNT] * 3)

    def test_a_declined_and_a_lost_transfer_use_theirs_up(self):
        self.callbacks('NONE')
        self.transfer(number='4400430000000484')
        self.world.plan_fault('EPAY_TRANSFER', kind='FAULT_KIND_DROP_BEFORE_APPLY')
        lost = self.transfer()
        done = self.transfer()
        self.assertEqual(self.order_of(done), str(FIRST + 2))
        self.world.wait_for(lost['name'], 'DECLINED')
        self.assertEqual(self.numbers_used(), [FIRST, FIRST + 2])
        self.assert_moved(AMOUNT)


class TheLastNumber(TransferTest):
    SERVER_OPTIONS = {'epay': numbers(order_number_last=str(FIRST + 1))}

    def used_up(self):
        return self.assert_refused('FAILED_PRECONDITION', 'NUMBERS_USED_UP', self.transfer,
                                   provider_called='false')

    def numbers_left(self):
        """As the metric says."""
        url = f"http://{self.world.server.addresses['admin_http']}/metrics"
        with urllib.request.urlopen(url, timeout=harness.PATIENCE_S) as answer:
            text = answer.read().decode()
        return re.findall(r'^payments_numbers_left\{account="accounts/p2p"\} (\S+)$', text, re.M)

    def test_is_the_last_until_another_range_is_configured(self):
        first = self.transfer()
        second = self.transfer()
        self.assertEqual([self.order_of(payment) for payment in (first, second)],
                         [str(FIRST), str(FIRST + 1)])
        tokens = self.world.received('EPAY_TRANSFER')
        self.used_up()
        self.world.restart_server()
        self.used_up()
        self.assertEqual(self.world.received('EPAY_TRANSFER'), tokens)
        self.assertEqual(self.numbers_left(), ['0'])
        # Other accounts go on.
        card = self.world.active_card()
        self.assert_state(self.world.create(card), 'AUTHORIZED')
        # Above the earlier one, with last six digits of its own.
        self.world.change_options(epay=numbers(order_number_first='2500000',
                                               order_number_last='2500009'))
        self.world.restart_server()
        self.assertEqual(self.order_of(self.transfer()), '2500000')

    def test_begins_anew_if_so_configured(self):
        self.world.change_options(epay=numbers(order_number_last=str(FIRST + 1),
                                               order_number_at_end='start_again'))
        self.world.restart_server()
        self.assertEqual([self.transfer()['state'] for _ in range(2)],
                         ['PAYMENT_STATE_SUCCEEDED'] * 2)
        # A start looks at once, and then now and again.
        self.world.restart_server()
        self.assertIn('event=numbers_left account=accounts/p2p left=0', self.world.server.log())
        # The provider still has the old orders: it refuses, and nothing moves twice.
        again = self.transfer()
        self.assert_state(again, 'DECLINED')
        self.assertEqual(again['failure']['providerCode'], '469')
        self.assertEqual(self.world.movements(), [('TRANSFER', AMOUNT)] * 2)
        self.assertIn('what=numbers_start_again', self.world.server.log())
        # Once it has forgotten them, the numbers are good again.
        self.world.bank.call('Reset')
        self.assert_state(self.transfer(), 'SUCCEEDED')
        self.assert_moved(AMOUNT)


if __name__ == '__main__':
    harness.main()
