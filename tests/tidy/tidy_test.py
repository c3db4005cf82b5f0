#!/usr/bin/python3
"""Plants one violation of every rule and expects it to be found, and nothing else."""

import unittest

import house
import tidy


def findings(path, text, **more):
    """What tidy says of a small project that is clean but for `text` at `path`."""
    files = {'CMakeLists.txt': 'SOURCES ' + path, path: text, 'tests/user.cc': ''}
    files['CMakeLists.txt'] += ' tests/user.cc'
    if path.endswith('.h'):
        files['tests/user.cc'] = f'#include "{path}"\n'
    files.update(more)
    return [finding.what for finding in tidy.findings_in(files)]


class BannedWords(unittest.TestCase):
    SAMPLES = {
        'absl::Now': 'auto t = absl::Now();',
        'steady_clock': 'auto t = std::chrono::steady_clock::now();',
        'sleep': 'absl::SleepFor(d);',
        'rand': 'int r = rand();',
        'a thread': 'std::thread t(F);',
        'std::function': 'std::function<void()> f;',
        'std::string_view': 'std::string_view s;',
        'absl::Mutex': 'absl::Mutex mu;',
        'throw': 'throw 1;',
        'using namespace': 'using namespace std;',
        '== on a secret': 'if (a.Reveal() == b) {}',
        'a promise for later': '// TO' 'DO: later',
        'a test that does not run': 'GTEST_SKIP();',
        "a machine's path": 'Open("/ro' 'ot/x");',
        'NOLINT without a reason': 'F();  // NOLINT',
    }

    def test_every_banned_word_has_a_sample(self):
        self.assertEqual({rule.what for rule in house.BANNED}, set(self.SAMPLES))

    def test_each_is_found_once(self):
        for what, sample in self.SAMPLES.items():
            with self.subTest(what):
                found = findings('providers/x.cc', sample + '\n')
                self.assertEqual(len(found), 1, found)
                self.assertIn(what, found[0])

    def test_not_in_comments_and_strings(self):
        self.assertEqual(findings('server/x.cc', '// rand() and throw\nF("throw", R"(rand())");\n'),
                         [])

    def test_not_in_the_file_that_owns_it(self):
        self.assertEqual(findings('server/base/system_clock.cc', 'return absl::Now();\n'), [])

    def test_nolint_with_a_reason(self):
        self.assertEqual(findings('server/x.cc', 'F();  // NOLINT(some-check): because of G\n'), [])


class ShorterNames(unittest.TestCase):
    def test_one_that_nothing_uses(self):
        for sample in ('using ::testing::Not;', 'using std::swap;',
                       'namespace fs = std::filesystem;'):
            with self.subTest(sample):
                self.assertEqual(len(findings('tests/x_test.cc', sample + '  // Not\n')), 1)

    def test_one_that_is_used(self):
        self.assertEqual(findings('tests/x_test.cc', 'using testing::Not;\nauto n = Not(1);\n'), [])


