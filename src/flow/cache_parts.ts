import type { Clock } from "../contract/clock.ts";
import type { Codec } from "../contract/codec.ts";
import type { Engine } from "../contract/engine.ts";
import type { AsyncStore, Bounds } from "../contract/store.ts";
import type { Ageing } from "../policy/ageing.ts";
import type { EntryForm } from "./entry_form.ts";
import type { Front } from "./front.ts";
import type { Housekeeping } from "./housekeeping.ts";
import type { Segments } from "./flowing/segments.ts";
import type { Sharing } from "./sharing.ts";
import type { Sliding } from "./sliding.ts";
import type { Tags } from "./tags.ts";
import type { Tally } from "./tally.ts";
import type { WriteOrder } from "./write_order.ts";

/** What one cache is made of. */
export interface ValueCacheOptions {
  readonly engine: Engine;
  readonly store: AsyncStore;
  /** The part of the store that is this cache's, as a key prefix; empty when the store is its own. */
  readonly prefix: string;
  /** How values become bodies; none where the engine keeps the very values. */
  readonly codec: Codec | undefined;
  readonly freeze: boolean;
  readonly bounds: Bounds;
  readonly random: () => number;
  readonly clock: Clock;
  readonly tally: Tally;
  /** The key as events show it. */
  readonly publicKey: (key: unknown) => string;
  /** Whether one process at a time computes a key, where the engine can see to that. */
  readonly lock: boolean;
  /** A digest of a text, fit for a key. */
  readonly digest: (text: string) => string;
  /** What the store needs besides, where it is not this cache's alone. */
  readonly sharing: Sharing | undefined;
  /** The memory in front of the store. */
  readonly front: Front | undefined;
  readonly ageing: Ageing;
  /** How long values stay fresh after a hit, and whether there is an end to it; none where hits make no difference. */
  readonly slidingTtl: { readonly span: number; readonly ends: boolean } | undefined;
  /** How long a caller waits where a stale value may be given, in milliseconds. */
  readonly softTimeout: number | undefined;
  /** How long the function may take, in milliseconds. */
  readonly hardTimeout: number | undefined;
  /** How long the function rests after a failure, in milliseconds. */
  readonly retryAfter: number;
  /** Whether values have to be written at once, unless the function gives promises. */
  readonly sync: boolean;
  /** Whether the host ends promises with the request that they were made for. */
  readonly mortal: boolean;
  /** Keeps the host alive for a write that outlives the answer. */
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
}

/** What those share who read and write the values of one cache. */
export interface CacheParts extends ValueCacheOptions {
  readonly form: EntryForm;
  readonly writes: WriteOrder;
  readonly tags: Tags;
  readonly sliding: Sliding | undefined;
  /** Where flows are kept that are too long for memory; none where the store cannot keep them. */
  readonly segments: Segments | undefined;
  /** Whether the function may run for a key, as far as it did so before. */
  readonly mayRun: (key: unknown, now: number) => boolean;
  /** Who keeps the bounds, where the store does not do so itself. */
  readonly housekeeping: Housekeeping | undefined;
}
