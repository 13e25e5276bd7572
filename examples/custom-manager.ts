/**
 * A manager of our own objects: a class as it is, the same class with other methods exposed, a generator, and a proxy class written by hand.
 * They live in the manager's process; everybody else has proxies, with the types of what they stand for.
 */
import { isMain, Process } from 'multiproc';
import { BaseManager, BaseProxy, type Remote } from 'multiproc/managers';

export class Thermometer {
  #degrees: number;
  readonly #past: number[] = [];

  constructor(degrees: number) {
    this.#degrees = degrees;
  }

  read(): number {
    return this.#degrees;
  }

  warm(by: number): number {
    this.#past.push(this.#degrees);
    this.#degrees += by;
    return this.#degrees;
  }

  /** Not for everybody: a name that begins with _ is exposed only where that is said. */
  _past(): number[] {
    return this.#past;
  }
}

/** One value at a time crosses over, when it is asked for. */
export function* squares(n: number): Generator<number> {
  for (let i = 1; i <= n; i++) yield i * i;
}

/** A proxy with a method that its referent does not have. */
export class ThermometerProxy extends BaseProxy<Thermometer> {
  async fahrenheit(): Promise<number> {
    return (await this.callMethod<number>('read')) * 1.8 + 32;
  }
}

export class Laboratory extends BaseManager.define({
  Thermometer,
  Recorder: { callable: Thermometer, exposed: ['warm', '_past'] },
  Imperial: { callable: Thermometer, proxyType: ThermometerProxy, exposed: ['read'] },
  squares,
}) {}

/** In another process: the proxy came as an argument. */
export async function heat(thermometer: Remote<Thermometer>): Promise<void> {
  await thermometer.warm(1.5);
}

if (isMain(import.meta)) {
  await using laboratory = new Laboratory();
  await laboratory.start();

  const thermometer = await laboratory.Thermometer(20);
  const heaters = [1, 2].map(() => new Process({ target: heat, args: [thermometer] }).start());
  for (const heater of heaters) await heater.join();
  console.log('after two processes:', await thermometer.read());

  const recorder = await laboratory.Recorder(5);
  await recorder.warm(3);
  console.log('it was', await recorder._past());
  console.log('it can be read:', 'read' in recorder);

  console.log('in Fahrenheit:', await (await laboratory.Imperial(25)).fahrenheit());
  for await (const square of await laboratory.squares(4)) console.log('square', square);
}

/* Prints:
after two processes: 23
it was [ 5 ]
it can be read: false
in Fahrenheit: 77
square 1
square 4
square 9
square 16
*/
