import { type Aged, type Ageing, ageOf } from "../policy/ageing.ts";

/** Why the function runs behind a hit. */
export type RefreshReason = "early" | "stale";

/** What a call does next: return what was found; return it and run the function behind; or compute, and why. */
export type Step =
  | { readonly do: "return"; readonly state: "fresh" | "stale" }
  | { readonly do: "refresh"; readonly state: "fresh" | "stale"; readonly because: RefreshReason }
  | { readonly do: "compute"; readonly because: "absent" | "stale" | "gone" };

const FRESH: Step = { do: "return", state: "fresh" };
const STALE: Step = { do: "return", state: "stale" };
const EARLY: Step = { do: "refresh", state: "fresh", because: "early" };
const REVALIDATE: Step = { do: "refresh", state: "stale", because: "stale" };
const ABSENT: Step = { do: "compute", because: "absent" };
const EXPIRED: Step = { do: "compute", because: "stale" };
const GONE: Step = { do: "compute", because: "gone" };

/**
 * Decides what a call does with the entry it found, at the instant `now`. Pure: both drivers ask it and nothing else.
 *
 * @param random A number from 0 to 1, below 1.
 * @param mayRun Whether the function may run for the key: not while it does so behind hits, nor soon after it failed.
 */
export function nextStep(
  entry: Aged | undefined,
  now: number,
  ageing: Ageing,
  random: () => number,
  mayRun: boolean,
): Step {
  if (entry === undefined) return ABSENT;
  switch (ageOf(entry, now, ageing, random)) {
    case "fresh":
      return FRESH;
    case "early":
      return mayRun ? EARLY : FRESH;
    case "revalidate":
      return mayRun ? REVALIDATE : STALE;
    case "fallback":
      return mayRun ? EXPIRED : STALE;
    case "gone":
      return now < entry.goneAt ? EXPIRED : GONE;
  }
}
