"""A Lock that nobody else wants: acquire and release."""

import multiprocessing

from timing import measure


def main():
    lock = multiprocessing.Lock()

    def run(n):
        for _ in range(n):
            lock.acquire()
            lock.release()

    measure(run, 10_000)


if __name__ == "__main__":
    main()
