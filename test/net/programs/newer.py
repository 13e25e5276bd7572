"""What Python 3.12 and later speak, over the raw connection of any version: `newer.py client ADDRESS KEY [DIGEST]` or `newer.py listener KEY [DIGEST]`."""

import hashlib
import hmac
import json
import os
import sys
from multiprocessing.connection import Client, Listener


def digest_of(name, key, message):
    return b"{%s}" % name.encode() + hmac.new(key, message, name).digest()


def deliver(connection, key, name):
    message = b"{%s}" % name.encode() + os.urandom(40)
    connection.send_bytes(b"#CHALLENGE#" + message)
    answer = connection.recv_bytes(256)
    # Whoever is asked by the name of a digest has to answer with it.
    right = hmac.compare_digest(answer, digest_of(name, key, message))
    connection.send_bytes(b"#WELCOME#" if right else b"#FAILURE#")
    return right


def answer(connection, key):
    message = connection.recv_bytes(256)
    assert message.startswith(b"#CHALLENGE#"), message
    message = message[len(b"#CHALLENGE#") :]
    assert message.startswith(b"{"), message
    name = message[1 : message.index(b"}")].decode()
    assert name in hashlib.algorithms_available, name
    print("asked for", name)
    connection.send_bytes(digest_of(name, key, message))
    return connection.recv_bytes(256) == b"#WELCOME#"


if sys.argv[1] == "client":
    where = json.loads(sys.argv[2])
    key = sys.argv[3].encode()
    name = sys.argv[4] if len(sys.argv) > 4 else "sha256"
    connection = Client(tuple(where) if isinstance(where, list) else where)
    verdict = answer(connection, key) and deliver(connection, key, name)
else:
    key = sys.argv[2].encode()
    name = sys.argv[3] if len(sys.argv) > 3 else "sha256"
    listener = Listener(("localhost", 0))
    print(json.dumps(listener.address))
    connection = listener.accept()
    verdict = deliver(connection, key, name) and answer(connection, key)
print("welcome" if verdict else "refused")
if verdict:
    connection.send_bytes(connection.recv_bytes())
connection.close()
