import type { Body } from "../../src/contract/entry.ts";
import { keepsAsText, textOf, unitsOf } from "../../src/runtime/code_units.ts";
import type { Cell } from "./driver.ts";

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
