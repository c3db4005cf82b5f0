#!/usr/bin/python3
"""A payer with a real browser goes through the hosted page, his bank's page and back to the
shop, and does everything that payers do on the way. The payment ends as it should."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'integration'))

# pylint: disable=wrong-import-position
import harness
from browser import Browser, By, Shop
from transfers import AMOUNT, TransferTest, kinds, open_page

BANK = 'Your bank: is it you?'
HOSTED = {'en': 'Confirm your payment', 'ru': 'Подтвердите платёж', 'kk': 'Төлемді растаңыз'}
OVER = {'en': 'There is nothing to do here', 'ru': 'Здесь больше нечего делать',
        'kk': 'Мұнда енді істейтін ештеңе жоқ'}
TO_BANK = {'en': 'Continue to your bank', 'ru': 'Перейти на сайт банка',
           'kk': 'Банк бетіне өту'}
TRY_AGAIN = 'We could not reach the bank just now'


class PayerTest(TransferTest):
    """A test with a browser and a shop."""

    SCRIPTS = True

    def setUp(self):
        super().setUp()
        self.shop = Shop()
        self.addCleanup(self.shop.close)
        self.browser = Browser(self.SCRIPTS)
        self.addCleanup(self.browser.close)

    def request(self, **changes):
        return super().request(**{'returnUrl': self.shop.url('thanks'),
                                  'failureReturnUrl': self.shop.url('sorry'), **changes})

    def page(self, payment):
        return payment['nextAction']['formPost']['hostedUrl']

    def payer_at_his_bank(self, **changes):
        """A payment whose payer's browser has gone over the hosted page to the bank."""
        payment = self.careful(**changes)
        self.browser.open(self.page(payment))
        self.browser.wait_for_title(BANK)
        return payment

    def assert_ended(self, payment, state, confirms=1):
        ended = self.world.wait_for(payment['name'], state)
        self.assert_state(ended, state)
        self.assertEqual(kinds(ended), ['TRANSFER'] + ['CONFIRM'] * confirms)
        self.assert_moved(*[AMOUNT] * (state == 'SUCCEEDED'))
        self.assertEqual(self.browser.complaints(), [])
        # Where the payer came from has a token in its address: nobody is told.
        self.assertEqual({referer for _, referer in self.shop.visits} - {None}, set())
        return ended


