"""Locks that nobody else wants: acquire and release. An Event that nobody waits for."""

import multiprocessing

from timing import measure, which

FIRST = 10_000


def acquire_and_release(lock):
    def run(n):
        for _ in range(n):
            lock.acquire()
            lock.release()

    measure(run, FIRST)


def nested():
    lock = multiprocessing.RLock()
    with lock:
        acquire_and_release(lock)


def event():
    event = multiprocessing.Event()

    def run(n):
        for _ in range(n):
            event.set()
            event.clear()

    measure(run, FIRST)


def main():
    programs = {
        "lock": lambda: acquire_and_release(multiprocessing.Lock()),
        "rlock": lambda: acquire_and_release(multiprocessing.RLock()),
        "rlock-nested": nested,
        "semaphore": lambda: acquire_and_release(multiprocessing.Semaphore()),
        "event": event,
    }
    programs[which]()


if __name__ == "__main__":
    main()
