"""A list and a queue of a SyncManager, used from the program that started it, one call at a time. An operation of the queue is a put and a get."""

import multiprocessing

from timing import measure, which


def main():
    with multiprocessing.Manager() as manager:
        numbers = manager.list(range(10))
        queue = manager.Queue()

        def read(n):
            for _ in range(n):
                numbers[3]

        def pass_on(n):
            for i in range(n):
                queue.put(i)
                queue.get()

        measure(pass_on if which in ("queue", "together") else read, 100)


if __name__ == "__main__":
    main()
