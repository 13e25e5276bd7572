/**
 * Four processes count in one shared value: without a lock (the addition itself is atomic), and with one (any change can be made whole).
 */
import { isMain, Process, Value } from 'multiproc';
import { struct } from 'multiproc/sharedctypes';

const Account = struct({ balance: 'd', bookings: 'I' });

export function count(hits: Value<'i'>, account: Value<typeof Account>): void {
  for (let i = 0; i < 10_000; i++) hits.add(1);
  for (let i = 0; i < 1000; i++) {
    // Two fields that belong together: nobody sees the one without the other.
    const hold = account.holdSync();
    account.balance += 0.5;
    account.bookings += 1;
    hold.release();
  }
}

if (isMain(import.meta)) {
  const hits = new Value('i', 0);
  const account = new Value(Account, { balance: 100 });
  const workers = Array.from({ length: 4 }, () => new Process({ target: count, args: [hits, account] }).start());
  for (const worker of workers) await worker.join();
  console.log(`hits ${hits.value}, balance ${account.balance} after ${account.bookings} bookings`);
}

/* Prints:
hits 40000, balance 2100 after 4000 bookings
*/
