"""Event streams: how fast they are fanned out, and what one that does not read costs others."""

import statistics
import tempfile
import time

from world import TOOL_S, World

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
# The one that stopped is behind by so many events at least; one that reads never is.
SLOW_READER_LAG_MIN = 1000
OPEN, LAG = "payments_streams_open", "payments_stream_lag_events_max"
METRIC_S = 30
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


def wait_for(world, metric, wanted):
    """Its value. Fails if it does not come: then nothing would be compared."""
    end = time.monotonic() + METRIC_S
    while not wanted(value := world.metric(metric)):
        if time.monotonic() > end:
            raise SystemExit(f"{metric} is {value:.0f}")
        time.sleep(0.1)
    return int(value)


def late(world):
    return world.measured("bench_latency", target=world.grpc, subscribers=SLOW_READER_SUBSCRIBERS,
                          warmup_ms=WARMUP_MS, measure_ms=MEASURE_MS)


def late_without(world):
    wait_for(world, OPEN, lambda streams: streams == 0)
    feed(world, 2 * SLOW_READER_LAG_MIN)
    return late(world)


def late_with_one(world):
    """And how far the one that stopped was behind at the beginning and at the end."""
    with world.running("bench_latency", target=world.grpc, subscribers=0, stopped=1,
                       measure_ms=TOOL_S * 1000):
        wait_for(world, OPEN, lambda streams: streams == 1)
        feed(world, 2 * SLOW_READER_LAG_MIN)
        before = wait_for(world, LAG, lambda events: events >= SLOW_READER_LAG_MIN)
        seen = late(world)
        after = wait_for(world, LAG, lambda events: events >= before)
    return seen, (before, after)


def measure_slow_reader(world):
    print(f"delivery to {SLOW_READER_SUBSCRIBERS} subscribers, from the event's time (the commit "
          "included) to its arrival, without and with one more that stopped reading")
    # Ended below; of itself, should this program be killed.
    with world.running("bench_load", target=world.grpc, card=world.card,
                       in_flight=SLOW_READER_IN_FLIGHT, measure_ms=TOOL_S * 1000):
        ratios = []
        for _ in range(SLOW_READER_ROUNDS):
            without = late_without(world)
            with_one, (before, after) = late_with_one(world)
            ratios.append(with_one["p99_ms"] / without["p99_ms"])
            print(f"  without: {without['events']} events, p50 {without['p50_ms']} ms, "
                  f"p99 {without['p99_ms']} ms; with: p50 {with_one['p50_ms']} ms, "
                  f"p99 {with_one['p99_ms']} ms, the one {before} to {after} events behind: "
                  f"ratio {ratios[-1]:.2f}")
    print(f"  p99, median of {SLOW_READER_ROUNDS} pairs: {statistics.median(ratios):.2f} "
          f"(bar: <= {SLOW_READER_RATIO_MAX:.2f})")


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
