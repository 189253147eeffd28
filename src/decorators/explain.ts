import { attempt, chain, type MaybePromise } from "../contract/maybe_promise.ts";
import { originOf } from "../contract/origin.ts";
import { explain, type Finding } from "../flow/explain.ts";
import { all } from "../flow/all.ts";
import type { CacheParts } from "../flow/cache_parts.ts";
import type { Found } from "../flow/found.ts";
import { since } from "../flow/lookup.ts";
import { versionsIn } from "../flow/versions.ts";
import type { Identity } from "../key/identity.ts";
import { freshness } from "../policy/freshness.ts";
import type { Settings } from "../settings.ts";
import { errorText, spanText } from "../wording.ts";
import type { Open } from "./move_in.ts";
import { Reviewer } from "./reviewer.ts";

/** What a call would do now, and why. */
export interface Explanation {
  /** The key of the call, as engines and events have it. */
  readonly key: string;
  /** The name of the cache. */
  readonly cache: string;
  /** The name of the engine that keeps its values. */
  readonly engine: string;
  /** Which tier has a value: the engine in front or the one behind; `undefined` where nothing is kept. */
  readonly tier: string | undefined;
  /** How what is kept stands to its time; `"unknown"` where the engine does not answer. */
  readonly state: "fresh" | "stale" | "gone" | "absent" | "unknown";
  /** Milliseconds since the value was stored. */
  readonly age: number | undefined;
  /** Milliseconds until it is no longer fresh; `Infinity` for never. */
  readonly expiresIn: number | undefined;
  /** The names under which it can be invalidated. */
  readonly tags: readonly string[];
  /**
   * What the call would do: `"return"` what is kept; return it and `"refresh"` it behind; `"join"` a computation that is
   * running; or `"compute"`. The first two are hits.
   */
  readonly would: "return" | "refresh" | "join" | "compute";
  /** Why, in words for a person. They may change from one release to the next. */
  readonly because: string;
}

/** A call that is to be explained. */
export interface ExplainedCall {
  /** Its key as the store has it, and as events have it. */
  readonly at: unknown;
  readonly key: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly identity: Identity;
  readonly settings: Settings;
  readonly sync: boolean;
  /** Whether a fresh value is returned even while a computation is running. */
  readonly direct: boolean;
  /** Why the cache is not asked at all, if it is not. */
  readonly passedBy: string | undefined;
}

/** Says what a call would do now, and why. */
export function explainCall({ home, values }: Open, call: ExplainedCall): MaybePromise<Explanation> {
  const { at, key, self, args, identity, settings, sync, direct, passedBy } = call;
  // What the user's functions say is asked for, but neither told nor kept.
  const reviewer = new Reviewer({ settings, sync, warn: () => {}, replace: () => {} });
  const review = (found: Found) => reviewer.review(found, args, self);
  const front = home.engine.scope === "folder" ? values.parts.front?.name : undefined;
  const place: Place = { key, cache: identity.name, engine: home.engine.name, front, version: identity.version };
  return chain(explain(values, at, { direct, review }), (finding): MaybePromise<Explanation> => {
    const said = explained(finding, place);
    if (passedBy !== undefined) return { ...said, would: "compute", because: passedBy };
    if (finding.why.is !== "absent") return said;
    return chain(keptByOthers(values.parts, key, identity), (others) => {
      return others.length === 0
        ? said
        : { ...said, because: `${said.because}; ${others.join(" and ")} kept something` };
    });
  });
}

interface Place {
  readonly key: string;
  readonly cache: string;
  readonly engine: string;
  /** The name of the memory in front, if there is one. */
  readonly front: string | undefined;
  /** The version of the function in the keys, if it has one. */
  readonly version: string;
}

/** Puts what was found into words. */
function explained(finding: Finding, place: Place): Explanation {
  const { key, cache, engine, front } = place;
  const { entry, now, tags, near, does: would } = finding;
  return {
    key,
    cache,
    engine,
    tier: entry === undefined ? undefined : near ? front : originOf(entry) ?? engine,
    state: stateOf(finding),
    age: entry && since(entry, now),
    expiresIn: entry && Math.max(0, entry.freshUntil - now),
    tags,
    would,
    because: becauseOf(finding, place),
  };
}

/** The other versions of the function that keep something for the same arguments, as far as the store knows of versions. */
function keptByOthers({ store, prefix }: CacheParts, key: string, { version }: Identity): MaybePromise<string[]> {
  if (prefix === "") return [];
  const digest = key.slice(key.indexOf("-", prefix.length));
  const has = (other: string) => chain(store.get(`${prefix}${other}${digest}`), (entry) => entry !== undefined);
  return attempt<string[]>(
    () =>
      chain(versionsIn(store, prefix), (versions) => {
        const others = versions.filter((other) => other !== version);
        return chain(all(others.map(has)), (there) =>
          others.filter((_, at) => there[at]).map((other) => `version ${other}`));
      }),
    () => [],
  );
}

function stateOf({ why, entry, now }: Finding): Explanation["state"] {
  if (why.is === "failing") return "unknown";
  if (entry === undefined) return "absent";
  return why.is === "untagged" || why.is === "gone" ? "gone" : freshness(entry, now);
}

function becauseOf(finding: Finding, { engine, version }: Place): string {
  const { why, entry, now } = finding;
  const kept = entry === undefined ? "" : keptText(finding);
  const stale = entry === undefined ? "" : `it is stale for ${spanText(now - entry.freshUntil)}`;
  switch (why.is) {
    case "fresh":
      return why.byChance ? `${kept}; by now refreshAhead may run the function behind, by chance` : kept;
    case "early":
      return `${kept}, but refreshAhead runs the function behind`;
    case "revalidated":
      return `${stale}, which staleWhileRevalidate allows while the function runs behind`;
    case "resting":
      return `${stale}, and served because the function ${
        why.running ? "is running behind already" : "failed a moment ago and rests for retryAfter"
      }`;
    case "expired":
      return `${stale}${why.inStead ? "; staleIfError serves it only if the function fails or is late" : ""}`;
    case "gone":
      if (entry!.goneAt > now) return "it was stored in the future: the clock was set back";
      return `its time has been over for ${spanText(now - entry!.goneAt)}`;
    case "untagged":
      return `its tag ${JSON.stringify(why.tag)} was invalidated`;
    case "absent":
      if (why.leaving) return "it is being removed";
      return `nothing is kept for these arguments${version === "0" ? "" : ` by version ${version} of the function`}`;
    case "unreadable":
      return `what is kept cannot be read: ${errorText(why.error)}`;
    case "refused":
      return `${why.by} refuses what is kept`;
    case "running":
      return `a computation is running that began ${spanText(why.forMs)} ago`;
    case "failing":
      return `engine "${engine}" does not answer: ${errorText(why.error)}`;
  }
}

function keptText({ entry, now, failed }: Finding): string {
  const { freshUntil } = entry!;
  const fresh = freshUntil === Infinity ? "for ever" : `for ${spanText(freshUntil - now)} more`;
  const what = failed ? "the function failed, and its error was kept" : "it was kept";
  return `${what} ${spanText(since(entry!, now))} ago and is fresh ${fresh}`;
}
