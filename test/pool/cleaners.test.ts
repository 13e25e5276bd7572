/** A process that dies while it cleans up after another: whoever finds it dead finishes both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from 'multiproc';
import { fsck } from '#dist/memory/fsck.js';
import { Participant, ParticipantState } from '#dist/memory/layout.js';
import { slotOf, slotWord } from '#dist/memory/participants.js';
import { session } from '#dist/memory/session.js';
import { children, closeSoundly, until, within } from './support.js';
import { square } from './tasks.js';

const word = (owner: number, field: number): number => Atomics.load(session().arena.words, slotWord(slotOf(owner), field));
const set = (owner: number, field: number, value: number): unknown =>
  Atomics.store(session().arena.words, slotWord(slotOf(owner), field), value);

async function startedPool(processes: number): Promise<{ pool: Pool; owners: number[] }> {
  const pool = new Pool(processes);
  await pool.map(square, Array(20).fill(1), { chunksize: 1 });
  const { participants } = session();
  const pids = children();
  await until(
    () => pids.every((pid) => [...participants.listed()].some((owner) => participants.pid(slotOf(owner)) === pid)),
    'all workers',
  );
  return { pool, owners: [...participants.listed()].filter((owner) => pids.includes(participants.pid(slotOf(owner)))) };
}

test('a worker that dies while it cleans up after another', async () => {
  const { pool, owners } = await startedPool(2);
  const [first, second] = owners;
  const pids = owners.map((owner) => session().participants.pid(slotOf(owner)));
  // As if the second had found the first dead, and died in the middle: nobody else answers for the first one's slot.
  set(first, Participant.CLAIM, second);
  set(first, Participant.STATE, ParticipantState.DEAD);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(() => children().every((child) => !pids.includes(child)), 'the end of both');
  assert.deepEqual(await within(pool.map(square, [1, 2, 3], { chunksize: 1 }), 'a map'), [1, 4, 9]);
  assert.notEqual(word(first, Participant.CLAIM), second);
  await closeSoundly(pool);
});

test('a worker that dies while it leaves', async () => {
  const { pool, owners } = await startedPool(1);
  const [owner] = owners;
  set(owner, Participant.CLAIM, owner);
  set(owner, Participant.STATE, ParticipantState.DEAD);
  process.kill(session().participants.pid(slotOf(owner)), 'SIGKILL');
  assert.equal(await within(pool.apply(square, [3]), 'a task'), 9);
  await closeSoundly(pool);
});

test('the slot of one that is leaving is not taken by the next that starts', async () => {
  const { pool, owners } = await startedPool(1);
  const [owner] = owners;
  const state = word(owner, Participant.STATE);
  // As one that leaves by itself looks while it is still at it.
  set(owner, Participant.CLAIM, owner);
  set(owner, Participant.STATE, ParticipantState.DEAD);
  assert.equal(session().isDead(owner), false);
  const other = new Pool(1);
  assert.equal(word(owner, Participant.CLAIM), owner);
  assert.equal(session().participants.current(slotOf(owner)), owner);
  set(owner, Participant.STATE, state);
  set(owner, Participant.CLAIM, session().self);
  assert.equal(await within(other.apply(square, [3]), 'a task'), 9);
  await closeSoundly(other);
  await closeSoundly(pool);
  assert.deepEqual(fsck(session()), []);
});
