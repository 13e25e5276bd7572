"""Strings of 256 bytes and byte messages of 1 MiB over sockets: a child connects to a Listener and produces, the main program consumes."""

import multiprocessing
from multiprocessing.connection import Client, Listener

from timing import measure, which

STRING = "x" * 256
BYTES = b"\1" * (1024 * 1024)


def produce(address, kind):
    conn = Client(address)
    while n := conn.recv():
        for _ in range(n):
            if kind == "strings":
                conn.send(STRING)
            else:
                conn.send_bytes(BYTES)


def main():
    family, content, _ = which.split("-")
    listener = Listener(("localhost", 0)) if family == "tcp" else Listener(family="AF_UNIX")
    producer = multiprocessing.Process(target=produce, args=(listener.address, content))
    producer.start()
    conn = listener.accept()
    listener.close()
    receive = conn.recv if content == "strings" else conn.recv_bytes

    def consume(n):
        conn.send(n)
        for _ in range(n):
            receive()

    measure(consume, 1000 if content == "strings" else 10)
    conn.send(0)
    producer.join()


if __name__ == "__main__":
    main()
