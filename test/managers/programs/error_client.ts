/** Tries what cannot be done with a manager of another program, and prints the errors. */
import { isMain } from 'multiproc';
import { connectManager, type ManagerAddress } from 'multiproc/managers';
import { MyManager } from '../types.js';

const print = async (what: string, attempt: () => Promise<unknown>): Promise<void> => {
  try {
    console.log(what, await attempt());
  } catch (error) {
    const { name, code, message, stack } = error as Error & { code: string };
    console.log(what, name, code, /a key|another key/.test(`${message} ${stack}`) ? 'shows the key' : '');
  }
};

if (isMain(import.meta)) {
  const [, , text, unused] = process.argv;
  const address = JSON.parse(text) as ManagerAddress;
  const authkey = 'a key';
  for (const bad of [['localhost'], ['localhost', 'x'], ['localhost', 70_000], '', 7, { host: 'localhost' }, 'localhost:6000'])
    await print('malformed', () => connectManager({ address: bad as never, authkey }));
  await print('malformed start', () => new MyManager({ address: ['localhost', -1], authkey }).start());
  await print('no key', () => connectManager({ address }));
  await print('wrong key', () => connectManager({ address, authkey: 'another key' }));
  await print('refused', () => connectManager({ address: ['127.0.0.1', Number(unused)], authkey }));
  await print('no such path', () => connectManager({ address: '/nowhere/socket', authkey }));
  await print('in use', () => new MyManager({ address, authkey }).start());
  const manager = await connectManager<MyManager>({ address, authkey });
  await print('unknown typeid', () => manager.create('Nothing'));
  const maths = await manager.create('Maths');
  await print('not exposed', () => (maths as any).callMethod('_hidden'));
  await print('a result that cannot be sent', () => maths.unsendable());
  await print('an argument that cannot be sent', () => maths.echo({ on: new WeakMap() }));
  await print('a function', () => maths.echo(setTimeout));
  await print('blocking', async () => maths.sync.add(1, 2));
  await print('shutdown', () => (manager as any).shutdown());
  await print('still', () => maths.add(1, 2));
}
