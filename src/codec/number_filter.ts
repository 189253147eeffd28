/**
 * How the bytes of numbers are rearranged before they are compressed.
 *
 * Why by trial: measured with zstd on 8 MB of doubles, a smooth surface goes from 0.95 of its size to 0.76 with the shuffle and
 * to 0.5 with differences, while prices with two decimals go from 0.16 up to 0.5, because repeated values no longer
 * stand together. A sample of the array tells which it is.
 */

import { shuffle, unshuffle } from "./byte_shuffle.ts";
import { LITTLE_ENDIAN } from "./checksum.ts";
import { damaged } from "./damage.ts";
import { fromDifferences, MAX_ORDER, toDifferences } from "./differences.ts";

/** Nothing, the byte shuffle, or differences of an order (1 to 4) and then the shuffle. */
export type NumberFilter = "none" | "shuffle" | 1 | 2 | 3 | 4;

const SAMPLE_BYTES = 32 * 1024;

/** Bytes of elements of `width` bytes after a filter. */
export function applyFilter(bytes: Uint8Array, width: number, filter: NumberFilter): Uint8Array {
  if (filter === "none") return bytes;
  return shuffle(filter === "shuffle" ? bytes : toDifferences(bytes, width, filter), width);
}

/** Bytes as they were before a filter. Throws a `SerializationError` when it cannot have been applied to such elements. */
export function undoFilter(bytes: Uint8Array, width: number, filter: NumberFilter): Uint8Array {
  if (filter === "none") return bytes;
  if (filter === "shuffle") return unshuffle(bytes, width);
  if (!LITTLE_ENDIAN || (width !== 8 && width !== 4)) {
    throw damaged("differences of its elements cannot be undone here");
  }
  return fromDifferences(unshuffle(bytes, width), width, filter);
}

/** The filter after which a sample from the middle of the bytes becomes smallest. */
export function bestFilter(
  bytes: Uint8Array,
  width: number,
  compress: (bytes: Uint8Array) => Uint8Array,
): NumberFilter {
  if (width === 1) return "none";
  const middle = Math.floor(bytes.byteLength / 2 / width) * width;
  const start = Math.max(0, Math.min(middle, bytes.byteLength - SAMPLE_BYTES));
  const sample = bytes.slice(start, start + SAMPLE_BYTES);
  let best: NumberFilter = "none";
  let smallest = compress(sample).byteLength;
  for (const filter of filtersFor(width)) {
    const size = compress(applyFilter(sample, width, filter)).byteLength;
    if (size < smallest) [best, smallest] = [filter, size];
  }
  return best;
}

function filtersFor(width: number): readonly NumberFilter[] {
  return LITTLE_ENDIAN && (width === 8 || width === 4) ? ["shuffle", 1, 2, 3, MAX_ORDER] : ["shuffle"];
}
