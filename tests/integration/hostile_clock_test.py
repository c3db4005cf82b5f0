#!/usr/bin/python3
"""The wall clock is set forward and back: docs/hostile-machine.md."""

import harness
from hostile_machine import HostileWorld

HOUR_NS = 3600 * 10**9


class HostileClock(harness.IntegrationTest):
    WORLD = HostileWorld
    SERVER_OPTIONS = {'reconciliation': '  hold_expiry_margin { seconds: 1 }'}

    def setUp(self):
        super().setUp()
        self.card = self.world.active_card()

    def step(self, hours):
        """And waits until the server has noticed."""
        before = len(self.world.log_lines('event=clock_stepped '))
        self.world.set_machine(clock_offset_ns=hours * HOUR_NS)
        self.world.wait_until(
            lambda: len(self.world.log_lines('event=clock_stepped ')) > before,
            lambda: 'no step was logged')

    def test_a_step_is_told(self):
        self.step(2)
        lines = self.world.wait_until_ready_says(200, 'ok', 'degraded: clock_stepped since ')
        self.assertEqual(len(lines), 2)
        self.step(-2)
        by_ms = [int(line.rsplit('by_ms=', 1)[1])
                 for line in self.world.log_lines('event=clock_stepped ')]
        self.assertEqual([round(by / 3600e3) for by in by_ms], [2, -4])

    def test_a_payment_in_process_is_finished(self):
        # A call's deadline and the provider's are not the wall clock's.
        for hours in (24, -24):
            self.world.plan_fault('HOLD_CREATE', delay='2s')
            received = self.world.received('HOLD_CREATE')
            answer = self.world.payments.start('CreatePayment', self.world.payment(self.card))
            self.world.wait_until_received('HOLD_CREATE', received + 1)
            self.step(hours)
            self.assertEqual(answer()['payment']['state'], 'PAYMENT_STATE_AUTHORIZED')
            self.step(0)

    def test_no_jump_that_is_taken_back_ends_a_hold(self):
        self.world.bank.call('SetCallbackPolicy', {'hold': {'kind': 'CALLBACK_KIND_NONE'}})
        held = self.world.create(self.card)['name']
        self.world.plan_fault('HOLD_CREATE', kind='FAULT_KIND_APPLY_THEN_DROP')
        lost = self.world.create(self.card)['name']
        self.step(1000)
        other = self.world.create(self.card)['name']
        self.assertEqual(self.world.payments.call('CancelPayment', {'name': other})
                         ['payment']['state'], 'PAYMENT_STATE_CANCELED')
        self.step(0)
        states = [self.world.get(name)['state'] for name in (held, lost)]
        self.assertEqual(states, ['PAYMENT_STATE_AUTHORIZED', 'PAYMENT_STATE_UNKNOWN'])
        self.assertEqual(self.world.received('HOLD_CANCEL'), 1)

    def test_no_jump_ends_a_payment_whose_capture_is_open(self):
        payment = self.world.create(self.card)
        self.world.bank.call('SetCallbackPolicy', {'hold': {'kind': 'CALLBACK_KIND_NONE'}})
        # The capture is executed; its answer comes too late, and checks get none either.
        self.world.bank.call('PlanFault', {
            'method': 'METHOD_HOLD_CHECK', 'untilCleared': True,
            'fault': {'kind': 'FAULT_KIND_DROP_BEFORE_APPLY'}})
        self.world.plan_fault('HOLD_PAYMENT', delay=harness.NEVER)
        self.world.change_options(more=harness.SHORT_REQUESTS['more'])
        self.world.restart_server()
        answer = self.world.payments.start('CapturePayment', {'name': payment['name']})
        self.world.wait_until_received('HOLD_PAYMENT')
        # Far past the hold's time: first while the answer is awaited, then while it is lost.
        self.step(1000)
        self.assertEqual(answer()['payment']['state'], 'PAYMENT_STATE_UNKNOWN')
        checks = self.world.received('HOLD_CHECK')
        self.world.wait_until_received('HOLD_CHECK', checks + 2)
        self.assertEqual(self.world.get(payment['name'])['state'], 'PAYMENT_STATE_UNKNOWN')
        self.step(0)
        self.assertEqual(self.world.get(payment['name'])['state'], 'PAYMENT_STATE_UNKNOWN')
        self.assertEqual(self.world.received('HOLD_CANCEL'), 0)
        # Evidence ends it, and is asked for as if there had been no jump.
        self.world.bank.call('ClearFaults')
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(self.world.movements(), [('HOLD', 150000), ('CAPTURE', 150000)])


if __name__ == '__main__':
    harness.main()
