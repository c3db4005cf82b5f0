"""A payer's browser, headless, and the shop's page that it comes back to.

Chromium is kept offline: no name is resolved, and it asks nothing of its maker.
"""

import http.server
import os
import pathlib
import threading

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from processes import END_WITH_PARENT, PATIENCE_S, ROOT

__all__ = ['Browser', 'By', 'Shop']

SCREENSHOTS = pathlib.Path(os.environ.get('SCREENSHOTS', ROOT / 'build' / 'results' / 'browser'))
# (width, height, pixels a CSS pixel, whether it is a phone)
SCREENS = {'phone': (390, 844, 2, True), 'desktop': (1280, 800, 1, False)}
SWITCHES = (
    '--headless=new',
    # Chromium's sandbox needs rights that containers do not give, and root must not have.
    '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
    '--disable-quic', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--disable-default-apps', '--disable-extensions',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1')


class Driver(Service):
    """chromedriver, which ends when the test ends, whatever ends the test."""

    def __init__(self):
        super().__init__(executable_path=END_WITH_PARENT[0])

    def command_line_args(self):
        return [*END_WITH_PARENT[1:], '/usr/bin/chromedriver', *super().command_line_args()]


class Browser:
    """One browser; with scripts or without."""

    def __init__(self, scripts=True):
        options = webdriver.ChromeOptions()
        options.binary_location = '/usr/bin/chromium'
        for switch in SWITCHES:
            options.add_argument(switch)
        options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        if not scripts:
            options.add_experimental_option('prefs', {
                'profile.managed_default_content_settings.javascript': 2})
        self.driver = webdriver.Chrome(service=Driver(), options=options)
        self.driver.set_page_load_timeout(PATIENCE_S)
        self.show_on('desktop')

    def close(self):
        self.driver.quit()

    # -- Its settings -------------------------------------------------------------------

    def show_on(self, screen):
        width, height, scale, phone = SCREENS[screen]
        self.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', {
            'width': width, 'height': height, 'deviceScaleFactor': scale, 'mobile': phone})

    def speak(self, languages):
        """What it sends as Accept-Language."""
        self.driver.execute_cdp_cmd('Emulation.setUserAgentOverride', {
            'userAgent': 'a test', 'acceptLanguage': languages})

    # -- What the payer does ------------------------------------------------------------

    def open(self, url):
        self.driver.get(url)

    def wait_for(self, what, why):
        """What `what` returns, once that is true. A page that goes away meanwhile is none."""
        return WebDriverWait(self.driver, PATIENCE_S, 0.02, ignored_exceptions=(
            Exception,)).until(lambda _: what(), why)

    def wait_for_title(self, title):
        try:
            self.wait_for(lambda: self.driver.title == title, title)
        except Exception:
            raise AssertionError(f'not {title!r}, but {self.driver.title!r} at '
                                 f'{self.driver.current_url}\n{self.text()}') from None

    def press(self, button):
        """The button or the link of that text."""
        self.driver.find_element(
            By.XPATH, f'//button[.="{button}"] | //a[.="{button}"]').click()

    def type_code(self, code):
        self.driver.find_element(By.NAME, 'code').send_keys(code)

    def back(self):
        self.driver.back()

    def reload(self):
        self.driver.refresh()

    # -- What he sees -------------------------------------------------------------------

    @property
    def title(self):
        return self.driver.title

    @property
    def address(self):
        return self.driver.current_url

    def text(self):
        return self.driver.find_element(By.TAG_NAME, 'body').text

    def complaints(self):
        """What the browser itself says against the pages, such as what their policy forbids."""
        return [entry['message'] for entry in self.driver.get_log('browser')
                if 'favicon' not in entry['message']]

    def screenshots(self, name):
        """Of the page as it is, on every screen: kept, as NAME-SCREEN.png."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for screen in SCREENS:
            self.show_on(screen)
            self.driver.save_screenshot(str(SCREENSHOTS / f'{name}-{screen}.png'))
            width = SCREENS[screen][0]
            needed = self.driver.execute_script('return document.documentElement.scrollWidth')
            if needed > width:
                raise AssertionError(f'{name}: {needed} pixels wide on a screen of {width}')
        self.show_on('desktop')


class Shop:
    """The merchant's pages: they thank, or are sorry. Remembers who came, and from where."""

    def __init__(self):
        self.visits = []
        shop = self

        class Pages(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                if self.path != '/favicon.ico':
                    shop.visits.append((self.path, self.headers.get('Referer')))
                title = self.path.strip('/')
                page = f'<!doctype html><title>{title}</title><h1>The shop</h1>'.encode()
                self.send_response(200)
                self.send_header('Content-Type', 'text/html; charset=utf-8')
                self.send_header('Content-Length', str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
                pass

        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Pages)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, page):
        return f'http://127.0.0.1:{self._server.server_port}/{page}'

    def close(self):
        self._server.shutdown()
        self._server.server_close()
