import { readArrayBuffer, readBuffer, readResizableBuffer, readSharedBuffer, readView } from './decode_binary.ts';
import { readLibraryObject, readReduced, readReducedNative, readSubclass } from './decode_classes.ts';
import { readDomException, readError } from './decode_errors.ts';
import {
  ARRAY_BUFFER,
  BOXED,
  BUFFER,
  DATE,
  DOM_EXCEPTION,
  ERROR,
  LIBRARY_OBJECT,
  REDUCED,
  REDUCED_NATIVE,
  REGEXP,
  RESIZABLE_BUFFER,
  SHARED_BUFFER,
  SUBCLASS,
  URL_OBJECT,
  VIEW,
} from './format.ts';
import type { Decoder } from './value_reader.ts';

/** Decoders by tag, of the kinds that the reader does not know itself. */
export const decoders: (Decoder | undefined)[] = new Array(0x40).fill(undefined);

decoders[DATE] = (reader, number) => reader.known(number, new Date(reader.float64()));

decoders[REGEXP] = (reader, number) => {
  const source = reader.string();
  const flags = reader.string();
  return reader.known(
    number,
    reader.guarded('a regular expression is invalid here', () => new RegExp(source, flags)),
  );
};

decoders[BOXED] = (reader, number) => {
  const primitive = reader.value();
  const type = typeof primitive;
  if (type !== 'number' && type !== 'string' && type !== 'boolean' && type !== 'bigint')
    return reader.damaged('a boxed primitive has no primitive');
  return reader.known(number, Object(primitive));
};

decoders[URL_OBJECT] = (reader, number) => {
  const href = reader.string();
  return reader.known(
    number,
    reader.guarded('a URL is invalid', () => new URL(href)),
  );
};

decoders[ARRAY_BUFFER] = readArrayBuffer;
decoders[RESIZABLE_BUFFER] = readResizableBuffer;
decoders[SHARED_BUFFER] = readSharedBuffer;
decoders[VIEW] = readView;
decoders[BUFFER] = readBuffer;
decoders[ERROR] = readError;
decoders[DOM_EXCEPTION] = readDomException;
decoders[SUBCLASS] = readSubclass;
decoders[REDUCED] = readReduced;
decoders[REDUCED_NATIVE] = readReducedNative;
decoders[LIBRARY_OBJECT] = readLibraryObject;
