/**
 * Whether text comes back from any storage as it went in. Deno 2.9 cuts text at the first NUL when it reads it, and lone
 * surrogates have no UTF-8 on any runtime.
 */
export function keepsAsText(text: string): boolean {
  return !text.includes("\0") && (text as { isWellFormed?(): boolean }).isWellFormed?.() !== false;
}

/** Text as its UTF-16 code units, low byte first, for the rare text that a storage does not keep. */
export function unitsOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    bytes[at * 2] = unit;
    bytes[at * 2 + 1] = unit >>> 8;
  }
  return bytes;
}

/** The text that `unitsOf` was given. */
export function textOf(units: Uint8Array): string {
  let text = "";
  for (let at = 0; at < units.length; at += 8192) {
    const part: number[] = [];
    for (let unit = at; unit < Math.min(at + 8192, units.length); unit += 2) {
      part.push(units[unit]! | units[unit + 1]! << 8);
    }
    text += String.fromCharCode(...part);
  }
  return text;
}
