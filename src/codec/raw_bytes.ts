/**
 * Binary values as bodies: exactly the bytes that the value shows, little-endian.
 *
 * Sealing copies nothing unless the memory is shared between threads or the machine is big-endian, so a caller that goes on
 * writing into a value while it is being stored makes the stored entry damaged, which is a miss. Opening uses the memory of
 * a body that fills its whole buffer, since engines hand out bytes that nobody else holds, and copies any other.
 */

import { SerializationError } from "../errors.ts";
import { type BinaryType, binaryTypeNamed, type Window } from "./binary_type.ts";
import { LITTLE_ENDIAN } from "./checksum.ts";

/** The bytes of a window, in place where that is safe. */
export function bytesOf(window: Window, width: number): Uint8Array {
  const bytes = new Uint8Array(window.buffer, window.offset, window.byteLength);
  if (!LITTLE_ENDIAN && width > 1) return reverseElements(bytes.slice(), width);
  return bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice();
}

/** The binary type of a name and whether so many bytes fit it. Throws a `SerializationError` when they do not. */
export function binaryTypeFor(name: string, byteLength: number): BinaryType {
  const type = binaryTypeNamed(name);
  if (type === undefined) {
    throw new SerializationError(
      `Cannot read a stored value: it is a ${name}, which this runtime does not have; it counts as a miss`,
    );
  }
  if (byteLength % type.width !== 0) {
    throw new SerializationError(
      `Cannot read a stored value: ${byteLength} bytes are no whole number of elements of a ${name}; it counts as a miss`,
    );
  }
  return type;
}

/** The binary value that a body holds. */
export function valueFromBytes(body: Uint8Array, name: string): object {
  const type = binaryTypeFor(name, body.byteLength);
  const fills = body.byteOffset === 0 && body.byteLength === body.buffer.byteLength &&
    body.buffer instanceof ArrayBuffer;
  const buffer = fills ? body.buffer as ArrayBuffer : copyOf(body);
  if (!LITTLE_ENDIAN && type.width > 1) reverseElements(new Uint8Array(buffer), type.width);
  return type.over(buffer, 0, body.byteLength);
}

/** A buffer of its own with the same bytes. `slice` of a Node `Buffer` would not copy. */
export function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return copy.buffer;
}

/** Turns the bytes of each element round, in place. */
export function reverseElements(bytes: Uint8Array, width: number): Uint8Array {
  for (let i = 0; i < bytes.byteLength; i += width) bytes.subarray(i, i + width).reverse();
  return bytes;
}
