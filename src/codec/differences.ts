/**
 * Numbers as the differences between neighbours, which are small where numbers follow a smooth curve.
 *
 * The elements are taken as integers of 64 or 32 bits, whatever they mean, so that nothing is lost: differences are taken modulo
 * 2^64 or 2^32, up to four times over, then folded so that small negative ones have few bits set ("zigzag"). Floats whose
 * order as integers is their order as numbers thus lose their common high bits, as in fpzip and Gorilla but simpler.
 */

/** How often differences may be taken of one another. */
export const MAX_ORDER = 4;

/** The differences of elements of 8 or 4 bytes, `order` times over, as new bytes. On little-endian machines only. */
export function toDifferences(bytes: Uint8Array, width: number, order: number): Uint8Array {
  const copy = bytes.slice();
  const words = new Int32Array(copy.buffer, 0, copy.byteLength >>> 2);
  for (let i = 0; i < order; i++) width === 8 ? subtract64(words) : subtract32(words);
  width === 8 ? fold64(words) : fold32(words);
  return copy;
}

/** The elements of which `toDifferences` took the differences, as new bytes. */
export function fromDifferences(bytes: Uint8Array, width: number, order: number): Uint8Array {
  const copy = bytes.slice();
  const words = new Int32Array(copy.buffer, 0, copy.byteLength >>> 2);
  width === 8 ? unfold64(words) : unfold32(words);
  for (let i = 0; i < order; i++) width === 8 ? add64(words) : add32(words);
  return copy;
}

function subtract32(words: Int32Array): void {
  let before = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    words[i] = word - before;
    before = word;
  }
}

function add32(words: Int32Array): void {
  let sum = 0;
  for (let i = 0; i < words.length; i++) words[i] = sum = (sum + words[i]!) | 0;
}

function fold32(words: Int32Array): void {
  for (let i = 0; i < words.length; i++) words[i] = (words[i]! << 1) ^ (words[i]! >> 31);
}

function unfold32(words: Int32Array): void {
  for (let i = 0; i < words.length; i++) words[i] = (words[i]! >>> 1) ^ -(words[i]! & 1);
}

function subtract64(words: Int32Array): void {
  let lowBefore = 0;
  let highBefore = 0;
  for (let i = 0; i < words.length; i += 2) {
    const low = words[i]! >>> 0;
    const high = words[i + 1]!;
    words[i] = low - lowBefore;
    words[i + 1] = high - highBefore - (low < lowBefore ? 1 : 0);
    lowBefore = low;
    highBefore = high;
  }
}

function add64(words: Int32Array): void {
  let low = 0;
  let high = 0;
  for (let i = 0; i < words.length; i += 2) {
    const sum = low + (words[i]! >>> 0);
    low = sum >>> 0;
    high = (high + words[i + 1]! + (sum > 0xFFFFFFFF ? 1 : 0)) | 0;
    words[i] = low;
    words[i + 1] = high;
  }
}

function fold64(words: Int32Array): void {
  for (let i = 0; i < words.length; i += 2) {
    const low = words[i]!;
    const high = words[i + 1]!;
    const sign = high >> 31;
    words[i] = (low << 1) ^ sign;
    words[i + 1] = ((high << 1) | (low >>> 31)) ^ sign;
  }
}

function unfold64(words: Int32Array): void {
  for (let i = 0; i < words.length; i += 2) {
    const low = words[i]!;
    const high = words[i + 1]!;
    const sign = -(low & 1);
    words[i] = ((low >>> 1) | (high << 31)) ^ sign;
    words[i + 1] = (high >>> 1) ^ sign;
  }
}
