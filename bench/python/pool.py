"""A pool of two processes, or of eight, and a task that does nothing: what is left is the cost of the pool."""

import multiprocessing
import re

from timing import measure, measure_once, measure_percentile, which


def noop(x):
    return x


def apply_async(pool, n):
    results = [pool.apply_async(noop, (i,)) for i in range(n)]
    for result in results:
        result.get()


def imap(pool, n):
    for _ in pool.imap(noop, range(n), chunksize=1):
        pass


def one_at_a_time(pool, n):
    for i in range(n):
        pool.apply(noop, (i,))


def main():
    row, percentile, workers = re.fullmatch(r"([a-z]+)(?:-p(\d+))?(?:-(\d+))?", which).groups()
    with multiprocessing.Pool(int(workers or 2)) as pool:
        million = list(range(1_000_000)) if row in ("million", "again") else []
        rows = {
            "map": lambda: measure(lambda n: pool.map(noop, range(n), chunksize=1)),
            "apply": lambda: measure(lambda n: apply_async(pool, n)),
            "imap": lambda: measure(lambda n: imap(pool, n)),
            "million": lambda: measure_once(lambda items: pool.map(noop, items), million, [range(10_000)]),
            "again": lambda: measure_once(lambda items: pool.map(noop, items), million, [million, million]),
            "one": lambda: measure(lambda n: one_at_a_time(pool, n)),
        }
        if percentile:
            measure_percentile(lambda: pool.apply(noop, (1,)), int(percentile))
        else:
            rows[row]()


if __name__ == "__main__":
    main()
