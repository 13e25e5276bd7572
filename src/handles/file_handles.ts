/** Files of `node:fs/promises`. The receiver's FileHandle is another descriptor for the same open file: they share the position. */
import type { FileHandle } from 'node:fs/promises';
import { platform } from '../platform/current.ts';
import { type Built, type Form, refuse } from './forms.ts';

/** What there is to open for a moment on every system. */
const ANY_FILE = '/dev/null';

export const fileHandles: Form<FileHandle> = {
  // Node does not export the class.
  is: (object) =>
    object.constructor?.name === 'FileHandle' &&
    typeof (object as FileHandle).fd === 'number' &&
    Object.getOwnPropertySymbols(object).some(({ description }) => description === 'kHandle'),
  fdOf({ fd }) {
    if (fd < 0) refuse('this FileHandle is closed');
    return fd;
  },
  // Only `open` makes one, and its descriptor can be made to be another for ours.
  async build(fd): Promise<Built<FileHandle>> {
    try {
      const file = await process.getBuiltinModule('node:fs').promises.open(ANY_FILE, 'r');
      platform().passing.replace(fd, file.fd);
      return { value: file, dismiss: () => void file.close() };
    } finally {
      platform().close(fd);
    }
  },
  syncAdvice: 'Node opens a FileHandle asynchronously only. Receive it with an async form, or send new Descriptor(file)',
};
