import type { Body } from "../../src/contract/entry.ts";
import type { Cell } from "./driver.ts";

/**
 * Whether text comes back from a column as it went in. Deno 2.9 cuts text at the first NUL when it reads it, and lone
 * surrogates have no UTF-8 on any runtime.
 */
export function keepsAsText(text: string): boolean {
  return !text.includes("\0") && (text as { isWellFormed?(): boolean }).isWellFormed?.() !== false;
}

/** Text as its UTF-16 code units, low byte first, for the rare text that a column does not keep. */
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

/** Text as a column keeps it. */
export function cellOf(text: string): Cell {
  return keepsAsText(text) ? text : unitsOf(text);
}

/** Text from the cell that `cellOf` made. */
export function textFrom(cell: Cell): string {
  return typeof cell === "string" ? cell : textOf(cell as Uint8Array);
}

/** A body and its checksum as their columns keep them. A negative checksum marks text that is kept as code units. */
export function cellsOf(body: Body, checksum: number): readonly [checksum: number, body: Cell] {
  if (typeof body !== "string" || keepsAsText(body)) return [checksum, body];
  return [-1 - checksum, unitsOf(body)];
}

/** The checksum from its column. */
export function checksumFrom(cell: number): number {
  return cell < 0 ? -1 - cell : cell;
}

/** The body from its column. */
export function bodyFrom(checksum: number, cell: Cell): Body {
  return checksum < 0 ? textOf(cell as Uint8Array) : cell as Body;
}