class AtHisBank(PayerTest):
    def test_accept(self):
        payment = self.payer_at_his_bank()
        self.assertIn('1500 KZT', self.browser.text())
        self.browser.screenshots('bank')
        self.browser.type_code('1234')
        self.browser.press('Accept')
        self.browser.wait_for_title('thanks')
        self.assert_ended(payment, 'SUCCEEDED')
        self.assertEqual([path for path, _ in self.shop.visits], ['/thanks'])

    def test_refuse(self):
        payment = self.payer_at_his_bank()
        self.browser.press('Refuse')
        self.browser.wait_for_title('sorry')
        ended = self.assert_ended(payment, 'DECLINED')
        self.assertEqual(ended['failure']['category'], 'FAILURE_CATEGORY_AUTHENTICATION_FAILED')

    def give_wrong_code(self):
        self.browser.type_code('0000')
        self.browser.press('Accept')

    def test_a_wrong_code_and_then_the_right_one(self):
        payment = self.payer_at_his_bank()
        self.give_wrong_code()
        self.browser.wait_for(lambda: 'Wrong code' in self.browser.text(), 'no word of it')
        self.browser.type_code('1234')
        self.browser.press('Accept')
        self.browser.wait_for_title('thanks')
        self.assert_ended(payment, 'SUCCEEDED')

    def test_three_wrong_codes(self):
        payment = self.payer_at_his_bank()
        for _ in range(2):
            self.give_wrong_code()
            self.browser.wait_for(lambda: 'Wrong code' in self.browser.text(), 'no word of it')
        self.give_wrong_code()
        self.browser.wait_for_title('sorry')
        self.assert_ended(payment, 'DECLINED')

    def test_back_to_the_hosted_page_and_on_again(self):
        payment = self.payer_at_his_bank()
        self.browser.back()
        # Whether that was the hosted page or the one before it: opened again it leads on.
        self.browser.open(self.page(payment))
        self.browser.wait_for_title(BANK)
        self.browser.reload()
        self.browser.wait_for_title(BANK)
        self.browser.press('Accept')
        self.browser.wait_for_title('thanks')
        self.assert_ended(payment, 'SUCCEEDED')

    def test_back_after_the_end(self):
        payment = self.payer_at_his_bank()
        self.browser.press('Accept')
        self.browser.wait_for_title('thanks')
        for _ in range(2):
            # Over the bank's page, which posts again what it has posted.
            self.browser.back()
            self.browser.wait_for(lambda: self.browser.title in ('thanks', OVER['en'], BANK,
                                                                 'Too late', ''), 'lost')
        self.browser.open(self.page(payment))
        self.browser.wait_for_title(OVER['en'])
        self.browser.press('Back to the shop')
        self.browser.wait_for_title('thanks')
        self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(kinds(self.world.get(payment['name'])), ['TRANSFER', 'CONFIRM'])
        self.assert_moved(AMOUNT)

    def test_two_tabs(self):
        payment = self.payer_at_his_bank()
        first = self.browser.driver.current_window_handle
        self.browser.driver.switch_to.new_window('tab')
        self.browser.open(self.page(payment))
        self.browser.wait_for_title(BANK)
        self.browser.press('Accept')
        self.browser.wait_for_title('thanks')
        self.browser.driver.switch_to.window(first)
        self.browser.press('Refuse')
        self.browser.wait_for_title('thanks')
        self.assert_ended(payment, 'SUCCEEDED')

    def test_a_reload_of_the_shops_page(self):
        payment = self.payer_at_his_bank()
        self.browser.press('Accept')
        self.browser.wait_for_title('thanks')
        self.browser.reload()
        self.browser.wait_for_title('thanks')
        self.assert_ended(payment, 'SUCCEEDED')
        self.assertEqual([path for path, _ in self.shop.visits], ['/thanks'] * 2)


class DoubleSubmit(PayerTest):
    # The bank's way back is by a button: he can press it twice.
    SCRIPTS = False

    def test_the_banks_return_is_posted_twice(self):
        payment = self.careful()
        self.browser.open(self.page(payment))
        self.browser.press(TO_BANK['en'])
        self.browser.wait_for_title(BANK)
        self.browser.press('Accept')
        self.browser.wait_for_title('Back to the shop')
        fields = {field: self.browser.driver.find_element(By.NAME, field).get_attribute('value')
                  for field in ('PaRes', 'MD')}
        self.browser.press('Continue')
        self.browser.wait_for_title('thanks')
        self.browser.back()
        self.browser.wait_for_title('Back to the shop')
        self.browser.press('Continue')
        self.browser.wait_for_title('thanks')
        self.assertEqual([self.come_back(payment, fields) for _ in range(2)],
                         [(303, self.shop.url('thanks'))] * 2)
        self.assert_ended(payment, 'SUCCEEDED')


class WithoutScripts(PayerTest):
    SCRIPTS = False

    def test_every_step_has_a_button(self):
        payment = self.careful()
        self.browser.open(self.page(payment))
        self.browser.wait_for_title(HOSTED['en'])
        self.browser.screenshots('hosted-en')
        self.browser.reload()
        self.browser.press(TO_BANK['en'])
        self.browser.wait_for_title(BANK)
        self.browser.press('Accept')
        self.browser.wait_for_title('Back to the shop')
        self.browser.press('Continue')
        self.browser.wait_for_title('thanks')
        self.assert_ended(payment, 'SUCCEEDED')
        self.browser.open(self.page(payment))
        self.browser.wait_for_title(OVER['en'])
        self.browser.screenshots('last-en')

    def test_the_browsers_language(self):
        payment = self.careful()
        for wish, language in (('kk-KZ,kk;q=0.9,ru;q=0.8', 'kk'), ('ru-RU,en;q=0.5', 'ru'),
                               ('en-US', 'en'), ('de-DE,ru;q=0.5,en;q=0.1', 'ru'),
                               ('de-DE', 'en')):
            with self.subTest(wish):
                self.browser.speak(wish)
                self.browser.open(self.page(payment))
                self.assertEqual(self.browser.title, HOSTED[language])
                self.assertIn(TO_BANK[language], self.browser.text())
                if language != 'en':
                    self.browser.screenshots(f'hosted-{language}')

    def test_the_payments_language(self):
        self.browser.speak('en-US')
        for language, title in HOSTED.items():
            with self.subTest(language):
                payment = self.careful(payer={'language': language})
                self.browser.open(self.page(payment))
                self.assertEqual(self.browser.title, title)
                self.world.payments.call('CancelPayment', {'name': payment['name']})
                self.browser.open(self.page(payment))
                self.assertEqual(self.browser.title, OVER[language])
                self.browser.screenshots(f'last-{language}')
        self.assert_moved()


