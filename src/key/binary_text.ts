import { digestBytes } from "./digest.ts";

/** Bytes up to this many stand in a fingerprint themselves; of more, their digest does. */
const LONGEST_BYTES = 1024;

const FLOATS: ReadonlySet<string> = new Set(["Float16Array", "Float32Array", "Float64Array"]);

/** The numbers of a typed array that holds fractions. */
type Floats = Float32Array | Float64Array;

/**
 * The content of a buffer or a view as text, its length first.
 *
 * Not-a-number has many bit patterns, and which one a runtime writes is its own affair: all are written as one. `round`
 * is applied to fractions.
 */
export function binaryText(
  kind: string,
  value: ArrayBufferLike | ArrayBufferView,
  round?: (value: number) => number,
): string {
  if (!ArrayBuffer.isView(value)) return `${resizing(value)}${bytesText(new Uint8Array(value))}`;
  if ((value.buffer as { detached?: boolean }).detached === true) throw new TypeError("the buffer is detached");
  const exact = FLOATS.has(kind) ? exactFloats(value as Floats, round) : value;
  return bytesText(new Uint8Array(exact.buffer, exact.byteOffset, exact.byteLength));
}

function resizing(buffer: ArrayBufferLike): string {
  const { resizable, growable, maxByteLength, detached } = buffer as {
    resizable?: boolean;
    growable?: boolean;
    maxByteLength?: number;
    detached?: boolean;
  };
  if (detached === true) throw new TypeError("the buffer is detached");
  return resizable === true || growable === true ? `,${maxByteLength}` : "";
}

/** The same numbers, rounded if asked for, with one bit pattern for all that is not a number. */
function exactFloats(floats: Floats, round: ((value: number) => number) | undefined): Floats {
  if (round === undefined && !floats.some(Number.isNaN)) return floats;
  const copy = floats.slice();
  const bytes = new Uint8Array(copy.buffer);
  const width = copy.BYTES_PER_ELEMENT;
  const quiet = QUIET[width]!;
  for (let i = 0; i < copy.length; i++) {
    if (Number.isNaN(copy[i])) bytes.set(quiet, i * width);
    else if (round !== undefined) copy[i] = round(copy[i]!);
  }
  return copy;
}

/** Not-a-number in little-endian bytes, by width. */
const QUIET: Readonly<Record<number, readonly number[]>> = {
  2: [0, 0x7e],
  4: [0, 0, 0xc0, 0x7f],
  8: [0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
};

function bytesText(bytes: Uint8Array): string {
  if (bytes.length > LONGEST_BYTES) return `,#${bytes.length}:${digestBytes(bytes)}`;
  return `,'${bytes.length}:${String.fromCharCode(...bytes)}`;
}
