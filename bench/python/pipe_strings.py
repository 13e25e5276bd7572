"""Strings of 256 bytes through a Pipe: a child produces, the main program consumes."""

import multiprocessing

from timing import measure

MESSAGE = "x" * 256


def produce(conn):
    while n := conn.recv():
        for _ in range(n):
            conn.send(MESSAGE)


def main():
    here, there = multiprocessing.Pipe()
    producer = multiprocessing.Process(target=produce, args=(there,))
    producer.start()
    there.close()

    def consume(n):
        here.send(n)
        for _ in range(n):
            here.recv()

    measure(consume, 1000)
    here.send(0)
    producer.join()


if __name__ == "__main__":
    main()
