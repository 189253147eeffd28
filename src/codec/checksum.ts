/**
 * Checksums that notice damage; they are no protection against somebody who wants to deceive.
 *
 * Why: each step `h = (rotate(h) ^ fold(word)) * odd` maps words and the 32-bit state one to one, so a change within a single word
 * always changes the result; changes in several words pass with a probability of about 2^-32. The fold carries the highest bits,
 * which a multiplication cannot spread, down to where it can; without it flips of two chosen bits cancel. The rounds and the
 * final mixing follow xxHash32 and MurmurHash3. Independent lanes let the processor overlap multiplications.
 */

const P1 = 0x9E3779B1 | 0;
const P2 = 0x85EBCA77 | 0;
const P3 = 0xC2B2AE3D | 0;
const P4 = 0x27D4EB2F | 0;

/** Whether this machine keeps numbers with the least significant byte first. */
export const LITTLE_ENDIAN: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The checksum of a text and its form, over UTF-16 code units. */
export function checksumOfText(text: string, form: string): number {
  const length = text.length;
  let a = seedOf(form);
  let b = a ^ P3;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const aWord = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
    a = Math.imul(((a << 13) | (a >>> 19)) ^ aWord ^ (aWord >>> 15), P1);
    const bWord = text.charCodeAt(i + 2) | (text.charCodeAt(i + 3) << 16);
    b = Math.imul(((b << 13) | (b >>> 19)) ^ bWord ^ (bWord >>> 15), P2);
  }
  for (; i < length; i++) a = Math.imul(((a << 13) | (a >>> 19)) ^ text.charCodeAt(i), P1);
  return finish(a ^ ((b << 7) | (b >>> 25)), length);
}

/** The checksum of bytes and their form. The same on machines of either byte order. */
export function checksumOfBytes(bytes: Uint8Array, form: string): number {
  const length = bytes.byteLength;
  const words = length >>> 2;
  const seed = seedOf(form);
  let h = LITTLE_ENDIAN && (bytes.byteOffset & 3) === 0
    ? mixWords(new Int32Array(bytes.buffer, bytes.byteOffset, words), seed)
    : mixView(new DataView(bytes.buffer, bytes.byteOffset, length), words, seed);
  for (let i = words * 4; i < length; i++) h = Math.imul(((h << 13) | (h >>> 19)) ^ bytes[i]!, P1);
  return finish(h, length);
}

function mixWords(words: Int32Array, seed: number): number {
  let a = seed, b = seed ^ P2, c = seed ^ P3, d = seed ^ P4;
  const count = words.length;
  const blocks = count & ~3;
  for (let i = 0; i < blocks; i += 4) {
    const aWord = words[i]!;
    a = Math.imul(((a << 13) | (a >>> 19)) ^ aWord ^ (aWord >>> 15), P1);
    const bWord = words[i + 1]!;
    b = Math.imul(((b << 13) | (b >>> 19)) ^ bWord ^ (bWord >>> 15), P1);
    const cWord = words[i + 2]!;
    c = Math.imul(((c << 13) | (c >>> 19)) ^ cWord ^ (cWord >>> 15), P1);
    const dWord = words[i + 3]!;
    d = Math.imul(((d << 13) | (d >>> 19)) ^ dWord ^ (dWord >>> 15), P1);
  }
  for (let i = blocks; i < count; i++) {
    const word = words[i]!;
    a = Math.imul(((a << 13) | (a >>> 19)) ^ word ^ (word >>> 15), P1);
  }
  return merge(a, b, c, d);
}

function mixView(view: DataView, count: number, seed: number): number {
  let a = seed, b = seed ^ P2, c = seed ^ P3, d = seed ^ P4;
  const end = (count & ~3) * 4;
  for (let i = 0; i < end; i += 16) {
    const aWord = view.getInt32(i, true);
    a = Math.imul(((a << 13) | (a >>> 19)) ^ aWord ^ (aWord >>> 15), P1);
    const bWord = view.getInt32(i + 4, true);
    b = Math.imul(((b << 13) | (b >>> 19)) ^ bWord ^ (bWord >>> 15), P1);
    const cWord = view.getInt32(i + 8, true);
    c = Math.imul(((c << 13) | (c >>> 19)) ^ cWord ^ (cWord >>> 15), P1);
    const dWord = view.getInt32(i + 12, true);
    d = Math.imul(((d << 13) | (d >>> 19)) ^ dWord ^ (dWord >>> 15), P1);
  }
  for (let i = end; i < count * 4; i += 4) {
    const word = view.getInt32(i, true);
    a = Math.imul(((a << 13) | (a >>> 19)) ^ word ^ (word >>> 15), P1);
  }
  return merge(a, b, c, d);
}

function merge(a: number, b: number, c: number, d: number): number {
  return a ^ ((b << 7) | (b >>> 25)) ^ ((c << 12) | (c >>> 20)) ^ ((d << 18) | (d >>> 14));
}

function seedOf(form: string): number {
  let h = P4;
  for (let i = 0; i < form.length; i++) h = Math.imul(((h << 13) | (h >>> 19)) ^ form.charCodeAt(i), P3);
  return h;
}

function finish(state: number, length: number): number {
  let h = state ^ length;
  h = Math.imul(h ^ (h >>> 15), P2);
  h = Math.imul(h ^ (h >>> 13), P3);
  return (h ^ (h >>> 16)) >>> 0;
}
