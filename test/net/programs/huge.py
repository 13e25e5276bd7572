"""Sends a message of so many bytes, and reads one that is as large: `huge.py ADDRESS KEY BYTES`. What is compared is each of its megabytes."""

import json
import sys
from multiprocessing.connection import Client

MIB = 1 << 20

where = json.loads(sys.argv[1])
size = int(sys.argv[3])
connection = Client(tuple(where) if isinstance(where, list) else where, authkey=sys.argv[2].encode())
message = bytearray(size)
for at in range(0, size, MIB):
    message[at] = (at // MIB) % 251
message[-1] = 77
connection.send_bytes(message)
del message
back = connection.recv_bytes()
assert len(back) == size
assert all(back[at] == (at // MIB) % 251 for at in range(0, size, MIB))
assert back[-1] == 77
connection.send_bytes(b"as it was")
