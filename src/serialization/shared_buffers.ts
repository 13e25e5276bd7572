/** Buffers over shared memory travel by reference: the receiver gets a view of the same memory. */
import { referenceOfBuffer, sharedBufferFrom } from '../memory/shared_buffer.ts';
import { setBufferCodec } from './hooks.ts';
import { type Passengers, packReference, unpackReference } from './shared_objects.ts';

/** Where references cannot travel (through a socket) the bytes are copied like any others. */
function carriesReferences(context: unknown): boolean {
  return (context as Passengers | undefined)?.passengers !== undefined;
}

setBufferCodec({
  isShared: (buffer, context) => carriesReferences(context) && referenceOfBuffer(buffer) !== undefined,
  describe(buffer, context) {
    const reference = carriesReferences(context) ? referenceOfBuffer(buffer) : undefined;
    return reference && packReference(reference, 0, context);
  },
  resolve: (description) => sharedBufferFrom(unpackReference(description)),
});
