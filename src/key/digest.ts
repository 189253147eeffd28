/**
 * SHA-256 (FIPS 180-4) in plain synchronous JavaScript, cut to 160 bits.
 *
 * Why: a key is needed before a sync function may answer, WebCrypto is asynchronous and costs a thread hop, and
 * node:crypto is not everywhere. Text is hashed as UTF-8, in which a lone surrogate takes the three bytes of its number
 * (WTF-8), so that no two texts have the same bytes. The work areas are shared: nothing here calls code of others, so
 * nothing re-enters.
 */

// deno-fmt-ignore
const ROUND_CONSTANTS = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
// deno-fmt-ignore
const START = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes that are gathered before they are mixed in: whole blocks of 64. */
const CHUNK = 1024;

const state = new Int32Array(8);
const schedule = new Int32Array(64);
/** Room for a chunk, the rest of a character that straddles its end, and the padding. */
const buffer = new Uint8Array(CHUNK + 128);

/**
 * The first 160 bits of the SHA-256 of a text's UTF-8, as 40 lower-case hexadecimal digits. Lone surrogates count as
 * what they are.
 */
export function digest(text: string): string {
  state.set(START);
  const length = text.length;
  let at = 0;
  let mixed = 0;
  for (let i = 0; i < length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      buffer[at++] = code;
    } else {
      if (code < 0x800) {
        buffer[at++] = 0xc0 | code >> 6;
      } else {
        const low = (code & 0xfc00) === 0xd800 && i + 1 < length ? text.charCodeAt(i + 1) : 0;
        if ((low & 0xfc00) === 0xdc00) {
          code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
          i++;
          buffer[at++] = 0xf0 | code >> 18;
          buffer[at++] = 0x80 | code >> 12 & 0x3f;
        } else {
          buffer[at++] = 0xe0 | code >> 12;
        }
        buffer[at++] = 0x80 | code >> 6 & 0x3f;
      }
      buffer[at++] = 0x80 | code & 0x3f;
    }
    if (at >= CHUNK) {
      mix(buffer, 0, CHUNK);
      mixed += CHUNK;
      buffer.copyWithin(0, CHUNK, at);
      at -= CHUNK;
    }
  }
  return finish(at, mixed);
}

/** The first 160 bits of the SHA-256 of bytes, as 40 lower-case hexadecimal digits. */
export function digestBytes(bytes: Uint8Array): string {
  state.set(START);
  const whole = bytes.length - bytes.length % 64;
  mix(bytes, 0, whole);
  for (let i = whole; i < bytes.length; i++) buffer[i - whole] = bytes[i]!;
  return finish(bytes.length - whole, whole);
}

/** Pads what is left in the buffer, mixes it in and reads the result. */
function finish(left: number, mixed: number): string {
  const bytes = mixed + left;
  const end = left + 72 & ~63;
  buffer[left] = 0x80;
  buffer.fill(0, left + 1, end - 8);
  const high = bytes / 0x20000000 | 0;
  const low = bytes << 3;
  for (let i = 0; i < 4; i++) {
    buffer[end - 8 + i] = high >>> 24 - 8 * i;
    buffer[end - 4 + i] = low >>> 24 - 8 * i;
  }
  mix(buffer, 0, end);
  let text = "";
  for (let i = 0; i < 5; i++) {
    const word = state[i]!;
    text += HEX[word >>> 24]! + HEX[word >>> 16 & 255]! + HEX[word >>> 8 & 255]! + HEX[word & 255]!;
  }
  return text;
}

/** The compression function, over each block of 64 bytes between `from` and `to`. */
function mix(bytes: Uint8Array, from: number, to: number): void {
  const w = schedule;
  const k = ROUND_CONSTANTS;
  for (let start = from; start < to; start += 64) {
    for (let i = 0, j = start; i < 16; i++, j += 4) {
      w[i] = bytes[j]! << 24 | bytes[j + 1]! << 16 | bytes[j + 2]! << 8 | bytes[j + 3]!;
    }
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!;
      const y = w[i - 2]!;
      w[i] = (w[i - 16]! + w[i - 7]! + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) +
        ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10)) | 0;
    }
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
    let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
    for (let i = 0; i < 64; i++) {
      const one = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ e & (f ^ g)) + k[i]! +
        w[i]!) | 0;
      const two = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b | c & (a | b)) | 0;
      h = g;
      g = f;
      f = e;
      e = d + one | 0;
      d = c;
      c = b;
      b = a;
      a = one + two | 0;
    }
    state[0] = state[0]! + a | 0;
    state[1] = state[1]! + b | 0;
    state[2] = state[2]! + c | 0;
    state[3] = state[3]! + d | 0;
    state[4] = state[4]! + e | 0;
    state[5] = state[5]! + f | 0;
    state[6] = state[6]! + g | 0;
    state[7] = state[7]! + h | 0;
  }
}
