"""Runs the real binaries."""

import os
import pathlib
import re
import subprocess
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('PAYMENTS_BINARY_DIR', ROOT / 'build' / 'dev'))

# The longest that anything in these tests may take. Generous: a test that waits for what
# never comes fails by it, one that passes does not notice it.
PATIENCE_S = 60

# What a command begins with so that the kernel ends it when the test ends, whatever ends the
# test. Not a preexec_fn: what that runs after a fork finds gRPC's threads gone, and may find
# their locks held.
END_WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL', '--']


class Process:
    """A running binary whose first line on stdout says where it listens."""

    def __init__(self, name, arguments, log_path, environment=None):
        self.name = name
        self.log_path = log_path
        self._log = open(log_path, 'ab')  # pylint: disable=consider-using-with
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            [*END_WITH_PARENT, BUILD / 'bin' / name, *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self._log, text=True, cwd=log_path.parent,
            env={**os.environ, **(environment or {})})
        watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        if not line.startswith(name + ' '):
            self.kill()
            raise AssertionError(f'{name} did not start, but said {line!r}\n{self.log()}')
        self.addresses = dict(re.findall(r'(\w+)=(\S+)', line))

    @property
    def pid(self):
        return self._process.pid

    def log(self):
        return self.log_path.read_text(errors='replace')

    def terminate(self):
        """Asks it to end; see wait()."""
        self._process.terminate()

    def wait(self):
        """Its exit code."""
        return self._process.wait(PATIENCE_S)

    def stop(self):
        self.terminate()
        return self.wait()

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def is_running(self):
        return self._process.poll() is None
