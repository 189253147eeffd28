import type { Body, Entry } from "../../../src/contract/entry.ts";

let instant = 1_790_000_000_000;

/** An entry that is kept for a minute unless its parts say otherwise. */
export function entryWith(parts: Partial<Entry<Body>> = {}): Entry<Body> {
  instant += 10;
  const times = { storedAt: instant, freshUntil: instant + 60_000, goneAt: instant + 60_000 };
  return { body: "body", form: "1:json", checksum: 7, ...times, cost: 1, size: 4, tags: [], label: "", ...parts };
}

/** Options that a store is opened with. */
export const opening = {
  directory: "",
  secure: true,
  bounds: { maxSize: Infinity, maxBytes: Infinity, policy: "lru" },
} as const;
