"""From start() to joined, one process after another: `spawn`, or with `warm` `forkserver`, each after a pause; with `preload` the server has this module loaded."""

import math
import multiprocessing
import time

from timing import measure, show, target, which

PAUSE = 0.3


def nothing():
    pass


def start(context):
    process = context.Process(target=nothing)
    process.start()
    process.join()


def after_pauses(n):
    context = multiprocessing.get_context("forkserver")
    seconds = 0
    for i in range(-2, n):
        time.sleep(PAUSE)
        begun = time.perf_counter()
        start(context)
        if i >= 0:
            seconds += time.perf_counter() - begun
    show(n, seconds)


def main():
    if which == "preload":
        multiprocessing.set_forkserver_preload(["__main__", "start"])
    if which != "spawn":
        after_pauses(math.ceil(10 * target))
        return
    context = multiprocessing.get_context("spawn")

    def run(n):
        for _ in range(n):
            start(context)

    measure(run, 5)


if __name__ == "__main__":
    main()
