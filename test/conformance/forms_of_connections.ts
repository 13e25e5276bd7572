/** Both forms of the operations of a connection. */
import type { Connection, Waitable } from 'multiproc';
import type { Awaitable, SyncContext } from './context.js';
import type { Form } from './forms.js';

type Any = Connection<any, any>;

export function send(form: Form, connection: Any, value: unknown): Awaitable<void> {
  return form === 'async' ? connection.send(value) : connection.sendSync(value);
}

export function recv(form: Form, connection: Any): Awaitable<any> {
  return form === 'async' ? connection.recv() : connection.recvSync();
}

export function sendBytes(
  form: Form,
  connection: Any,
  bytes: Buffer,
  window?: { offset?: number; size?: number },
): Awaitable<void> {
  return form === 'async' ? connection.sendBytes(bytes, window) : connection.sendBytesSync(bytes, window);
}

export function recvBytes(form: Form, connection: Any): Awaitable<Buffer> {
  return form === 'async' ? connection.recvBytes() : connection.recvBytesSync();
}

export function recvBytesInto(form: Form, connection: Any, view: ArrayBufferView, offset?: number): Awaitable<number> {
  return form === 'async' ? connection.recvBytesInto(view, { offset }) : connection.recvBytesIntoSync(view, { offset });
}

/** Without `timeout` it does not wait. */
export function poll(form: Form, connection: Any, timeout?: number): Awaitable<boolean> {
  const options = timeout === undefined ? undefined : { timeout };
  return form === 'async' ? connection.poll(options) : connection.pollSync(options);
}

export function waitFor<T extends Waitable>(
  context: SyncContext,
  form: Form,
  objects: readonly T[],
  timeout?: number,
): Awaitable<T[]> {
  return form === 'async' ? context.wait(objects, { timeout }) : context.waitSync(objects, { timeout });
}
