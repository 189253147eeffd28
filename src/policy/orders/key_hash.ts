/** Characters of a text that are looked at, at each end. */
const sample = 32;

/**
 * A 32-bit number for a key, as an unsigned integer. Equal keys have equal numbers.
 *
 * For frequency sketches and ghosts, where a collision costs a little precision and never an answer. Long texts are
 * sampled at both ends. Objects and symbols, which no key of the core is, all have one number.
 */
export function keyHash(key: unknown): number {
  switch (typeof key) {
    case "string":
      return mixed(textHash(key));
    case "number":
      return mixed(Number.isInteger(key) ? key ^ Math.imul(key / 0x100000000 | 0, 0x9e3779b1) : textHash(`${key}`));
    case "bigint":
      return mixed(textHash(`${key}n`));
    default:
      return mixed(key === true ? 1 : key === false ? 2 : key === null ? 3 : 4);
  }
}

function textHash(text: string): number {
  const { length } = text;
  let hash = length;
  const first = length > 2 * sample ? sample : length;
  for (let at = 0; at < first; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  for (let at = length > 2 * sample ? length - sample : length; at < length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash;
}

/** The finaliser of MurmurHash3, by A. Appleby: every bit of the input changes half of the output. */
function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
