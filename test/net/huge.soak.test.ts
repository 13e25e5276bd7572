/** More than 2 GiB in one message, whose header has 8 bytes more, from Python and back. */
import assert from 'node:assert/strict';
import { freemem } from 'node:os';
import { test } from 'node:test';
import { Listener } from 'multiproc/connection';
import { FAMILIES, noPython, python, written } from './support.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const SIZE = Math.floor(2.2 * GIB) + 5;
/** Python's and ours, which grows by doubling. */
const NEEDED = 10 * GIB;
const skip = noPython || (freemem() < NEEDED && `needs ${NEEDED / GIB} GiB of memory`);

for (const family of FAMILIES) {
  test(`a message of ${SIZE} bytes from Python and back, ${family}`, { skip }, async () => {
    using listener = new Listener({ family, authkey: 'key', allowMd5: true });
    await listener.listen();
    const peer = python('huge.py', written(listener.address!), 'key', String(SIZE));
    using connection = await listener.accept();
    const bytes = await connection.recvBytes();
    assert.equal(bytes.length, SIZE);
    for (let at = 0; at < SIZE; at += MIB) assert.equal(bytes[at], (at / MIB) % 251, `at ${at}`);
    assert.equal(bytes[SIZE - 1], 77);
    if (family === 'AF_INET') await connection.sendBytes(bytes);
    else connection.sendBytesSync(bytes);
    assert.equal(String(await connection.recvBytes()), 'as it was');
    assert.deepEqual(await peer.ended(), []);
  });
}
