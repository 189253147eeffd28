import { SerializationError } from "../errors.ts";

let decoder: TextDecoder | undefined;
let encoder: TextEncoder | undefined;

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  if (text.length > 256) {
    // The runtime's own way looks at many characters at once.
    const { Buffer } = globalThis as { Buffer?: { byteLength?: (text: string) => number } };
    if (typeof Buffer?.byteLength === "function") return Buffer.byteLength(text);
  }
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) bytes += 1;
    else if (code < 0xD800 || code > 0xDFFF) bytes += 2;
    else {
      bytes += 2;
      i++;
    }
  }
  return bytes;
}

/** A text in UTF-8. The text has no lone surrogates. */
export function toUtf8(text: string): Uint8Array {
  return (encoder ??= new TextEncoder()).encode(text);
}

/** The text that UTF-8 bytes spell, a leading byte order mark included. Throws a `SerializationError` when they spell none. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return (decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })).decode(bytes);
  } catch (cause) {
    throw new SerializationError("Cannot read a stored value: its text is not UTF-8; it counts as a miss", { cause });
  }
}
