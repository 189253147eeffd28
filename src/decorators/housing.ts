import type { Codec } from "../contract/codec.ts";
import type { Engine } from "../contract/engine.ts";
import type { Entry } from "../contract/entry.ts";
import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { Bounds, EvictionReason } from "../contract/store.ts";
import type { Front } from "../flow/front.ts";
import type { Sharing } from "../flow/sharing.ts";
import type { CacheOptions } from "../options.ts";
import type { Settings } from "../settings.ts";
import type { Selection } from "./engine_manager.ts";
import type { Loan } from "./open_stores.ts";
import type { VersionNote, VersionNoteOptions } from "./version_note.ts";

/** Where the values of one cache live: an open store, how it was chosen, and what it may hold. */
export interface Home extends Selection, Pick<Loan, "store" | "release"> {
  readonly bounds: Bounds;
  /** Whether a server that was asked for first did not answer, so that it is worth asking again. */
  readonly makeshift: boolean;
}

/** For whom a home is sought. */
export interface Seeker {
  readonly name: string;
  readonly sync: boolean;
  readonly settings: Settings;
  /** Whether a home was found before, and this one is to take its place: then nobody is told. */
  readonly again?: boolean;
  readonly onEvict: (key: unknown, entry: Entry, reason: EvictionReason) => void;
}

/**
 * Where the caches of a decorator may live, and all that is needed there.
 *
 * Why decorators bring it along: whoever bundles `mcache` alone gets memory, and none of the engines, codecs and leases that only
 * other homes need.
 */
export interface Housing {
  /** Whether values are meant to outlive the process. */
  outlives(options: CacheOptions, sync: boolean): boolean;
  /** Throws a `PathError` or an `EngineNotAvailableError` where no home could be found. */
  check(settings: Settings, sync: boolean): void;
  /** The engine that is asked first; memory, where that is in front of another. */
  nearest(options: CacheOptions, sync: boolean): Engine;
  /** The engine that would have the values now; opens nothing. */
  select(settings: Settings, sync: boolean): Selection;
  /** Opens the first engine that can be opened. */
  find(seeker: Seeker): MaybePromise<Home>;
  /** Memory for what is in front of the engine that is asked first, where that is made so. */
  front(settings: Settings, sync: boolean): Front | undefined;
  /** The folder of the values, where an engine keeps them in one. */
  folder(engine: Engine, settings: Settings): string | undefined;
  /** How values become bodies for engines that keep bytes. Throws a `ConfigurationError` for what the runtime cannot do. */
  codec(settings: Settings, sync: boolean): Codec | undefined;
  /** What caches need whose store is not theirs alone. */
  readonly sharing: Sharing | undefined;
  /** Notes which version of a function is in use. */
  note?(options: VersionNoteOptions): VersionNote;
}
