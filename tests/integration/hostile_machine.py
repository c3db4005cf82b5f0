"""A world whose server runs on a machine that tests make hostile: its disk fails, its wall
clock is moved, its descriptors run out. Works as any user.

The server is preloaded with tests/hostile/hostile_machine.cc, which reads the control file
that is written here, at every call of the system.
"""

import errno
import mmap
import os
import re
import resource
import struct
import subprocess
import urllib.request

import grpc

import harness
from processes import BUILD, PATIENCE_S

__all__ = ['HostileWorld', 'errno']

# As `Control` in hostile_machine.cc: 64 bits each.
FIELDS = ('write_error', 'sync_error', 'read_error', 'clock_offset_ns', 'failed_calls')
FIELD_BYTES = 8


class HostileWorld(harness.World):
    """Everything is well at first."""

    def __init__(self, **options):
        self._control = None
        super().__init__(**options)

    def server_environment(self):
        path = self.folder / 'machine'
        if self._control is None:
            path.write_bytes(bytes(FIELD_BYTES * len(FIELDS)))
            with open(path, 'r+b') as file:
                self._control = mmap.mmap(file.fileno(), 0)
        return {'LD_PRELOAD': str(BUILD / 'lib' / 'libhostile_machine.so'),
                'HOSTILE_MACHINE_CONTROL': str(path),
                'HOSTILE_MACHINE_DIRECTORY': str(self.folder / 'data')}

    # -- Making it hostile --------------------------------------------------------------

    def set_machine(self, **fields):
        """write_error, sync_error and read_error: an errno, or 0. clock_offset_ns: added to
        wall time."""
        for name, value in fields.items():
            struct.pack_into('=q', self._control, FIELD_BYTES * FIELDS.index(name), value)

    def failed_calls(self):
        return struct.unpack_from('=q', self._control,
                                  FIELD_BYTES * FIELDS.index('failed_calls'))[0]

    def limit_descriptors(self, count):
        """None: as many as there may be."""
        hard = resource.prlimit(self.server.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(self.server.pid, resource.RLIMIT_NOFILE,
                         (hard if count is None else count, hard))

    # -- Looking at it ------------------------------------------------------------------

    def wait_until_ready_says(self, status, *beginnings):
        """The lines, once there is one for each of `beginnings`, and the status is this."""
        def seen():
            got, lines = self.readyz()
            found = got == status and all(
                any(line.startswith(beginning) for line in lines) for beginning in beginnings)
            return lines if found else None
        return self.wait_until(seen, lambda: f'/readyz says {self.readyz()}')

    def wait_until_well(self):
        """Ready, and nothing is degraded."""
        self.wait_until(lambda: self.readyz() == (200, ['ok']),
                        lambda: f'/readyz says {self.readyz()}')

    def is_serving(self):
        """What grpc.health.v1.Health/Check says; its messages have one small field."""
        with grpc.insecure_channel(self.server.addresses['grpc'], options=[
                ('grpc.use_local_subchannel_pool', 1)]) as channel:
            check = channel.unary_unary('/grpc.health.v1.Health/Check')
            return check(b'', timeout=PATIENCE_S) == b'\x08\x01'

    def log_lines(self, pattern):
        return [line for line in self.server.log().splitlines() if re.search(pattern, line)]

    def wait_for_log(self, pattern):
        self.wait_until(lambda: self.log_lines(pattern), lambda: f'no log line like {pattern}')

    def metric(self, name):
        """Its lines."""
        url = f"http://{self.server.addresses['admin_http']}/metrics"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            return [line for line in answer.read().decode().splitlines() if line.startswith(name)]

    def try_start(self):
        """(exit code, stderr) of a start that is refused."""
        done = subprocess.run([BUILD / 'bin' / 'payments-server', *self.server_arguments],
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False,
                              cwd=self.folder, env={**os.environ, **self.server_environment()})
        return done.returncode, done.stderr
