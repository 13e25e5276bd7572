import { registerReducer } from '#dist/serialization/registry.js';

/** Can be sent, and not decoded. */
export class Explosive {}
registerReducer(
  Explosive,
  () => 0,
  () => {
    throw new Error('cannot be decoded');
  },
);
