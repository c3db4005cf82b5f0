"""The house rules as data. tidy.py applies them; tidy_test.py shows that each can fail."""

import re
from typing import NamedTuple

LINE_COLUMNS_MAX = 100
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Files that may be longer, and why.
LONG_FILES = {}


class Banned(NamedTuple):
    """A word that does not stand in code."""
    what: str
    pattern: str
    instead: str
    # Path prefixes that own it.
    owners: tuple = ()
    # Path prefixes where the rule holds.
    where: tuple = ('server/', 'providers/', 'client/', 'tests/')
    # Comments and strings are searched too.
    in_text: bool = False


PRODUCT = ('server/', 'providers/', 'client/')

BANNED = (
    Banned('absl::Now', r'\babsl::Now\b|\bsystem_clock::now\b|\bclock_gettime\b',
           'take a Clock (server/base/clock.h)',
           owners=('server/base/system_clock.cc', 'tests/bench/', 'tests/hostile/')),
    # Where the kernel's timers are, the engine's clock is not.
    Banned('steady_clock', r'\bsteady_clock::now\b', 'take a Clock (server/base/clock.h)',
           owners=('server/base/system_clock.cc', 'server/http/', 'tests/unit/http/',
                   'tests/bench/')),
    Banned('sleep', r'\b(SleepFor|sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(',
           'wait for what you wait for, or post with a delay (server/base/executor.h)',
           owners=('tests/bench/',)),
    Banned('rand', r'\b(s?rand|random)\s*\(|\brandom_device\b',
           'take a Random (server/base/random.h)'),
    Banned('a thread', r'\bstd::(jthread|thread|async)\b(?!::hardware)|\bpthread_create\b',
           'post to an Executor (server/base/executor.h)',
           owners=('server/http/', 'server/store/', 'server/base/connection_acceptor.cc',
                   'server/base/connection_acceptor.h'),
           where=PRODUCT),
    Banned('std::function', r'\bstd::function\b', 'absl::AnyInvocable, called once'),
    Banned('std::string_view', r'\bstd::string_view\b',
           'absl::string_view, which is a type of its own here'),
    Banned('absl::Mutex', r'\babsl::(Mutex|MutexLock|CondVar|Notification|BlockingCounter)\b',
           'std::mutex: Abseil is not instrumented for the thread sanitizer'),
    Banned('throw', r'\bthrow\b', 'return an absl::Status'),
    Banned('using namespace', r'\busing namespace\b', 'names in full, or one using declaration'),
    Banned('== on a secret', r'Reveal\(\)\s*[=!]=|[=!]=\s*[\w.()>-]*Reveal\(\)',
           'Secret::EqualsInConstantTime', where=PRODUCT),
    Banned('a promise for later', r'\b(TODO|FIXME|XXX)\b', 'do it, or file an issue',
           in_text=True, where=PRODUCT + ('tests/', 'proto/', 'deploy/', 'docs/', 'cmake/')),
    Banned('a test that does not run', r'\bGTEST_SKIP\b|\bDISABLED_', 'mend it or remove it'),
    Banned('a machine\'s path', r'(?<![\w.])/(work|root|home)/', 'a path relative to the project',
           in_text=True,
           where=PRODUCT + ('tests/', 'proto/', 'deploy/', 'docs/', 'cmake/', 'README')),
    Banned('NOLINT without a reason', r'\bNOLINT(NEXTLINE|BEGIN)?\b(?!\([\w.,-]+\): \w)(?!END)',
           '"NOLINT(check): reason"', in_text=True),
)

# Each row of their tables is a promise; its last column names tests.
PAGES_OF_PROMISES = ('docs/guarantees.md',)

# What a folder may include of ours, by prefix: the dependency rule. The longest prefix of
# a file's path decides.
CONTRACT = ('payments/v1/', 'google/')
PLUGIN_CONTRACT = CONTRACT + (
    'providers/endpoint.h', 'providers/http_message.h', 'providers/plugin.h',
    'providers/provider.h', 'providers/redaction.h', 'providers/secret.h', 'providers/text.h')
ENGINE = PLUGIN_CONTRACT + ('payments/storage/', 'server/base/', 'server/engine/')
ANYTHING = ('',)
MAY_INCLUDE = {
    'providers/': PLUGIN_CONTRACT,
    'providers/builtin_providers.cc': ANYTHING,
    'providers/builtin_providers.h': PLUGIN_CONTRACT,
    'providers/epay/': PLUGIN_CONTRACT + ('providers/epay/',),
    'providers/upay/': PLUGIN_CONTRACT + ('providers/upay/',),
    # A program beside the plugins; it shares no code with their encoders and decoders.
    'providers/sandbox/': CONTRACT + (
        'payments/sandbox/', 'providers/sandbox/', 'providers/http_message.h',
        'providers/secret.h', 'server/base/', 'server/http/', 'server/engine/http_client.h'),
    'server/base/': PLUGIN_CONTRACT + ('server/base/',),
    'server/engine/': ENGINE,
    'server/store/': ENGINE + ('server/store/',),
    'server/http/': ENGINE + ('server/http/',),
    'server/events/': ENGINE + ('server/events/',),
    'server/metrics/': ENGINE + ('server/metrics/',),
    'server/config/': ENGINE + (
        'server/config/', 'payments/config/', 'providers/builtin_providers.h'),
    'server/service/': ENGINE + ('server/service/', 'server/events/', 'server/metrics/'),
    # The composition root knows everything.
    'server/app/': ANYTHING,
    'server/main.cc': ANYTHING,
    'client/': CONTRACT + ('client/',),
    'tests/': ANYTHING,
}

# Libraries that only some folders know, by the start of the header's name.
LIBRARY_OWNERS = {
    'sqlite3.h': ('server/store/', 'tests/'),
    'curl/': ('server/http/', 'tests/'),
    'microhttpd.h': ('server/http/', 'tests/'),
    'libxml/': ('providers/upay/', 'providers/sandbox/', 'tests/'),
    'nlohmann/': ('providers/', 'tests/'),
    'grpcpp/': ('server/service/', 'server/main', 'server/app/', 'client/',
                'providers/sandbox/', 'tests/'),
    'grpc/': ('server/service/', 'server/main', 'server/app/', 'client/',
              'providers/sandbox/', 'tests/'),
    'prometheus/': ('server/metrics/', 'server/main', 'tests/'),
}
# The engine runs under a simulator: nothing of the world is in it.
ENGINE_NEVER = re.compile(
    r'thread|mutex|shared_mutex|condition_variable|future|semaphore|atomic|fstream|filesystem|'
    r'unistd\.h|fcntl\.h|sys/.*|netinet/.*|arpa/.*|poll\.h')
