import type { AsyncStore, Bounds, EvictionReason, SyncStore } from "./store.ts";
import type { Entry } from "./entry.ts";
import type { MaybePromise } from "./maybe_promise.ts";

/** The global object of a runtime, or a plain object that stands in for one. */
export type Globals = Readonly<Record<string, unknown>>;

/** What an engine is opened with. */
export interface OpenOptions {
  /** The absolute folder that holds this cache's data; empty where the system has none. The engine makes it. */
  readonly directory: string;
  /** The name of that folder, which sets the data apart where there are no folders: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  readonly folderName?: string | undefined;
  /** The address of a server, for engines that reach one. */
  readonly url?: string | undefined;
  /** Whether files are for this user alone (folders 0o700, files 0o600). */
  readonly secure: boolean;
  /** What the store may hold. Only engines with `scope: "function"` bound themselves; the core trims the others. */
  readonly bounds: Bounds;
  /** Seed of random eviction, for repeatable runs. */
  readonly seed?: number | undefined;
  /** Told of each entry that left for room. Only engines with `scope: "function"` call it. */
  readonly onEvict?: ((key: string, entry: Entry, reason: EvictionReason) => void) | undefined;
  /** Told that all that was stored is damaged and set aside, and that the store begins anew. The error says what and where. */
  readonly onDamage?: ((error: Error) => void) | undefined;
}

/** What an engine over two others is made of. */
export interface Tiers {
  /** The engine that is asked first. */
  readonly front: Engine;
  /** The engine that keeps everything. */
  readonly back: Engine;
  /** Whether a value is written to both at once or to the front alone, until it is flushed. */
  readonly write: "through" | "back";
  /** How long the front is trusted where the back cannot tell what others change, in milliseconds. */
  readonly ttl: number;
}

/**
 * How to open a kind of storage, and what it is capable of.
 *
 * The core decides from these declarations and never from a name.
 */
export interface Engine {
  /** Its name in options, messages and statistics. */
  readonly name: string;
  /** Whether its store answers at once (`"sync"`), later (`"async"`), or either way (`"both"`, with `openSync`). */
  readonly mode: "sync" | "async" | "both";
  /** Whether a caller gets back the very value, a copy made by the engine, or a value decoded from a body. */
  readonly holds: "references" | "clones" | "bytes";
  /** Whether each function opens a store of its own or the functions of one folder share a store. */
  readonly scope: "function" | "folder";
  /** The longest key and the largest body it takes, in bytes. */
  readonly limits: { readonly keyBytes: number; readonly bodyBytes: number };
  /** Whether values outlive the process. */
  readonly persistent: boolean;
  /** Whether other processes see the values. */
  readonly shared: boolean;
  /** Whether values are files below `directory`, so that there must be one. `false` unless said. */
  readonly onDisk?: boolean;
  /**
   * Whether values are on another machine: the core waits only a moment for each answer, and the storage bounds itself
   * unless the options bound it. `false` unless said.
   */
  readonly remote?: boolean;
  /** The protocols of the addresses that it opens, such as `"redis:"`; the option `url` goes to the engine that names its protocol. */
  readonly protocols?: readonly string[];
  /**
   * What it is made of, if it is one over two others. With memory in front and `write: "through"` the core keeps values
   * there by itself, decoded, and opens the back alone.
   */
  readonly tiers?: Tiers;
  /** Where values are found, for the documentation: one line. */
  readonly keeps: string;
  /**
   * Whether the engine can be opened here: `true`, or the reason why not, in words that end a sentence.
   * Decides from `globals` alone; never prompts, opens or writes.
   */
  probe(globals: Globals, options: Pick<OpenOptions, "directory" | "folderName" | "url">): true | string;
  /** Opens the storage. Throws when that fails, and the core goes on to the next engine. */
  open(options: OpenOptions): MaybePromise<AsyncStore | SyncStore>;
  /** Opens the storage for synchronous use. Only where `mode` is `"both"`. */
  openSync?(options: OpenOptions): SyncStore;
}
