import type { Body, Entry } from "../src/contract/entry.ts";
import type { AcceleratorName } from "../src/contract/accelerators.ts";

/** The optional methods of stores of the redis engine. */
export const redisAccelerators: readonly AcceleratorName[] = [
  "getMany",
  "setMany",
  "deleteMany",
  "sweep",
  "commit",
  "lease",
  "release",
  "watch",
];

/** An entry that is fresh for an hour, for tests of the redis engine. */
export function entryFor(body: Body, parts: Partial<Entry<Body>> = {}): Entry<Body> {
  const storedAt = Date.now();
  return {
    body,
    form: "1:json",
    checksum: body.length,
    storedAt,
    freshUntil: storedAt + 3_600_000,
    goneAt: storedAt + 3_600_000,
    cost: 1,
    size: body.length,
    tags: [],
    label: "",
    ...parts,
  };
}
