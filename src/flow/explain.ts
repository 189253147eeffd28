import type { Entry } from "../contract/entry.ts";
import { attempt, chain, type MaybePromise } from "../contract/maybe_promise.ts";
import { calmUntil } from "../policy/ageing.ts";
import { freshness } from "../policy/freshness.ts";
import { all } from "./all.ts";
import type { CacheParts } from "./cache_parts.ts";
import type { Found } from "./found.ts";
import { since } from "./lookup.ts";
import { nextStep, type Step } from "./next_step.ts";
import type { ValueCache } from "./value_cache.ts";

/** Why a call is answered as it is. */
export type Why =
  /** It is within its time; by chance it may be computed anew behind all the same. */
  | { readonly is: "fresh"; readonly byChance: boolean }
  /** It is within its time, and computed anew behind because of `refreshAhead`. */
  | { readonly is: "early" }
  /** It is stale, and computed anew behind because of `staleWhileRevalidate`. */
  | { readonly is: "revalidated" }
  /** It is stale, and the function is not to run now: it does so behind already, or failed a moment ago. */
  | { readonly is: "resting"; readonly running: boolean }
  /** It is stale; it is served only where the function fails or is late, or not even then. */
  | { readonly is: "expired"; readonly inStead: boolean }
  /** It is past its time for good. */
  | { readonly is: "gone" }
  /** One of its tags was invalidated. */
  | { readonly is: "untagged"; readonly tag: string }
  /** Nothing is kept; or a removal is on its way. */
  | { readonly is: "absent"; readonly leaving: boolean }
  /** What is kept cannot be read. */
  | { readonly is: "unreadable"; readonly error: unknown }
  /** The user's `validate` or `schema` refuses it. */
  | { readonly is: "refused"; readonly by: "validate" | "schema" }
  /** A computation is running that the call waits for. */
  | { readonly is: "running"; readonly forMs: number }
  /** The engine does not answer. */
  | { readonly is: "failing"; readonly error: unknown };

/** What a call finds and would do next. */
export interface Finding {
  readonly does: Step["do"] | "join";
  readonly why: Why;
  /** What is kept, if it was found. */
  readonly entry: Entry | undefined;
  /** Whether that is in the memory in front. */
  readonly near: boolean;
  /** Its tags by name. */
  readonly tags: readonly string[];
  /** When this is said, by the cache's clock. */
  readonly now: number;
  /** Whether what is kept is an error that the function threw. */
  readonly failed: boolean;
}

/** What a call is besides its key. */
export interface Asked {
  /** Whether a fresh value is returned even while a computation is running. */
  readonly direct: boolean;
  /** Looks at a value as the user's own functions do, and changes nothing. */
  readonly review: ((found: Found) => MaybePromise<Found | "invalid" | "outdated" | string>) | undefined;
}

/** Finds out what a call would do and why. Computes, counts, keeps and removes nothing, and tells nobody. */
export function explain(cache: ValueCache, key: unknown, { direct, review }: Asked): MaybePromise<Finding> {
  const { front, writes, clock, tags, form } = cache.parts;
  const now = clock.now();
  const finding = (why: Why, entry?: Entry, near = false): Finding => ({
    does: doneBy(why),
    why,
    entry,
    near,
    tags: entry === undefined ? [] : tags.names(entry.tags),
    now,
    failed: entry !== undefined && form.isFailure(entry),
  });
  const held = front?.look(key as string);
  const isNear = held !== undefined && freshness(held, now) === "fresh";
  if (isNear) return finding({ is: "fresh", byChance: false }, held, true);
  const running = cache.flights.get(key);
  const joined = (entry: Entry | undefined): Finding | undefined => {
    const isFresh = direct && entry !== undefined && freshness(entry, now) === "fresh";
    if (running === undefined || isFresh) return undefined;
    return finding({ is: "running", forMs: Math.max(0, Date.now() - running.startedAt) }, entry);
  };
  const latest = writes.latest(key);
  if (latest === "absent") return joined(undefined) ?? finding({ is: "absent", leaving: true });
  return attempt<Finding>(
    () =>
      chain(latest ?? cache.kept.look(key as string), (entry) => {
        const instead = joined(entry);
        if (instead !== undefined) return instead;
        if (entry === undefined) return finding({ is: "absent", leaving: false });
        return chain(judged(cache, key, entry, now, review), (why) => finding(why, entry));
      }),
    (error) => finding({ is: "failing", error }),
  );
}

function judged(
  cache: ValueCache,
  key: unknown,
  entry: Entry,
  now: number,
  review: Asked["review"],
): MaybePromise<Why> {
  const { ageing, mayRun } = cache.parts;
  // Chance is left out: nobody can tell what it will say.
  const step = nextStep(entry, now, ageing, () => 0, mayRun(key, now));
  if (step.do === "compute" && step.because === "gone") return { is: "gone" };
  return chain(untagged(cache.parts, entry), (tag): MaybePromise<Why> => {
    if (tag !== undefined) return { is: "untagged", tag };
    const why = whyOf(cache, key, entry, now, step);
    return step.do === "compute" ? why : chain(refusal(cache.parts, entry, now, step.state, review), (no) => no ?? why);
  });
}

function whyOf({ flights, parts }: ValueCache, key: unknown, entry: Entry, now: number, step: Step): Why {
  const { ageing } = parts;
  const behind = flights.behind(key);
  switch (step.do) {
    case "return":
      if (step.state === "stale") return { is: "resting", running: behind !== undefined };
      return { is: "fresh", byChance: typeof ageing.refreshAhead === "object" && now >= calmUntil(entry, ageing) };
    case "refresh":
      return { is: step.because === "early" ? "early" : "revalidated" };
    case "compute":
      if (behind !== undefined) return { is: "running", forMs: Math.max(0, Date.now() - behind.startedAt) };
      return { is: "expired", inStead: now < entry.freshUntil + ageing.staleIfError };
  }
}

/** The tag of an entry that was invalidated, if one was. */
function untagged({ tags }: CacheParts, { tags: marks }: Entry): MaybePromise<string | undefined> {
  const held = all(marks.map((mark) => tags.hold([mark])));
  return chain(held, (held) => tags.names(marks)[held.indexOf(false)]);
}

/** Why a value cannot be returned that is within its time, if it cannot. */
function refusal(
  { form }: CacheParts,
  entry: Entry,
  now: number,
  state: "fresh" | "stale",
  review: Asked["review"],
): MaybePromise<Why | undefined> {
  const failed = form.isFailure(entry);
  const opened = attempt<{ readonly value: unknown } | { readonly error: unknown }>(
    () => chain(form.read(entry), (value) => ({ value })),
    (error) => ({ error }),
  );
  return chain(opened, (opened): MaybePromise<Why | undefined> => {
    if ("error" in opened) return { is: "unreadable", error: opened.error };
    if (review === undefined || failed) return undefined;
    const about = { promised: form.wasPromised(entry), failed, age: since(entry, now), state, refresh: undefined };
    return chain(review({ found: true, value: opened.value, ...about, entry }), (reviewed) => {
      if (typeof reviewed !== "string") return undefined;
      return { is: "refused", by: reviewed === "outdated" ? "schema" : "validate" };
    });
  });
}

function doneBy(why: Why): Finding["does"] {
  switch (why.is) {
    case "fresh":
    case "resting":
      return "return";
    case "early":
    case "revalidated":
      return "refresh";
    case "running":
      return "join";
    case "expired":
    case "gone":
    case "untagged":
    case "absent":
    case "unreadable":
    case "refused":
    case "failing":
      return "compute";
  }
}
