import { attend } from "./audience.ts";
import { log, logLevel } from "./logger.ts";

/** Why a call had to compute. */
export type MissReason = "absent" | "stale" | "gone" | "unreadable";

/** What every event carries. `key` is the digested key, never argument text. */
export interface EventHead {
  /** The name of the cache. */
  readonly cache: string;
  /** The key as an engine sees it, as `fn.cache.key(...args)` gives it. */
  readonly key: string;
}

/** What happened in a cache, in the order in which it happened. */
export type CacheEvent =
  | EventHead & { readonly type: "hit"; /** Milliseconds since the value was stored. */ readonly age: number }
  | EventHead & { readonly type: "miss"; readonly because: MissReason }
  | EventHead & { readonly type: "coalesced" }
  | EventHead & { readonly type: "set"; readonly size: number; /** Milliseconds of computing. */ readonly cost: number }
  | EventHead & { readonly type: "refused"; /** Why the value was not kept. */ readonly error: unknown }
  | EventHead & { readonly type: "fenced" }
  | EventHead & { readonly type: "failed"; /** What the function threw. */ readonly error: unknown }
  | EventHead & { readonly type: "invalidate" }
  | EventHead & { readonly type: "expire" }
  | EventHead & { readonly type: "evict"; readonly reason: "size" | "ttl" | "manual" | "clear" }
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
 * A listener that throws is logged and does not disturb the call.
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
  listeners.set(type, set.add(listener as Listener));
  attend("listeners", true);
  return () => {
    set.delete(listener as Listener);
    if (set.size === 0 && listeners.get(type) === set) listeners.delete(type);
    attend("listeners", listeners.size > 0);
  };
}

/** Tells the listeners, and the log at level `"debug"`. */
export function emit(event: CacheEvent): void {
  if (logLevel() === "debug") log("debug", line(event));
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

function line(event: CacheEvent): string {
  const { type, cache, ...rest } = event;
  const details = Object.entries(rest).map(([name, value]) =>
    `${name}=${value instanceof Error ? value.message : value}`
  );
  return `cache ${cache}: ${type}${details.length > 0 ? ` ${details.join(" ")}` : ""}`;
}
