"""Event streams: how fast they are fanned out, and what one that does not read costs others."""

import statistics
import subprocess
import tempfile

from world import World

# (subscribers, events that each of them gets, rounds). All events of a round are among the
# newest 4,096, which the server keeps in memory; fresh ones each round, so that nothing is
# left of the round before.
FANOUT = [(1, 4000, 9), (1000, 200, 5)]
FANOUT_RATIO_MIN = 0.6
FEED_IN_FLIGHT = 64
EVENTS_A_PAYMENT = 2

# A load that leaves the machine some air: what is measured is the wait, not the queue for a core.
SLOW_READER_IN_FLIGHT = 2
SLOW_READER_SUBSCRIBERS = 20
SLOW_READER_ROUNDS = 7
SLOW_READER_RATIO_MAX = 1.5
CALLBACKS = 300
CALLBACK_P99_MS_MAX = 5
WARMUP_MS, MEASURE_MS = 1000, 2000


def cursor_of_now(world):
    return world.tool("bench_fanout", target=world.grpc, print_cursor=True).decode().strip()


def feed(world, events):
    """New events; the cursor before them."""
    cursor = cursor_of_now(world)
    world.tool("bench_load", target=world.grpc, card=world.card, in_flight=FEED_IN_FLIGHT,
               calls=events // EVENTS_A_PAYMENT)
    return cursor


def start_bare_stream(world):
    """It repeats a message of the server's own."""
    message = world.directory / "message"
    world.tool("bench_fanout", target=world.grpc, save_message=message,
               after_cursor=feed(world, 2 * EVENTS_A_PAYMENT))
    return message, world.start("bare-stream", "bench_bare_stream", f"--message_file={message}")


def fan_out(target, world, subscribers, events, cursor=""):
    seen = world.measured("bench_fanout", target=target, subscribers=subscribers, events=events,
                          after_cursor=cursor)
    if seen["missing"]:
        raise SystemExit(f"{target} sent {seen['missing']} events too few")
    return seen["per_second"]


def measure_fan_out(world):
    message, bare = start_bare_stream(world)
    print(f"fan-out of events ({message.stat().st_size} bytes) against a bare gRPC stream of one "
          "of them")
    for subscribers, events, rounds in FANOUT:
        ratios = []
        for _ in range(rounds):
            cursor = feed(world, events)
            plain = fan_out(bare.addresses["grpc"], world, subscribers, events)
            ours = fan_out(world.grpc, world, subscribers, events, cursor)
            ratios.append(ours / plain)
            print(f"  {subscribers} subscribers, {events} events each: bare {plain}/s, "
                  f"payments-server {ours}/s: ratio {ratios[-1]:.2f}")
        print(f"  {subscribers} subscribers, median of {rounds}: {statistics.median(ratios):.2f} "
              f"(bar: >= {FANOUT_RATIO_MIN:.2f})")


def late(world, stopped):
    return world.measured("bench_latency", target=world.grpc, subscribers=SLOW_READER_SUBSCRIBERS,
                          stopped=stopped, warmup_ms=WARMUP_MS, measure_ms=MEASURE_MS)


def measure_slow_reader(world):
    print(f"delivery to {SLOW_READER_SUBSCRIBERS} subscribers, from the event's time (the commit "
          "included) to its arrival, without and with one more that stopped reading")
    # Ended below; of itself, should this program be killed.
    seconds = SLOW_READER_ROUNDS * 2 * (WARMUP_MS + MEASURE_MS + 1000) // 1000 + 30
    load = subprocess.Popen(  # pylint: disable=consider-using-with
        world.command("bench_load", target=world.grpc, card=world.card,
                      in_flight=SLOW_READER_IN_FLIGHT, measure_ms=seconds * 1000),
        stdout=subprocess.DEVNULL)
    try:
        pairs = []
        for _ in range(SLOW_READER_ROUNDS):
            pairs.append((late(world, stopped=0), late(world, stopped=1)))
            without, with_one = pairs[-1]
            print(f"  without: {without['events']} events, p50 {without['p50_ms']} ms, "
                  f"p99 {without['p99_ms']} ms; with: p50 {with_one['p50_ms']} ms, "
                  f"p99 {with_one['p99_ms']} ms: "
                  f"ratio {with_one['p99_ms'] / without['p99_ms']:.2f}")
    finally:
        load.terminate()
        load.wait()
    without = statistics.median(pair[0]["p99_ms"] for pair in pairs)
    with_one = statistics.median(pair[1]["p99_ms"] for pair in pairs)
    print(f"  p99, medians of {SLOW_READER_ROUNDS}: {without:.2f} ms without, {with_one:.2f} ms "
          f"with: ratio {with_one / without:.2f} (bar: <= {SLOW_READER_RATIO_MAX:.2f})")


def measure_callbacks(world):
    """Holds whose answers were lost: only their callbacks bring them about."""
    world.plan_fault("METHOD_HOLD_CREATE", "FAULT_KIND_APPLY_THEN_DROP", CALLBACKS)
    world.tool("bench_load", target=world.grpc, card=world.card, in_flight=1, calls=CALLBACKS)
    seen = world.measured("bench_callbacks", target=world.grpc,
                          sandbox=world.sandbox.addresses["grpc"])
    print(f"callback to event, {seen['callbacks']} one after the other (the provider is asked in "
          "between, and answers at once)")
    print(f"  from the sending: p50 {seen['sent_p50_ms']} ms, p99 {seen['sent_p99_ms']} ms; from "
          f"the arrival of the 200: p50 {seen['stored_p50_ms']} ms, p99 {seen['stored_p99_ms']} ms "
          f"(bar on an idle machine: p99 < {CALLBACK_P99_MS_MAX} ms)")


def measure(args):
    with tempfile.TemporaryDirectory() as directory, World(args.bin, directory) as world:
        measure_callbacks(world)
    with tempfile.TemporaryDirectory() as directory, World(args.bin, directory) as world:
        measure_fan_out(world)
        measure_slow_reader(world)