class Lengths(unittest.TestCase):
    def test_line(self):
        self.assertEqual(findings('server/x.cc', '//' + 'x' * 98 + '\n'), [])
        self.assertIn('101 columns', findings('server/x.cc', '//' + 'x' * 99 + '\n')[0])

    def test_file(self):
        self.assertEqual(findings('proto/x.proto', '\n' * house.FILE_LINES_MAX), [])
        self.assertIn('501 lines', findings('proto/x.proto', '\n' * 501)[0])

    def test_function(self):
        def function(lines):
            body = '  if (a) {\n  }\n' * ((lines - 2) // 2)
            return 'namespace n {\nint C::F(int a) const {\n' + body + '}\n}  // namespace n\n'
        self.assertEqual(findings('server/x.cc', function(house.FUNCTION_LINES_MAX)), [])
        self.assertIn('a function of 72 lines', findings('server/x.cc', function(72))[0])

    def test_constructor_with_initializers(self):
        text = 'C::C(int a)\n    : a_(a), b_(F(a)) {\n' + '  G();\n' * 70 + '}\n'
        self.assertIn('a function of 73 lines', findings('server/x.cc', text)[0])

    def test_a_long_class_is_no_function(self):
        self.assertEqual(findings('server/x.cc', 'class C {\n' + '  int F();\n' * 80 + '};\n'), [])


class IncludeGuards(unittest.TestCase):
    GOOD = ('#ifndef PAYMENTS_SERVER_X_H_\n#define PAYMENTS_SERVER_X_H_\n'
            '#endif  // PAYMENTS_SERVER_X_H_\n')

    def test_guard(self):
        self.assertEqual(findings('server/x.h', self.GOOD), [])
        self.assertIn('PAYMENTS_SERVER_Y_H_', findings('server/y.h', self.GOOD)[0])


class Dependencies(unittest.TestCase):
    def expect_refused(self, path, header):
        found = findings(path, f'#include {header}\n')
        self.assertEqual(len(found), 1, (path, header, found))

    def test_against_the_arrow(self):
        self.expect_refused('providers/upay/x.cc', '"server/base/clock.h"')
        self.expect_refused('server/base/x.cc', '"server/engine/store.h"')
        self.expect_refused('server/engine/x.cc', '"server/store/sqlite_store.h"')
        self.expect_refused('server/store/x.cc', '"server/http/event_loop.h"')
        self.expect_refused('client/x.cc', '"server/base/clock.h"')
        self.expect_refused('providers/sandbox/x.cc', '"providers/upay/upay_plugin.h"')

    def test_with_the_arrow(self):
        self.assertEqual(findings('server/engine/x.cc', '#include "providers/provider.h"\n'), [])
        self.assertEqual(findings('server/main.cc', '#include "server/store/x.h"\n'), [])

    def test_the_world_stays_out_of_the_engine(self):
        for header in ('<mutex>', '<thread>', '<sys/socket.h>', '<curl/curl.h>', '<sqlite3.h>',
                       '<grpcpp/grpcpp.h>'):
            self.expect_refused('server/engine/x.cc', header)

    def test_the_product_does_not_know_its_tests(self):
        self.expect_refused('server/main.cc', '"tests/fakes/fake_clock.h"')


class NothingForgotten(unittest.TestCase):
    def test_source(self):
        found = findings('server/x.cc', '', **{'CMakeLists.txt': '# server/x.cc\ntests/user.cc'})
        self.assertEqual(found, ['no CMakeLists.txt lists it'])

    def test_header(self):
        guard = IncludeGuards.GOOD
        found = findings('server/x.h', guard, **{'tests/user.cc': ''})
        self.assertEqual(found, ['nothing includes it'])


class Documents(unittest.TestCase):
    def test_link(self):
        self.assertEqual(findings('docs/a.md', '[b](../CMakeLists.txt) [c](https://x.org/)\n'), [])
        self.assertEqual(findings('docs/a.md', '[b](gone.md)\n'), ['no such file: gone.md'])

    def test_named_file(self):
        self.assertEqual(findings('docs/a.md', 'See `server/gone.cc`.\n'),
                         ['no such file: server/gone.cc'])


class Promises(unittest.TestCase):
    PAGE = '| promise | test |\n|---|---|\n| It holds. | %s |\n'
    TESTS = {'tests/a_test.py': 'class Some(Base):\n    X = 1\n\n    def test_it(self):\n'
                                '        pass\n\n\ndef test_no_case():\n    pass\n'}

    def of(self, named):
        return findings('docs/guarantees.md', self.PAGE % named, **self.TESTS,
                        **{'tests/user.cc': 'TEST_F(Suite, Case) {}\n'})

    def test_a_test_that_exists(self):
        self.assertEqual(self.of('`Suite.Case`, `Some.test_it`, `tests/a_test.py`'), [])

    def test_a_test_that_does_not(self):
        for name in ('Suite.Other', 'Some.test_other', 'Some.test_no_case', 'tests/b_test.py'):
            self.assertIn(f'no such test: {name}', self.of(f'`{name}`'))

    def test_none(self):
        self.assertEqual(self.of('trust us'), ['no test is named for this promise'])


class Shell(unittest.TestCase):
    def test_syntax(self):
        self.assertEqual(findings('deploy/x', '#!/bin/bash\nif true; then :; fi\n'), [])
        self.assertIn('bash cannot parse it', findings('deploy/x', '#!/bin/bash\nif\n')[0])


if __name__ == '__main__':
    unittest.main()
