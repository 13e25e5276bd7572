/** Large messages come in memory that the process has had before: its pages are not new to it each time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe, Process } from 'multiproc';
import { type Connection, Listener } from 'multiproc/connection';
import { within } from '../support/within.js';
import { FORMS, type Form, keepLast, SIZE, sendThere } from './tasks.js';

const PAGE = 4096;
/** Until the heap has the size that it keeps. */
const FIRST = 300;
const COUNT = 500;
/** On a busy machine the garbage collector may free more at a time than the library keeps: the best of these counts. */
const TRIES = 3;
/** Pages of a message that are new: 1 to 8. Without a sign to the C library 35 to 100. */
const MOST = 16;
const { glibcVersionRuntime } = (process.report.getReport() as any).header;
const isGnu = process.platform === 'linux' && glibcVersionRuntime !== undefined;
/** Later versions of Node free more at a time than that library keeps: there it is half as many new pages at best. */
const skip = (!isGnu && 'of the GNU C library') || (Number.parseInt(process.versions.node, 10) > 20 && 'of Node 20');

function receive(conn: Connection<any, any>, form: Form, count: number): void {
  for (let i = 0; i < count; i++) {
    const came = form === 'bytes' ? conn.recvBytesSync() : conn.recvSync();
    assert.equal(came.byteLength, SIZE);
  }
}

for (const form of FORMS) {
  for (const way of ['a pipe', 'a socket'] as const) {
    test(`${form} of 1 MiB through ${way}`, { skip }, async () => {
      using listener = new Listener<any>({ family: 'AF_UNIX' });
      await listener.listen();
      const [here, there] = Pipe();
      const args = [way === 'a pipe' ? there : (listener.address as string), form, FIRST + TRIES * COUNT] as const;
      await using child = new Process({ target: sendThere, args: [...args] });
      child.start();
      there.close();
      using conn = way === 'a pipe' ? here : await listener.accept();
      receive(conn, form, FIRST);
      const tries = Array.from({ length: TRIES }, () => {
        const before = process.resourceUsage().minorPageFault;
        receive(conn, form, COUNT);
        return process.resourceUsage().minorPageFault - before;
      });
      const pages = Math.min(...tries);
      assert.ok(pages < COUNT * MOST, `${pages} new pages for ${COUNT} messages of ${SIZE / PAGE} pages`);
      await child.join();
    });
  }
}

test('what was freed goes back when no more comes, also what lies below something that is kept', {
  skip: !isGnu && skip,
}, async () => {
  const [here, there] = Pipe();
  // A process without anything is at 70 MiB.
  await using child = new Process({ target: keepLast, args: [there, 400, 160 * SIZE] });
  child.start();
  there.close();
  assert.equal(await within(here.recv(), 'its memory back'), SIZE);
  await child.join();
});
