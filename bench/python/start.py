"""From start() to joined, one process after another, with the start method `spawn`."""

import multiprocessing

from timing import measure


def nothing():
    pass


def main():
    context = multiprocessing.get_context("spawn")

    def run(n):
        for _ in range(n):
            process = context.Process(target=nothing)
            process.start()
            process.join()

    measure(run, 5)


if __name__ == "__main__":
    main()
