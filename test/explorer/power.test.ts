/** That the explorer finds what is wrong, and only that. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { endExploring, explore, isLeftOut } from './interleavings.js';

const toys = new URL('interleaved/toys.js', import.meta.url).href;
const right = ['a spin lock', 'a spin lock of three', 'a lock with sleepers', 'a lock with three sleepers', 'an atomic update'];
const wrong: Record<string, RegExp> = {
  'a lock that looks, then takes': /an update is lost/,
  'an unlock that forgets to wake': /lost wake-up or deadlock: worker [01] sleeps/,
  'an unlock that looks for sleepers too early': /lost wake-up or deadlock: worker [01] sleeps/,
  'an update that is lost': /an update is lost/,
  'two locks in different orders': /endless/,
};

after(endExploring);

for (const name of right) {
  test(`nothing is wrong with ${name}`, { skip: isLeftOut(name) }, async (t) => {
    t.diagnostic((await explore(toys, name)).text);
  });
}

for (const [name, message] of Object.entries(wrong)) {
  test(`the explorer finds ${name}`, { skip: isLeftOut(name) }, async (t) => {
    const began = performance.now();
    await assert.rejects(explore(toys, name), (error: Error) => {
      t.diagnostic(`after ${Math.round(performance.now() - began)} ms: ${error.message.split('\n').slice(0, 2).join('; ')}`);
      return message.test(error.message);
    });
  });
}
