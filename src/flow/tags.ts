import type { MaybePromise } from "../contract/maybe_promise.ts";

/**
 * How the tags of one cache are kept and invalidated.
 *
 * What an entry carries is called its marks: the tags themselves where the store is this cache's own (`TagIndex`), the tags
 * with their epochs where it is shared (`TagMarks`).
 */
export interface Tags {
  /** The marks of an entry with these tags; `undefined` when one was invalidated after the instant `since`. */
  of(tags: readonly string[], since: number): MaybePromise<readonly string[] | undefined>;
  /** Whether no tag of an entry was invalidated since it was stored. */
  hold(marks: readonly string[]): MaybePromise<boolean>;
  /** The tags in marks. */
  names(marks: readonly string[]): readonly string[];
  /** Makes the entries with a tag gone, or says which are to be removed. */
  invalidate(tag: string): MaybePromise<readonly unknown[]>;
  /** Notes that an entry came. */
  came(key: unknown, marks: readonly string[]): void;
  /** Notes that an entry left. */
  left(key: unknown, marks: readonly string[]): void;
  /** Whether `left` is to be told of every entry. */
  readonly counts: boolean;
  /** Notes that every entry left. */
  clear(): void;
}