class GoneAway(PayerTest):
    SERVER_OPTIONS = {'more': 'timeouts { payer_action { seconds: 8 } }',
                      'epay_checks': 'hold_expiry_margin { nanos: 100000000 } '
                                     'negative_check_quiet_period { seconds: 1 } '
                                     'check_interval_max { seconds: 1 }'}

    def setUp(self):
        super().setUp()
        self.callbacks('NONE')

    def test_he_closes_the_page(self):
        self.world.bank.call('PlanFault', {
            'method': 'METHOD_EPAY_STATUS', 'untilCleared': True,
            'fault': {'kind': 'FAULT_KIND_HTTP_STATUS', 'httpStatus': 503}})
        payment = self.payer_at_his_bank()
        page = self.browser.driver.current_window_handle
        self.browser.driver.switch_to.new_window('tab')
        other = self.browser.driver.current_window_handle
        self.browser.driver.switch_to.window(page)
        self.browser.driver.close()
        self.browser.driver.switch_to.window(other)
        # His time is over, and whether he has paid nobody says.
        self.world.wait_until_received('EPAY_STATUS', 2)
        self.assert_state(self.world.get(payment['name']), 'ACTION_REQUIRED')
        self.world.bank.call('ClearFaults')
        self.assert_ended(payment, 'EXPIRED', confirms=0)
        self.browser.open(self.page(payment))
        self.browser.wait_for_title(OVER['en'])
        self.browser.press('Back to the shop')
        self.browser.wait_for_title('sorry')

    def test_he_leaves_and_comes_back_too_late(self):
        payment = self.payer_at_his_bank()
        bank = self.browser.address
        self.browser.press('Leave without an answer')
        self.browser.wait_for_title('You left')
        self.world.wait_for(payment['name'], 'EXPIRED')
        self.browser.open(bank)
        self.browser.wait_for_title(BANK)
        self.browser.press('Accept')
        self.browser.wait_for_title('sorry')
        self.assert_ended(payment, 'EXPIRED', confirms=0)


class Trouble(PayerTest):
    def test_the_provider_is_not_reached(self):
        payment = self.payer_at_his_bank()
        fields = self.bank_says(payment)
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_REFUSE'})
        status, headers, text = open_page(self.page(payment) + '/result', fields, 'ru')
        self.assertEqual((status, headers['Content-Language']), (503, 'ru'))
        self.assertIn('<form method="post">', text)
        # What the bank's page would do.
        self.browser.driver.execute_script('''
            const form = document.createElement('form');
            form.method = 'post';
            form.action = arguments[0];
            for (const [name, value] of Object.entries(arguments[1])) {
              const field = document.createElement('input');
              field.name = name;
              field.value = value;
              form.append(field);
            }
            document.body.append(form);
            form.submit();''', self.page(payment) + '/result', fields)
        self.browser.wait_for_title(TRY_AGAIN)
        self.browser.screenshots('try-again-en')
        self.browser.press('Try again')
        self.browser.wait_for_title(TRY_AGAIN)
        self.world.bank.call('SetOutage', {'kind': 'OUTAGE_KIND_NONE'})
        self.browser.press('Try again')
        self.browser.wait_for_title('thanks')
        ended = self.world.wait_for(payment['name'], 'SUCCEEDED')
        self.assertEqual(kinds(ended), ['TRANSFER', 'CONFIRM'])
        self.assert_moved(AMOUNT)


if __name__ == '__main__':
    harness.main()
