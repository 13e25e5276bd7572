"""Two processes that meet at a Barrier, again and again."""

import multiprocessing

from timing import measure


def meet(orders, barrier):
    while n := orders.recv():
        for _ in range(n):
            barrier.wait()


def main():
    receiver, orders = multiprocessing.Pipe(duplex=False)
    barrier = multiprocessing.Barrier(2)
    other = multiprocessing.Process(target=meet, args=(receiver, barrier))
    other.start()
    receiver.close()

    def run(n):
        orders.send(n)
        for _ in range(n):
            barrier.wait()

    measure(run, 5000)
    orders.send(0)
    other.join()


if __name__ == "__main__":
    main()
