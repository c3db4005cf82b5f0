"""nginx before a server, configured as docs/clients.md tells."""

import re
import shutil
import socket
import subprocess
import time

from processes import END_WITH_PARENT, PATIENCE_S, ROOT

PAGE = ROOT / 'docs' / 'clients.md'
BLOCK = re.compile(r'```nginx\n(.*?)```', re.DOTALL)
PORTS_TRIED_MAX = 5
POLL_S = 0.02
LISTEN, SERVER = '127.0.0.1:50052', '127.0.0.1:50051'

# Debian's would write to folders that only root may write to; and one process is ended by
# ending one process.
AROUND = '''
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr info;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
'''


def documented_server():
    """The page's server block."""
    blocks = BLOCK.findall(PAGE.read_text())
    if len(blocks) != 1:
        raise AssertionError(f'{PAGE} has {len(blocks)} blocks for nginx')
    return blocks[0]


class Nginx:
    """A process of its own at a free port. `replace` are changes to what the page says, such
    as {'60s': '3s'}."""

    def __init__(self, server_address, folder, replace):
        self._folder = folder
        self._log_path = folder / 'nginx.log'
        for _ in range(PORTS_TRIED_MAX):
            self.address = free_address()
            self._start(self._server(server_address, replace))
            if self._is_listening():
                return
        raise AssertionError(f'nginx does not start\n{self.log()}')

    def _server(self, server_address, replace):
        text = documented_server()
        for documented, here in {**replace, LISTEN: self.address, SERVER: server_address}.items():
            if documented not in text:
                raise AssertionError(f'{PAGE} has no {documented} for nginx')
            text = text.replace(documented, here)
        return text

    def _start(self, server):
        config = self._folder / 'nginx.conf'
        config.write_text(AROUND.format(folder=self._folder, server=server))
        program = shutil.which('nginx', path='/usr/sbin:/usr/bin')
        with open(self._log_path, 'ab') as log:
            self._process = subprocess.Popen(  # pylint: disable=consider-using-with
                [*END_WITH_PARENT, program, '-e', 'stderr', '-p', self._folder, '-c', config],
                stdin=subprocess.DEVNULL, stderr=log)

    def _is_listening(self):
        """False if it has ended instead: somebody was faster to take its port."""
        host, port = self.address.rsplit(':', 1)
        deadline = time.monotonic() + PATIENCE_S
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection((host, int(port))).close()
                return True
            except ConnectionRefusedError:
                time.sleep(POLL_S)
        self.close()
        return False

    def log(self):
        return self._log_path.read_text(errors='replace')

    def close(self):
        self._process.kill()
        self._process.wait(PATIENCE_S)


def free_address():
    """Free a moment ago: nginx cannot be told to take any port and say which."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return f'127.0.0.1:{listener.getsockname()[1]}'
