import type { Clock } from "./contract/clock.ts";
import type { Engine, Globals } from "./contract/engine.ts";
import type { Body, Entry, Listed } from "./contract/entry.ts";
import type { AsyncStore, Change } from "./contract/store.ts";
import { engines } from "./decorators/engine_manager.ts";
import { openedFor } from "./decorators/opened_for.ts";
import { borrowStore, type Loan } from "./decorators/open_stores.ts";
import { placeOf } from "./decorators/place.ts";
import { ConfigurationError, EngineError, EngineNotAvailableError } from "./errors.ts";
import { copyVersions, countVersions, isVersionsKey } from "./flow/versions.ts";
import type { CacheOptions } from "./options.ts";
import { settle } from "./settings.ts";

/** Where a cache's entries are: the options by which caches find the same place. */
export type CopyPlace = Pick<CacheOptions, "engine" | "folderName" | "cacheDir" | "url" | "secure" | "encrypt">;

/** How entries are copied. */
export interface CopyOptions {
  /** Which entries of the same key are replaced: those stored earlier (`"newer"`, the default), all (`"always"`) or none. */
  readonly overwrite?: "newer" | "always" | "never" | undefined;
  /** Told after each batch how far it is. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
  /** What tells which entries are gone. The system's clock by default. */
  readonly clock?: Clock | undefined;
}

/** How far copying is. */
export interface CopyProgress {
  /** Entries that were copied. */
  readonly copied: number;
  /** Entries that were left out: gone, damaged, or not newer than what is there. */
  readonly skipped: number;
  /** Entries that do not fit. */
  readonly refused: number;
  /** Entries that there were when it began. */
  readonly total: number;
}

/** What became of the entries. */
export interface CopyReport extends Pick<CopyProgress, "copied" | "skipped"> {
  /** The entries that do not fit, and why. */
  readonly refused: readonly { readonly key: string; readonly reason: string }[];
}

/** A batch has this many entries at most, and these bytes by what the listing says, if it has more than one. */
const BATCH_ENTRIES = 100;
const BATCH_BYTES = 4_000_000;

/**
 * Copies the entries of all caches of a folder into another engine or another folder, as they are: with their instants, tags,
 * labels and costs. Caches that are opened there find them.
 *
 * Memory is needed for a batch of entries only. What does not fit is told by key, and the rest is copied. If anything else fails,
 * it throws; copying again goes on where it stopped, since what is not newer is skipped. Throws a `ConfigurationError` for
 * an engine that keeps no bytes, such as memory, and an `EngineNotAvailableError` for one that cannot be used here.
 *
 * @example
 * ```ts
 * import { bcache, copyCache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const there = { engine: "files", folderName: "example-copy-from" } as const;
 * const here = { engine: ["sqlite", "files"], folderName: "example-copy-to" } as const;
 * const square = bcache((n: number) => n * n, { ...there, name: "square" });
 * await square(4);
 * await square.cache.close();
 * const { copied, skipped } = await copyCache(there, here);
 * assert.equal(copied + skipped, 1);
 * ```
 */
export async function copyCache(from: CopyPlace, to: CopyPlace, options: CopyOptions = {}): Promise<CopyReport> {
  const { overwrite = "newer", onProgress, clock = Date } = options;
  if (!["newer", "always", "never"].includes(overwrite)) {
    throw misused("overwrite", `overwrite is ${JSON.stringify(overwrite)}; use "newer", "always" or "never"`);
  }
  const [source, target] = [storageOf("from", from), storageOf("to", to)];
  if (source.engine === target.engine && source.place === target.place) {
    throw misused("to", `it is where the entries are already; name another engine, folderName or url`);
  }
  const reading = await source.open();
  try {
    const writing = await target.open();
    try {
      const copier = new Copier(reading.store as AsyncStore<Body>, writing.store as AsyncStore<Body>, target.engine);
      return await copier.copy(overwrite, clock, onProgress);
    } finally {
      await writing.release();
    }
  } finally {
    await reading.release();
  }
}

interface Storage {
  readonly engine: Engine;
  readonly place: string;
  open(): Promise<Loan>;
}

function storageOf(path: "from" | "to", options: CopyPlace): Storage {
  const globals = globalThis as unknown as Globals;
  const { engine } = openedFor(engines.select({ ...options, strict: true }).engine);
  if (engine.holds !== "bytes") {
    throw misused(path, `"${engine.name}" holds ${engine.holds} and no bytes; name an engine that holds bytes`);
  }
  const settings = settle(options);
  const place = placeOf(engine, settings, globals);
  if ("reason" in place) {
    const tried = [{ engine: engine.name, reason: place.reason }];
    throw new EngineNotAvailableError(
      `Cannot copy with engine "${engine.name}": ${place.reason}; name another`,
      { engine: engine.name, tried },
    );
  }
  const bounds = { maxSize: Infinity, maxBytes: Infinity, policy: settings.policy };
  return {
    engine,
    place: JSON.stringify(place),
    open: async () => await borrowStore(engine, { ...place, secure: settings.secure, bounds }, false),
  };
}

