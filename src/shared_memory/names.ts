/** Names of shared memory, as users and other programs see them: without the slash that the system puts before them. */
import { argumentRangeError, argumentTypeError, SerializationError } from '../base/errors.ts';
import { platform } from '../platform/current.ts';

/** As short as CPython's `psm_xxxxxxxx`: some systems allow 14 characters. */
export function generateName(): string {
  return `mps_${process.getBuiltinModule('node:crypto').randomBytes(4).toString('hex')}`;
}

/** Throws TypeError, RangeError: `who` cannot use this name. */
export function checkName(name: unknown, who: string): asserts name is string {
  if (typeof name !== 'string')
    throw argumentTypeError(`${who}: the name must be a string, not ${name === null ? 'null' : typeof name}`);
  const { maxNameBytes } = platform().named;
  const problem =
    name === '' || name === '.' || name === '..'
      ? 'no name of shared memory'
      : name.includes('\0')
        ? 'a name cannot have a NUL character'
        : name.includes('/')
          ? "give it without a slash: Python's '/name' is 'name' here too"
          : !name.isWellFormed()
            ? 'it has half of a surrogate pair'
            : Buffer.byteLength(name) > maxNameBytes
              ? `it has ${Buffer.byteLength(name)} bytes, and ${maxNameBytes} are allowed`
              : undefined;
  if (problem !== undefined) throw argumentRangeError(`${who}: ${JSON.stringify(name.slice(0, 300))}: ${problem}`);
}

/** The name and identity in a message, which may be hostile. */
export function checkDescription(description: unknown): [name: string, identity: string] {
  if (!Array.isArray(description) || description.length !== 2 || typeof description[1] !== 'string')
    throw new SerializationError('a message names a block of shared memory in a form that is not ours');
  checkName(description[0], 'a message');
  return [description[0], description[1]];
}
