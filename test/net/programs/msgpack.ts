/** Asks for MessagePack, and prints the errors. */
import { Client, Listener } from 'multiproc/connection';

const print = ({ name, code, message }: Error & { code?: string }): void => console.log(name, code, message);

try {
  new Listener({ serializer: 'msgpack' });
} catch (error) {
  print(error as Error);
}
await Client(['localhost', 1], { serializer: 'msgpack' }).catch(print);
