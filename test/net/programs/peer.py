"""The other side of a connection, in Python: `peer.py client ADDRESS KEY` or `peer.py listener FAMILY KEY`. Echoes byte messages until b'end'."""

import json
import sys
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

role, where, key = sys.argv[1:4]
authkey = None if key == "-" else key.encode()


def address():
    parsed = json.loads(where)
    return tuple(parsed) if isinstance(parsed, list) else parsed


def echo(connection):
    while True:
        message = connection.recv_bytes()
        if message == b"end":
            return
        connection.send_bytes(message)


def name(error):
    return type(error).__name__


if role == "client":
    try:
        connection = Client(address(), authkey=authkey)
        print("connected")
        echo(connection)
        connection.close()
    except (AuthenticationError, EOFError, OSError) as error:
        print(name(error))
elif role == "writer":
    # Connects, writes and leaves.
    connection = Client(address(), authkey=authkey)
    connection.send_bytes(b"last words")
    connection.close()
    print("left")
else:
    listener = Listener(("localhost", 0) if where == "AF_INET" else None, family=where, authkey=authkey)
    print(json.dumps(listener.address))
    while True:
        try:
            connection = listener.accept()
        except (AuthenticationError, EOFError, OSError) as error:
            print(name(error))
            continue
        print("accepted")
        echo(connection)
        break
