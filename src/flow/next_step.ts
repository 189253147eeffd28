import type { Head } from "../contract/entry.ts";
import { freshness } from "../policy/freshness.ts";

/** What a call does next: return what was found, or compute, and why. */
export type Step =
  | { readonly do: "return" }
  | { readonly do: "compute"; readonly because: "absent" | "stale" | "gone" };

const RETURN: Step = { do: "return" };
const ABSENT: Step = { do: "compute", because: "absent" };
const STALE: Step = { do: "compute", because: "stale" };
const GONE: Step = { do: "compute", because: "gone" };

/** Decides what a call does with the entry it found, at the instant `now`. Pure: both drivers ask it and nothing else. */
export function nextStep(entry: Pick<Head, "freshUntil" | "goneAt"> | undefined, now: number): Step {
  if (entry === undefined) return ABSENT;
  switch (freshness(entry, now)) {
    case "fresh":
      return RETURN;
    case "stale":
      return STALE;
    case "gone":
      return GONE;
  }
}
