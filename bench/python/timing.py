"""What every measuring program shares: run the work often enough to be worth timing, print one line of JSON."""

import json
import math
import sys
import time

which = sys.argv[1] if len(sys.argv) > 1 else ""
target = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0


def show(ops, seconds, **more):
    print(json.dumps({"ops": ops, "seconds": seconds, **more}), flush=True)


def measure(run, first=100):
    """The same steps as measure() in bench/harness/timing.ts."""
    run(first)
    n = first
    while True:
        start = time.perf_counter()
        run(n)
        seconds = time.perf_counter() - start
        if seconds >= target * 0.7:
            show(n, seconds)
            return
        n = math.ceil(n * min(10, max(1.5, target / max(seconds, 1e-6))))


def measure_once(run, items, before):
    for other in before:
        run(other)
    start = time.perf_counter()
    run(items)
    show(len(items), time.perf_counter() - start)


def measure_percentile(run, percentile):
    """As measurePercentile() in bench/harness/timing.ts."""
    for _ in range(1000):
        run()
    times = []
    end = time.perf_counter() + target
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    times.sort()
    show(1, times[min(len(times) - 1, len(times) * percentile // 100)])
