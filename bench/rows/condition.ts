// Two processes that take turns: each waits for its turn under the Condition's lock, gives the turn to the other, and notifies. One operation is there and back.
import { Condition, isMain, Process } from 'multiproc';
import { RawArray } from 'multiproc/sharedctypes';
import { measure, which } from '../harness/timing.ts';

const Turn = { PARENT: 0, CHILD: 1, OVER: 2 } as const;

/** Until it is over. */
export function answerSync(condition: Condition, turn: Int32Array): void {
  for (;;) {
    using _ = condition.holdSync();
    condition.waitForSync(() => turn[0] !== Turn.PARENT);
    if (turn[0] === Turn.OVER) return;
    turn[0] = Turn.PARENT;
    condition.notify();
  }
}

export async function answerAsync(condition: Condition, turn: Int32Array): Promise<void> {
  for (;;) {
    using _ = await condition.hold();
    await condition.waitFor(() => turn[0] !== Turn.PARENT);
    if (turn[0] === Turn.OVER) return;
    turn[0] = Turn.PARENT;
    condition.notify();
  }
}

if (isMain(import.meta)) {
  const condition = new Condition();
  const turn = RawArray('i', 1);
  const isMine = (): boolean => turn[0] === Turn.PARENT;
  const [answer, play] = {
    sync: [
      answerSync,
      (n: number) => {
        for (let i = 0; i < n; i++) {
          using _ = condition.holdSync();
          turn[0] = Turn.CHILD;
          condition.notify();
          condition.waitForSync(isMine);
        }
      },
    ] as const,
    async: [
      answerAsync,
      async (n: number) => {
        for (let i = 0; i < n; i++) {
          using _ = await condition.hold();
          turn[0] = Turn.CHILD;
          condition.notify();
          await condition.waitFor(isMine);
        }
      },
    ] as const,
  }[which as 'sync' | 'async'];
  const child = new Process({ target: answer, args: [condition, turn] }).start();
  await measure(play, 5000);
  await condition.runExclusive(() => {
    turn[0] = Turn.OVER;
    condition.notify();
  });
  await child.join();
}
