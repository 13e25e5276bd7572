"""Strings of 256 bytes through a Queue: a child produces, the main program consumes."""

import multiprocessing

from timing import measure

MESSAGE = "x" * 256


def produce(orders, queue):
    while n := orders.recv():
        for _ in range(n):
            queue.put(MESSAGE)


def main():
    receiver, orders = multiprocessing.Pipe(duplex=False)
    queue = multiprocessing.Queue()
    producer = multiprocessing.Process(target=produce, args=(receiver, queue))
    producer.start()
    receiver.close()

    def consume(n):
        orders.send(n)
        for _ in range(n):
            queue.get()

    measure(consume, 1000)
    orders.send(0)
    producer.join()


if __name__ == "__main__":
    main()
