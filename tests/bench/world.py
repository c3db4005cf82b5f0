"""What the measurements share: processes that they end, a sandbox, a server, and a load."""

import contextlib
import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUF = ROOT / "node_modules/.bin/buf"
CARD_NUMBER, CARD_EXPIRY, CARD_CVV = "8600123412341234", "1299", "123"
# No tool takes longer; one that does has failed.
TOOL_S = 300


class Process:
    """A program of ours that prints where it listens; ended by its pid."""

    def __init__(self, log_directory, name, *command):
        self.log = open(log_directory / f"{name}.log", "wb")
        self.child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"{name} did not start: see {self.log.name}")
        self.addresses = dict(part.split("=", 1) for part in line.split()[1:])

    def rss_kib(self):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def end(self):
        self.child.terminate()
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()


def register_card(grpc):
    """Registers a card through payments-server; the sandbox confirms by itself."""
    call = [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", "-d"]
    service = f"http://{grpc}/payments.v1.PaymentsService"
    card = {"request_id": "bench-card", "phone": "998911902494", "card": {
        "number": CARD_NUMBER, "cvc": CARD_CVV, "holder_name": "BENCH",
        "expiry": {"month": 12, "year": 2099}}}
    answer = json.loads(subprocess.check_output(
        call + [json.dumps(card), f"{service}/RegisterCard"]))
    name = answer["card"]["name"]
    for _ in range(100):
        answer = json.loads(subprocess.check_output(
            call + [json.dumps({"name": name}), f"{service}/GetCard"]))
        if answer["card"]["state"] == "CARD_STATE_ACTIVE":
            return name
        time.sleep(0.1)
    sys.exit("the card was not confirmed")


class World:
    """A folder, and the programs that run in it until the end; a server beside its sandbox."""

    def __init__(self, bin_dir, directory, latency_ms=0, provider_connections_max=512):
        self.bin, self.directory = bin_dir, pathlib.Path(directory)
        self._running = []
        try:
            self.sandbox = self.start(
                "sandbox", "provider-sandbox", "--http=127.0.0.1:0", "--grpc=127.0.0.1:0",
                "--auto_confirm", "--quiet", "--hold_callbacks=false",
                f"--latency_ms={latency_ms}")
            self.provider_url = f"http://{self.sandbox.addresses['http']}/STAPI/STWS"
            self.server = self._start_server(provider_connections_max)
            self.grpc = self.server.addresses["grpc"]
            self.card = register_card(self.grpc)
        except BaseException:
            self.end()
            raise

    def start(self, name, program, *arguments):
        self._running.append(Process(self.directory, name, self.bin / program, *arguments))
        return self._running[-1]

    def _start_server(self, provider_connections_max):
        config = (ROOT / "deploy/config/dev.textproto").read_text()
        config = re.sub(r"127\.0\.0\.1:(50051|8080|9090)", "127.0.0.1:0", config)
        config = config.replace("http://127.0.0.1:8090/STAPI/STWS", self.provider_url)
        config = re.sub(r'data_directory: "[^"]*"', f'data_directory: "{self.directory}/data"',
                        config)
        # The bulkhead is for production; here every payment in flight has a connection.
        config += ("\nlimits { provider_connections_per_host_max: "
                   f"{provider_connections_max} }}\n")
        (self.directory / "server.textproto").write_text(config)
        return self.start("server", "payments-server",
                          f"--config={self.directory}/server.textproto")

    def plan_fault(self, method, kind, calls):
        fault = {"method": method, "fault": {"kind": kind}, "calls": calls}
        service = f"http://{self.sandbox.addresses['grpc']}/payments.sandbox.v1.SandboxService"
        subprocess.check_output([BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge",
                                 "-d", json.dumps(fault), f"{service}/PlanFault"])

    def tool(self, program, **flags):
        """What a program of tests/bench says."""
        return subprocess.check_output(self.command(program, **flags), timeout=TOOL_S)

    @contextlib.contextmanager
    def running(self, program, **flags):
        """A program of tests/bench beside what is done within; then it is ended."""
        child = subprocess.Popen(self.command(program, **flags), stdout=subprocess.DEVNULL)
        try:
            yield
        finally:
            child.terminate()
            child.wait()

    def metric(self, name):
        """Of the server; one without labels."""
        url = f"http://{self.server.addresses['admin_http']}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
        return float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE).group(1))

    def command(self, program, **flags):
        return [self.bin / program, *(f"--{name}={value}" for name, value in flags.items())]

    def measured(self, program, **flags):
        return json.loads(self.tool(program, **flags))

    def end(self):
        for process in reversed(self._running):
            process.end()
        self._running.clear()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.end()
