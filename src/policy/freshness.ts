import type { Head } from "../contract/entry.ts";

/** What an entry is worth at an instant: `"fresh"` may be served, `"stale"` only where that is asked for, `"gone"` never. */
export type Freshness = "fresh" | "stale" | "gone";

/** Judges an entry. The boundary belongs to the later state: an entry is no longer fresh at `freshUntil`. */
export function freshness(entry: Pick<Head, "freshUntil" | "goneAt">, now: number): Freshness {
  return now < entry.freshUntil ? "fresh" : now < entry.goneAt ? "stale" : "gone";
}
