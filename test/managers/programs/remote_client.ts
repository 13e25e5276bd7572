/** A program of its own that uses a manager by its address: what it is told on its command line. It prints what it sees, and stays until its input ends. */
import { once } from 'node:events';
import { isMain } from 'multiproc';
import { connectManager, type Remote } from 'multiproc/managers';
import type { Board, Box, MyManager, Part } from '../types.js';

const failure = (error: any): string => `${error.name}: ${error.code}`;

if (isMain(import.meta)) {
  const [, , port, authkey] = process.argv;
  try {
    const manager = await connectManager<MyManager>({ address: ['127.0.0.1', Number(port)], authkey });
    using maths = await manager.Maths();
    console.log(await maths.add(1, 2), await maths.echo('é'), await maths.echo(null), await maths.echo(Buffer.from('b')));
    console.log(await maths.echo(setTimeout).catch(failure));
    console.log(await maths.fail('x').catch((error) => `${error.name} ${error.message} ${error.hint}`));
    console.log(await maths.unsendable().catch(failure));
    for await (const n of maths.count(2)) console.log(n);
    using outer = await manager.Box();
    {
      using inner: Remote<Box> = await manager.Box('nested');
      await outer.put(inner);
    }
    using back = (await outer.at(0)) as Remote<Box>;
    console.log(await back.at(0), await manager.numberOfObjects());
    console.log(await manager.create('Nothing').catch(failure));
    using part: Remote<Part> = await manager.Part('p');
    const pending = Array.from({ length: 1000 }, () => part.getName());
    console.log((await Promise.all(pending)).length, String(part).slice(0, 30));
    const board: Remote<Board> = await manager.Board();
    await board.hold();
    console.log('holds');
    await Promise.race([once(process.stdin, 'data'), board.wait()]);
  } catch (error) {
    console.log(failure(error));
  }
}
