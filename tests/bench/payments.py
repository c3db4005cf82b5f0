"""CreatePayment against a bare pipeline: a gRPC callback server that makes one keep-alive curl
call a request. No contract, no store, no XML. Both talk to the same provider-sandbox."""

import hashlib
import os
import re
import statistics
import tempfile
import threading
import urllib.request

from world import CARD_CVV, CARD_EXPIRY, CARD_NUMBER, World

USERNAME, PASSWORD, PARTNER_KEY, SERVICE_ID = (
    "sandbox", "sandbox-password", "sandbox-partner-key", "628")


def soap(url, method, fields):
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields)
    body = (f'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns:st="http://st.apus.com/"><soapenv:Header/><soapenv:Body><st:{method}>'
            f"<{method}Request>{inner}</{method}Request></st:{method}></soapenv:Body>"
            f"</soapenv:Envelope>")
    return body, lambda: urllib.request.urlopen(urllib.request.Request(
        url, body.encode(), {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}),
        timeout=30).read().decode()


def md5(*parts):
    return hashlib.md5("".join(parts).encode()).hexdigest()


def hold_request(url):
    """A hold as the plugin would ask for it, for the bare pipeline to repeat."""
    _, register = soap(url, "partnerRegisterCardIPS", [
        ("StPimsApiPartnerKey", PARTNER_KEY),
        ("AccessToken", md5(USERNAME, CARD_NUMBER, CARD_EXPIRY, CARD_CVV, PASSWORD)),
        ("CardNumber", CARD_NUMBER), ("CardExDate", CARD_EXPIRY),
        ("CardHolderName", "BENCH"), ("CardCVV", CARD_CVV), ("PhoneNumber", "998911902494")])
    token = re.search(r"<CardToken>(.*?)</CardToken>", register()).group(1)
    body, _ = soap(url, "partnerHoldCreateIPS", [
        ("StPimsApiPartnerKey", PARTNER_KEY),
        ("AccessToken", md5(USERNAME, token, SERVICE_ID, "order", "150000", PASSWORD)),
        ("CardToken", token), ("ServiceId", SERVICE_ID), ("PersonalAccount", "order"),
        ("AmountInTiyin", "150000"), ("HoldMinute", "60"),
        ("NotifyUrl", "http://127.0.0.1:9/callbacks/upay/none"), ("Version", "1")])
    return body


class RssPeak(threading.Thread):
    """The highest RSS while a load runs."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.peak_kib, self.over = process, 0, threading.Event()

    def run(self):
        while not self.over.wait(0.1):
            self.peak_kib = max(self.peak_kib, self.process.rss_kib())


def measure(args):
    with tempfile.TemporaryDirectory() as directory, World(
            args.bin, directory, args.latency_ms, 2 * args.in_flight) as world:
        hold = world.directory / "hold.xml"
        hold.write_text(hold_request(world.provider_url))
        bare = world.start("bare", "bench_bare_pipeline", f"--url={world.provider_url}",
                           f"--body_file={hold}")
        idle_kib = world.server.rss_kib()
        peak = RssPeak(world.server)
        peak.start()
        ratios = []
        print(f"CreatePayment, {args.in_flight} in flight, provider latency {args.latency_ms} ms, "
              f"{os.cpu_count()} cores shared with the load and the sandbox")
        for round_number in range(1, args.rounds + 1):
            plain = world.measured("bench_load", target=bare.addresses["grpc"],
                                   in_flight=args.in_flight)
            ours = world.measured("bench_load", target=world.grpc, in_flight=args.in_flight,
                                  card=world.card)
            ratios.append(ours["per_second"] / plain["per_second"])
            print(f"  round {round_number}: bare {plain['per_second']}/s p99 {plain['p99_ms']} ms, "
                  f"payments-server {ours['per_second']}/s p99 {ours['p99_ms']} ms "
                  f"{ours['outcomes']}: ratio {ratios[-1]:.2f}")
        peak.over.set()
        print(f"  throughput ratio, median of {args.rounds}: {statistics.median(ratios):.2f} "
              f"(bar: >= 0.60)")
        print(f"  memory: RSS {idle_kib} KiB idle, {peak.peak_kib} KiB at most under load: "
              f"{(peak.peak_kib - idle_kib) / args.in_flight:.1f} KiB a payment in flight "
              f"(bar: <= 60)")
