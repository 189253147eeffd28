/**
 * The byte shuffle of HDF5 and Blosc: first the first bytes of all elements, then the second ones, and so on.
 *
 * Neighbouring numbers share their high bytes, so compression finds long runs instead of noise every few bytes.
 */

/** Bytes grouped by their place within elements of `width` bytes. The length is a multiple of `width`. */
export function shuffle(bytes: Uint8Array, width: number): Uint8Array {
  const count = bytes.byteLength / width;
  const result = new Uint8Array(bytes.byteLength);
  for (let place = 0; place < width; place++) {
    const start = place * count;
    for (let i = 0, from = place; i < count; i++, from += width) result[start + i] = bytes[from]!;
  }
  return result;
}

/** Bytes put back to where they stood before `shuffle`. */
export function unshuffle(bytes: Uint8Array, width: number): Uint8Array {
  const count = bytes.byteLength / width;
  const result = new Uint8Array(bytes.byteLength);
  for (let place = 0; place < width; place++) {
    const start = place * count;
    for (let i = 0, to = place; i < count; i++, to += width) result[to] = bytes[start + i]!;
  }
  return result;
}
