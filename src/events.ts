import { attend } from "./audience.ts";
import { eventLine } from "./event_line.ts";
import type { EvictionReason } from "./contract/store.ts";
import { log, type Logger, logLevel } from "./logger.ts";

/** Why a call had to compute. */
export type MissReason =
  /** Nothing was kept. */
  | "absent"
  /** What was kept is past its time. */
  | "stale"
  /** What was kept may be served to nobody any more: its time is over for good, or its tag was invalidated. */
  | "gone"
  /** What was kept cannot be read. */
  | "unreadable"
  /** The option `validate` refused it. */
  | "invalid"
  /** The option `schema` refused it. */
  | "outdated";

/** What every event carries. `key` is the digested key, never argument text. */
export interface EventHead {
  /** The name of the cache. */
  readonly cache: string;
  /** The key as an engine sees it, as `fn.cache.key(...args)` gives it. */
  readonly key: string;
}

/** What an event carries that ends a run of the function: one of `set`, `skipped`, `refused`, `fenced` and `failed` does. */
export interface Computed {
  /** How long the function ran, in milliseconds; 0 for a value that was given with `cache.set`. */
  readonly cost: number;
}

/**
 * What happened in a cache, in the order in which it happened.
 *
 * `skipped` tells of a result that `shouldCache` kept out, `refused` of one that cannot be kept, and `fenced` of one whose key
 * or tag was invalidated while the function ran.
 */
export type CacheEvent =
  | EventHead & {
    readonly type: "hit";
    /** Milliseconds since the value was stored. */
    readonly age: number;
    readonly state: "fresh" | "stale";
  }
  | EventHead & { readonly type: "miss"; readonly because: MissReason }
  | EventHead & { readonly type: "coalesced" }
  | EventHead & { readonly type: "set"; readonly size: number } & Computed
  | EventHead & { readonly type: "skipped" } & Computed
  | EventHead & { readonly type: "refused"; /** Why the value was not kept. */ readonly error: unknown } & Computed
  | EventHead & { readonly type: "fenced" } & Computed
  | EventHead & { readonly type: "failed"; /** What the function threw. */ readonly error: unknown } & Computed
  | EventHead & {
    readonly type: "refresh"; /** Why the function runs behind a hit. */
    readonly because: "early" | "stale";
  }
  | EventHead & {
    readonly type: "stale";
    /** Why callers were given a stale value in place of a new one. */
    readonly because: "failed" | "late";
    readonly age: number;
  }
  | EventHead & { readonly type: "invalidate" }
  | EventHead & { readonly type: "expire" }
  | EventHead & { readonly type: "evict"; readonly reason: EvictionReason }
  | Omit<EventHead, "key"> & { readonly type: "clear"; readonly entries: number }
  | Omit<EventHead, "key"> & { readonly type: "error"; readonly operation: string; readonly error: unknown }
  | Omit<EventHead, "key"> & {
    readonly type: "fallback";
    readonly wanted: string;
    readonly chosen: string;
    readonly reason: string;
  };

/** The names of the events. */
export type CacheEventType = CacheEvent["type"];

/** The event of a name; `"*"` is any. */
export type CacheEventOf<T extends CacheEventType | "*"> = T extends "*" ? CacheEvent
  : Extract<CacheEvent, { type: T }>;

type Listener = (event: CacheEvent) => void;

const listeners = new Map<CacheEventType | "*", Set<Listener>>();

/**
 * Calls `listener` for each event of a type in every cache, `"*"` for all; returns a function that stops it.
 *
 * A listener that throws is logged and does not disturb the call. While somebody listens to `"hit"` or `"*"`, hits in memory
 * take a longer way; listeners of other types cost them nothing.
 *
 * @example
 * ```ts
 * import { mcache, on } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const seen: string[] = [];
 * const stop = on("*", (event) => seen.push(event.type));
 * const double = mcache((x: number) => x * 2);
 * double(2);
 * double(2);
 * stop();
 * assert.deepEqual(seen, ["miss", "set", "hit"]);
 * ```
 */
export function on<T extends CacheEventType | "*">(type: T, listener: (event: CacheEventOf<T>) => void): () => void {
  const set = listeners.get(type) ?? new Set<Listener>();
  // The same function may be given twice.
  const own: Listener = (event) => (listener as Listener)(event);
  listeners.set(type, set.add(own));
  count();
  return () => {
    set.delete(own);
    if (set.size === 0 && listeners.get(type) === set) listeners.delete(type);
    count();
  };
}

/** Notes what is listened to. */
function count(): void {
  attend("calls", listeners.has("hit") || listeners.has("*"));
  attend("events", listeners.size > 0);
}

/** Tells the listeners, and the log at level `"debug"`: the cache's own, where it has one. */
export function emit(event: CacheEvent, logger?: Logger): void {
  if (logLevel() === "debug") log("debug", eventLine(event), logger);
  if (listeners.size === 0) return;
  for (const type of [event.type, "*"] as const) {
    for (const listener of listeners.get(type) ?? []) {
      try {
        listener(event);
      } catch (error) {
        log("error", `Cannot tell a listener of "${event.type}": it threw; mend the listener`, undefined, error);
      }
    }
  }
}
