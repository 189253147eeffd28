import type { Body, Entry } from "../../../src/contract/entry.ts";

/** An entry whose body and head can be told to belong together: the body repeats one byte, and the checksum says which and how often. */
export function checkedEntry(byte: number, length: number): Entry<Body> {
  return {
    body: new Uint8Array(length).fill(byte),
    form: "1:raw:Uint8Array",
    checksum: byte * 2 ** 24 + length,
    storedAt: performance.timeOrigin + performance.now(),
    freshUntil: Infinity,
    goneAt: Infinity,
    cost: 1,
    size: length,
    tags: [],
    label: `byte ${byte}`,
  };
}

/** Whether an entry is one whole entry of `checkedEntry`. */
export function isWhole({ body, checksum, size, label }: Entry): boolean {
  if (!(body instanceof Uint8Array) || body.length === 0 || body.length !== size) return false;
  const byte = body[0]!;
  return checksum === byte * 2 ** 24 + size && label === `byte ${byte}` && body.every((other) => other === byte);
}
