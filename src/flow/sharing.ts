import type { AsyncStore } from "../contract/store.ts";
import { Segments, type SegmentsOptions } from "./flowing/segments.ts";
import { type HouseholdOptions, Housekeeping } from "./housekeeping.ts";
import { type Leases, leasesOn } from "./leases.ts";
import { TagMarks } from "./tag_marks.ts";
import type { Tags } from "./tags.ts";
import type { Tally } from "./tally.ts";

/** What the values of a cache need in a store that is not theirs alone: that of a folder, or one that processes share. */
export interface Sharing {
  /** The right to compute a key, where the store gives it. */
  leases(store: AsyncStore, tally: Tally): Leases | undefined;
  /** Tags that all who share the store know. */
  tags(store: AsyncStore, digest: (text: string) => string): Tags;
  /** Who keeps the bounds of the cache within the store. */
  housekeeping(options: HouseholdOptions): Housekeeping;
  /** Where flows are that are too long for memory. */
  segments(options: SegmentsOptions): Segments;
}

/** All of it. */
export const sharing: Sharing = {
  leases: leasesOn,
  tags: (store, digest) => new TagMarks(store, digest),
  housekeeping: (options) => new Housekeeping(options),
  segments: (options) => new Segments(options),
};
