"""One Lock that eight processes want all the time. `increments`: together they count. `fairness`: what each of them gets, and its longest wait."""

import math
import multiprocessing
import time
from multiprocessing.sharedctypes import RawArray

from timing import show, target, which

PROCESSES = 8


def begin(ready, go):
    ready.release()
    go.wait()


def increment(ready, go, lock, counter, n):
    begin(ready, go)
    for _ in range(n):
        lock.acquire()
        counter[0] += 1
        lock.release()


def hammer(ready, go, lock, seconds, results, index):
    begin(ready, go)
    now = time.perf_counter()
    end = now + seconds
    count = 0
    longest = 0.0
    while now < end:
        lock.acquire()
        acquired = time.perf_counter()
        lock.release()
        longest = max(longest, acquired - now)
        count += 1
        now = time.perf_counter()
    results[2 * index] = count
    results[2 * index + 1] = longest


def together(work, *args, indexed=False):
    ready, go = multiprocessing.Semaphore(0), multiprocessing.Event()
    processes = [
        multiprocessing.Process(target=work, args=(ready, go, *args, *([index] if indexed else [])))
        for index in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    begun = time.perf_counter()
    go.set()
    for process in processes:
        process.join()
    return time.perf_counter() - begun


def increments():
    lock, counter = multiprocessing.Lock(), RawArray("i", 1)
    # Fewer than ours: the figure is per increment.
    each = math.ceil(1_000_000 * target / PROCESSES)
    seconds = together(increment, lock, counter, each)
    assert counter[0] == each * PROCESSES, "increments were lost"
    show(counter[0], seconds, note=f"{counter[0]} increments in {seconds:.2f} s, none lost")


def fairness():
    lock, results = multiprocessing.Lock(), RawArray("d", 2 * PROCESSES)
    together(hammer, lock, 2 * target, results, indexed=True)
    counts = sorted(int(count) for count in results[0::2])
    least, middle, most = (f"{count} ({100 * count / sum(counts):.1f}%)" for count in (counts[0], counts[PROCESSES // 2], counts[-1]))
    show(1, max(results[1::2]), note=f"acquisitions of a process: min {least}, median {middle}, max {most}")


def main():
    {"increments": increments, "fairness": fairness}[which]()


if __name__ == "__main__":
    main()
