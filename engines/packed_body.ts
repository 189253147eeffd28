import type { Body } from "../src/contract/entry.ts";
import { textOf, unitsOf } from "../src/runtime/code_units.ts";

/** How a body is kept: text as UTF-8 or, where that loses something, as UTF-16 code units; or bytes. */
export type BodyKind = "text" | "units" | "bytes";

/** The bytes that a body is kept as. */
export interface PackedBody {
  readonly kind: BodyKind;
  readonly bytes: Uint8Array;
}

/** A body as it is kept: bytes of its own, whatever becomes of the body. */
export function packBody(body: Body): PackedBody {
  if (typeof body !== "string") return { kind: "bytes", bytes: new Uint8Array(body) };
  if ((body as { isWellFormed?(): boolean }).isWellFormed?.() === false) return { kind: "units", bytes: unitsOf(body) };
  return { kind: "text", bytes: new TextEncoder().encode(body) };
}

/** The body that `packBody` was given. */
export function unpackBody({ kind, bytes }: PackedBody): Body {
  switch (kind) {
    case "text":
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    case "units":
      return textOf(bytes);
    case "bytes":
      // @deno/kv gives a Buffer, whose `slice` is another one than that of a Uint8Array.
      return new Uint8Array(bytes);
  }
}
