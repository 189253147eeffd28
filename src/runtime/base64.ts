/** Bytes as base64 (RFC 4648), by what the runtime has: since 2025 of its own, else of Node, else letter by letter. */
export function toBase64(bytes: Uint8Array): string {
  const own = bytes as { toBase64?(): string };
  if (own.toBase64 !== undefined) return own.toBase64();
  const buffer = nodeBuffer();
  if (buffer !== undefined) return buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let letters = "";
  for (let at = 0; at < bytes.length; at += 8192) letters += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(letters);
}

/** The bytes of a text that `toBase64` made, in a buffer of their own. Throws for any other text. */
export function fromBase64(text: string): Uint8Array {
  const own = Uint8Array as unknown as { fromBase64?(text: string): Uint8Array };
  if (own.fromBase64 !== undefined) return own.fromBase64(text);
  const buffer = nodeBuffer();
  if (buffer !== undefined) {
    // Node cuts small buffers out of one that it shares, and passes over letters that are none of base64.
    const bytes = new Uint8Array(buffer.from(text, "base64"));
    const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
    if (bytes.length !== text.length / 4 * 3 - padding) throw new RangeError("this is no base64");
    return bytes;
  }
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

interface NodeBuffer {
  from(buffer: ArrayBufferLike, at: number, length: number): { toString(encoding: "base64"): string };
  from(text: string, encoding: "base64"): Uint8Array;
}

function nodeBuffer(): NodeBuffer | undefined {
  return (globalThis as { Buffer?: NodeBuffer }).Buffer;
}
