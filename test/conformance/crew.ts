/**
 * Workers that work again: a process takes a tenth of a second of processor time to start, and most workers of the suites run one function that
 * does not care what the process did before. One that is killed, or fails, is not used again.
 */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { type Connection, Pipe, Process } from 'multiproc';
import type { Context, Worker } from './context.js';

type Order = readonly [target: (...args: any[]) => unknown, args: readonly unknown[]];
type Orders = Connection<null, Order>;

/** What a member runs: one order after the other, until there are no more. */
export async function serve(orders: Connection<Order, null>): Promise<void> {
  for await (const [target, args] of orders) {
    await target(...args);
    await orders.send(null);
  }
}

interface Member {
  readonly process: Process;
  readonly orders: Orders;
}

class Crew {
  readonly #all: Member[] = [];
  readonly #idle: Member[] = [];

  start<A extends readonly unknown[]>(target: (...args: A) => unknown, args: readonly [...A]): Worker {
    const member = this.#idle.pop() ?? this.#boot();
    const { process, orders } = member;
    const sent = orders.send([target as Order[0], args]);
    const done = sent
      .then(() => orders.recv())
      .then(
        () => {
          this.#idle.push(member);
          return 0;
        },
        () => process.join(),
      );
    return { name: process.name, join: () => done, kill: () => process.kill() };
  }

  /** Those that were not killed end by themselves, and well. */
  async end(): Promise<void> {
    for (const { orders } of this.#all) orders.close();
    await Promise.all(this.#all.map(({ process }) => process.join()));
    for (const { process } of this.#idle) assert.equal(process.exitCode, 0);
  }

  #boot(): Member {
    const [orders, theirs] = Pipe<null, Order>();
    const process = new Process({ target: serve, args: [theirs], daemon: true }).start();
    theirs.close();
    const member = { process, orders };
    this.#all.push(member);
    return member;
  }
}

/** The same context with a crew. Whether shared memory is sound is asked when the crew has ended: what it does by itself, it does at any time. */
export function withCrew<C extends Context>(context: C): C {
  const crew = new Crew();
  after(async () => {
    await crew.end();
    assert.deepEqual(context.problems(), []);
  });
  return { ...context, start: crew.start.bind(crew), problems: () => [] };
}