function misused(path: string, why: string): ConfigurationError {
  return new ConfigurationError(`Cannot copy entries: ${why}`, { issues: [{ path, message: why }] });
}

type Pair = readonly [key: string, entry: Entry<Body>];

class Copier {
  readonly #from: AsyncStore<Body>;
  readonly #to: AsyncStore<Body>;
  readonly #limits: Engine["limits"];
  readonly #refused: { key: string; reason: string }[] = [];
  #copied = 0;
  #skipped = 0;

  constructor(from: AsyncStore<Body>, to: AsyncStore<Body>, { limits }: Engine) {
    this.#from = from;
    this.#to = to;
    this.#limits = limits;
  }

  async copy(
    overwrite: NonNullable<CopyOptions["overwrite"]>,
    clock: Clock,
    onProgress: CopyOptions["onProgress"],
  ): Promise<CopyReport> {
    const total = onProgress === undefined ? 0 : (await this.#from.usage("")).entries - await countVersions(this.#from);
    for await (const listed of batches(this.#from.entries(""))) {
      const batch = listed.filter(({ key }) => !isVersionsKey(key));
      const there = batch.filter(({ goneAt }) => goneAt > clock.now());
      const entries = await manyOf(this.#from, there.map(({ key }) => key));
      const pairs = there.flatMap(({ key }, at): Pair[] => entries[at] === undefined ? [] : [[key, entries[at]!]]);
      this.#skipped += batch.length - pairs.length;
      await this.#write(pairs.filter((pair) => this.#fits(pair)), overwrite);
      onProgress?.({ copied: this.#copied, skipped: this.#skipped, refused: this.#refused.length, total });
    }
    await copyVersions(this.#from, this.#to);
    return { copied: this.#copied, skipped: this.#skipped, refused: this.#refused };
  }

  /** Writes what may be written: at once where that works, else one by one, by which it shows what does not fit. */
  async #write(pairs: readonly Pair[], overwrite: NonNullable<CopyOptions["overwrite"]>): Promise<void> {
    const there = overwrite === "always" ? [] : await manyOf(this.#to, pairs.map(([key]) => key));
    const changes = pairs.flatMap(([key, entry], at): Change<Body>[] => {
      const found = there[at];
      if (overwrite === "always") return [{ key, entry }];
      if (found === undefined) return [{ key, entry, found: "absent" }];
      return overwrite === "never" || found.storedAt >= entry.storedAt ? [] : [{ key, entry, found: found.storedAt }];
    });
    this.#skipped += pairs.length - changes.length;
    if (changes.length === 0) return;
    try {
      if (await this.#change(changes)) {
        this.#copied += changes.length;
        return;
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (changes.length === 1) return this.#refuse(changes[0]!.key, error);
    }
    // One that somebody stored meanwhile is newer than ours.
    if (changes.length === 1) return void this.#skipped++;
    for (const { key, entry } of changes) await this.#write([[key, entry!]], overwrite);
  }

  /** Makes changes, if what was there is there still, as far as the engine can tell; says whether they were made. */
  async #change(changes: readonly Change<Body>[]): Promise<boolean> {
    const to = this.#to;
    if (to.commit !== undefined) return await to.commit(changes);
    const pairs = changes.map(({ key, entry }) => [key, entry!] as const);
    if (to.setMany !== undefined) await to.setMany(pairs);
    else for (const [key, entry] of pairs) await to.set(key, entry);
    return true;
  }

  #fits([key, { body }]: Pair): boolean {
    const { keyBytes, bodyBytes } = this.#limits;
    const bytes = typeof body !== "string"
      ? body.byteLength
      : body.length * 3 <= bodyBytes
      ? 0
      : new TextEncoder().encode(body).byteLength;
    const reason = key.length > keyBytes
      ? `its key has ${key.length} bytes and the limit is ${keyBytes}`
      : bytes > bodyBytes
      ? `its body has ${bytes} bytes and the limit is ${bodyBytes}`
      : undefined;
    if (reason !== undefined) this.#refused.push({ key, reason });
    return reason === undefined;
  }

  #refuse(key: string, error: EngineError): void {
    if (error.code !== "ERR_CACHE_ENGINE_LIMIT") throw error;
    this.#refused.push({ key, reason: error.message });
  }
}

async function manyOf(store: AsyncStore<Body>, keys: readonly string[]): Promise<(Entry<Body> | undefined)[]> {
  if (keys.length === 0) return [];
  if (store.getMany !== undefined) return await store.getMany(keys);
  return await Promise.all(keys.map((key) => store.get(key)));
}

async function* batches(listed: Iterable<Listed> | AsyncIterable<Listed>): AsyncGenerator<Listed[]> {
  let [batch, bytes]: [Listed[], number] = [[], 0];
  for await (const one of listed) {
    if (batch.length === BATCH_ENTRIES || batch.length > 0 && bytes + one.size > BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(one);
    bytes += one.size;
  }
  if (batch.length > 0) yield batch;
}
