"""Strings of 256 bytes through a Queue: a child produces, the main program consumes; with `joinable` from a JoinableQueue, telling that each item is done."""

import multiprocessing

from timing import measure, which

MESSAGE = "x" * 256


def produce(orders, queue):
    while n := orders.recv():
        for _ in range(n):
            queue.put(MESSAGE)


def main():
    receiver, orders = multiprocessing.Pipe(duplex=False)
    is_joinable = which == "joinable"
    queue = multiprocessing.JoinableQueue() if is_joinable else multiprocessing.Queue()
    producer = multiprocessing.Process(target=produce, args=(receiver, queue))
    producer.start()
    receiver.close()

    def consume(n):
        orders.send(n)
        for _ in range(n):
            queue.get()
            if is_joinable:
                queue.task_done()

    measure(consume, 1000)
    orders.send(0)
    producer.join()


if __name__ == "__main__":
    main()
