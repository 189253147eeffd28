import type { Entry } from "../contract/entry.ts";
import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { MissReason } from "../events.ts";
import type { RefreshReason } from "./next_step.ts";

/** A value that was found, ready to be returned. */
export interface Found {
  readonly found: true;
  /** The value, or the error where `failed`. */
  readonly value: unknown;
  /** Whether the function gave a promise of it. */
  readonly promised: boolean;
  /** Whether it is an error of the function, to be thrown again. */
  readonly failed: boolean;
  /** Milliseconds since it was stored. */
  readonly age: number;
  readonly state: "fresh" | "stale";
  /** Why the function is to run behind, if it is. */
  readonly refresh: RefreshReason | undefined;
  readonly entry: Entry;
}

/** That there is nothing to be returned. */
export interface Missing {
  readonly found: false;
  readonly because: MissReason;
  /** What was there and is stale. */
  readonly old: Found | undefined;
}

/** For whom a value is looked for that may run the function instead. */
export interface Reviewing {
  /** Looks at a value that was found; gives it, another one in its place, or why it is not to be returned. */
  readonly review?: ((found: Found) => MaybePromise<Found | MissReason>) | undefined;
}

/** What is known of an entry without computing. */
export interface Peeked<V = unknown> {
  /** The value. */
  readonly value: V;
  /** Whether it is within its time. */
  readonly state: "fresh" | "stale";
  /** Milliseconds since the value was stored. */
  readonly age: number;
  /** Milliseconds until it is no longer fresh; `Infinity` for never. */
  readonly expiresIn: number;
  /** The names under which it can be invalidated. */
  readonly tags: readonly string[];
}
