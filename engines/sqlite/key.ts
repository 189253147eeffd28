/** How many bits of a digest come from the whole key. The 10 bits above them come from its scope. */
export const KEY_BITS = 43;
const SCOPES = 1024;
const IN_SCOPE = 2 ** KEY_BITS;

/**
 * The digest by which a key is found: an integer below 2^53 that begins with a digest of the scope, so that one index
 * serves to find an entry and the entries of a scope.
 *
 * Why: an index of integers is a quarter of one of the keys. Two keys with one digest cannot both be kept: the text of
 * the key is verified, the later one wins, and that is a cache forgetting an entry.
 */
export function digestOf(key: string): number {
  const slash = key.indexOf("/");
  let high = 0x9e3779b9;
  let low = 0x85ebca6b;
  for (let at = 0; at < slash; at++) high = Math.imul(high ^ key.charCodeAt(at), 0x9e3779b1);
  const scope = Math.imul(high ^ high >>> 15, 0x2c1b3c6d);
  for (let at = slash + 1; at < key.length; at++) {
    const unit = key.charCodeAt(at);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    low = Math.imul(low ^ unit, 0x5f356495) ^ low >>> 15;
  }
  low ^= scope;
  high = Math.imul(high ^ high >>> 16, 0x85ebca6b) ^ Math.imul(low ^ low >>> 13, 0xc2b2ae35);
  low = Math.imul(low ^ low >>> 16, 0x85ebca6b) ^ Math.imul(high ^ high >>> 13, 0xc2b2ae35);
  return ((scope ^ scope >>> 12) >>> 22) * IN_SCOPE + (high >>> 0) * 2048 + (low >>> 21);
}

/** The part of the digests under a prefix that comes from the scope. */
export function scopeOf(prefix: string): number {
  return Math.floor(digestOf(prefix) / IN_SCOPE);
}

/** What a prefix stands for: digests from `first` to `last`, and of these the keys from `from` up to `to`. */
export interface Span {
  readonly first: number;
  readonly last: number;
  readonly from: string;
  readonly to: string;
}

/** What is under a prefix. A prefix is `<scope>/`, or empty for everything. */
export function spanOf(prefix: string): Span {
  if (prefix === "") return { first: 0, last: SCOPES * IN_SCOPE - 1, from: "", to: "\x7f" };
  const first = scopeOf(prefix) * IN_SCOPE;
  // "0" comes right after "/".
  return { first, last: first + IN_SCOPE - 1, from: prefix, to: `${prefix.slice(0, -1)}0` };
}
