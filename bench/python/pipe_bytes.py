"""Byte messages of 1 MiB through a Pipe: `fresh` makes a new object of each, `into` reads into one and the same; `views` is `fresh`."""

import multiprocessing

from timing import measure, which

SIZE = 1024 * 1024


def produce(conn):
    message = b"\1" * SIZE
    while n := conn.recv():
        for _ in range(n):
            conn.send_bytes(message)


def main():
    here, there = multiprocessing.Pipe()
    producer = multiprocessing.Process(target=produce, args=(there,))
    producer.start()
    there.close()
    buffer = bytearray(SIZE)
    receive = (lambda: here.recv_bytes_into(buffer)) if which == "into" else here.recv_bytes

    def consume(n):
        here.send(n)
        for _ in range(n):
            receive()

    measure(consume, 10)
    here.send(0)
    producer.join()


if __name__ == "__main__":
    main()
