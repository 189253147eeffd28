import { CacheOperationError, ReentryError } from "../errors.ts";
import { Scope } from "../scope.ts";
import type { Peeked } from "./found.ts";

/** A run of a cached function, as the function itself sees it. */
export interface Computation<V = unknown> {
  /** The key that is computed, as engines and events have it. */
  readonly key: string;
  /** What was kept for the key until now, fresh or stale, if it was not gone: its value, tags and age. */
  readonly old: Peeked<V> | undefined;
  /** Aborted when the last caller has left, or when `hardTimeout` is over. Hand it on to whatever takes time. */
  readonly signal: AbortSignal;
  /**
   * Says that the old value is still right, and gives it for the function to return: it is kept as it is, for as long as a
   * new one would be. Throws a `CacheOperationError` where there is no old value.
   */
  notModified(): V;
}

/** Who calls a function: how it is run for them, and how they leave. */
export interface Caller {
  /** Lets the caller leave before there is a result. */
  readonly signal?: AbortSignal | undefined;
  /** Runs the function. */
  compute(computation: Computation): unknown;
}

/** What can be waited for, and waits itself. */
export interface Waitable {
  /** Whether it is over. */
  readonly ended: boolean;
  /** What it waits for itself. */
  waitsFor: Set<Waitable> | undefined;
}

const running = /* @__PURE__ */ new Scope<OwnComputation>();

/**
 * The run of a cached function that the caller is part of; `undefined` outside of one.
 *
 * Ask for it in the function before the first `await`, which works everywhere; later on it is known only where the runtime has
 * `AsyncLocalStorage`. An old value is there as long as `staleIfError` or `staleWhileRevalidate` lets it be kept.
 *
 * @example
 * ```ts
 * import { acache, computation } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * let transfers = 0;
 * const load = acache(async (id: number) => {
 *   const run = computation<{ id: number; etag: string }>();
 *   // A server that is asked with If-None-Match answers 304 here.
 *   if (run?.old?.value.etag === "v1") return run.notModified();
 *   transfers++;
 *   return { id, etag: "v1" };
 * }, { ttl: "1m", staleIfError: "1h" });
 *
 * await load(1);
 * await load.cache.expire(1);
 * assert.deepEqual(await load(1), { id: 1, etag: "v1" });
 * assert.equal(transfers, 1);
 * ```
 */
export function computation<V = unknown>(): Computation<V> | undefined {
  return running.current() as Computation<V> | undefined;
}

/** A computation as the core sees it. */
export class OwnComputation implements Computation {
  readonly key: string;
  readonly old: Peeked | undefined;
  readonly flight: Waitable;
  /** Whether the function said that the old value is still right. */
  unmodified = false;
  #controller: AbortController | undefined;
  #reason: { readonly reason: unknown } | undefined;

  constructor(key: string, flight: Waitable, old: Peeked | undefined) {
    this.key = key;
    this.flight = flight;
    this.old = old;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason.reason);
    }
    return this.#controller.signal;
  }

  /** Tells the function that nobody waits for it any more. */
  abort(reason: unknown): void {
    this.#reason ??= { reason };
    this.#controller?.abort(reason);
  }

  notModified(): unknown {
    if (this.old === undefined) {
      throw new CacheOperationError(
        `Cannot keep the old value of "${this.key}": there is none; look at old before, and give staleIfError so that one is kept`,
      );
    }
    this.unmodified = true;
    return this.old.value;
  }
}

/** Runs the function of a computation, so that what it calls knows where it is called from. */
export function runInside<T>(computation: OwnComputation, fn: () => T): T {
  return running.run(computation, fn);
}

/**
 * Notes that whatever computation the caller is part of waits for a flight. Throws a `ReentryError` when that flight waits,
 * however indirectly, for the caller. Returns what ends the note.
 */
export function waitFor(flight: Waitable, key: string): (() => void) | undefined {
  const inside = running.current()?.flight;
  if (inside === undefined || inside.ended) return undefined;
  if (reaches(flight, inside, new Set())) throw reentry(key);
  const waitsFor = inside.waitsFor ??= new Set();
  waitsFor.add(flight);
  return () => waitsFor.delete(flight);
}

function reaches(from: Waitable, to: Waitable, seen: Set<Waitable>): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  for (const next of from.waitsFor ?? []) if (reaches(next, to, seen)) return true;
  return false;
}

/** That a function waits for itself. */
export function reentry(key: string): ReentryError {
  return new ReentryError(
    `Cannot compute "${key}": its computation waits for itself, through a call with the same arguments; let the function ` +
      `call its original, or other arguments`,
  );
}
