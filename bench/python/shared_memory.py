"""Reading and writing numbers in shared memory that nobody else touches. Array and Value take their lock each time, as they do by default."""

import multiprocessing
from multiprocessing.sharedctypes import RawArray

from timing import measure, which

LENGTH = 1024
MASK = LENGTH - 1


def read(a):
    def run(n):
        total = 0.0
        for i in range(n):
            total += a[i & MASK]
        return total

    return run


def write(a):
    def run(n):
        for i in range(n):
            a[i & MASK] = i

    return run


def get(value):
    def run(n):
        total = 0
        for _ in range(n):
            total += value.value
        return total

    return run


def add(value):
    def run(n):
        for _ in range(n):
            with value.get_lock():
                value.value += 1

    return run


def main():
    run = {
        "rawarray-read": lambda: read(RawArray("d", LENGTH)),
        "rawarray-write": lambda: write(RawArray("d", LENGTH)),
        "sharedarray-get": lambda: read(multiprocessing.Array("d", LENGTH)),
        "sharedarray-set": lambda: write(multiprocessing.Array("d", LENGTH)),
        "value-get": lambda: get(multiprocessing.Value("i", 1)),
        "value-add": lambda: add(multiprocessing.Value("i")),
    }[which]()
    measure(run, 10_000)


if __name__ == "__main__":
    main()
