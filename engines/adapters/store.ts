import type { Engine } from "../../src/contract/engine.ts";
import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore, Usage } from "../../src/contract/store.ts";
import { EngineError, ResourceError } from "../../src/errors.ts";
import { faultOf } from "./fault.ts";
import { folderPrefix, nameOf, namePrefix } from "./name.ts";
import { entryFrom, listedOf, recordOf } from "./record.ts";
import { type SharedFolder, shareFolder } from "./shared_folder.ts";
import type { TextStore } from "./text_store.ts";

/** What a store over a foreign one is made of. */
export interface AdapterParts {
  readonly engine: Pick<Engine, "name" | "limits" | "shared" | "persistent">;
  /** What the user handed over. */
  readonly native: object;
  /** Makes of it a store of texts. */
  readonly makeTexts: () => TextStore;
  readonly folderName: string;
}

/** What clocks may differ by, so that a store keeps an entry for at least as long as the cache may ask for it. */
const MARGIN = 300_000;

/** What lasts longer is for ever. */
const EVER = 10 * 365 * 86_400_000;

/** How long a store that is closed waits for what is on its way, in milliseconds. */
const PATIENCE = 1_000;

let privateFolders = 0;

/** The part of a foreign store that belongs to a folder. */
export class AdapterStore implements AsyncStore<Body> {
  /** What the user handed over. */
  readonly native: object;
  readonly #engine: AdapterParts["engine"];
  readonly #folder: string;
  readonly #shared: SharedFolder;
  readonly #running: Set<Promise<unknown>> = new Set();
  #open = true;

  constructor({ engine, native, makeTexts, folderName }: AdapterParts) {
    this.native = native;
    this.#engine = engine;
    // No folder's name has a space in it, so this one is nobody else's.
    this.#folder = folderPrefix(isPrivate(engine) ? `${folderName} ${++privateFolders}` : folderName);
    this.#shared = shareFolder(native, makeTexts, this.#folder);
  }

  async get(key: string): Promise<Entry<Body> | undefined> {
    return (await this.getMany([key]))[0];
  }

  getMany(keys: readonly string[]): Promise<(Entry<Body> | undefined)[]> {
    const { texts, index } = this.#shared;
    return this.#run("read from", async () => {
      const names = keys.map((key) => nameOf(this.#folder, key));
      const before = names.map((name) => index.row(name));
      const found = names.length === 0 ? [] : await texts.getMany(names);
      return keys.map((key, at) => {
        const entry = entryFrom(found[at], key);
        const absent = found[at] === undefined || found[at] === null;
        // What stands under this name may be the entry of another key.
        if (entry !== undefined || absent || before[at]?.key === key) {
          index.saw(names[at]!, before[at], entry && listedOf(key, entry));
        }
        return entry;
      });
    });
  }

  set(key: string, entry: Entry<Body>): Promise<void> {
    return this.setMany([[key, entry]]);
  }

  setMany(entries: readonly (readonly [key: string, entry: Entry<Body>])[]): Promise<void> {
    const { texts, index } = this.#shared;
    return this.#run("write to", async () => {
      const items = [...new Map(entries)].map(([key, entry]) => {
        this.#refuseLarge(entry.body);
        const item = { name: nameOf(this.#folder, key), text: recordOf(key, entry), keepFor: keepFor(entry) };
        return { ...item, listed: listedOf(key, entry) };
      });
      if (items.length === 0) return;
      await texts.setMany(items);
      for (const { name, listed } of items) index.put(name, listed);
    });
  }

  async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key])) > 0;
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    const { texts, index } = this.#shared;
    return this.#run("delete from", async () => {
      const names = [...new Set(keys.map((key) => nameOf(this.#folder, key)))];
      if (names.length === 0) return 0;
      const known = names.map((name) => index.row(name) !== undefined);
      const dropped = await texts.deleteMany(names);
      for (const name of names) index.drop(name);
      return names.filter((_, at) => dropped[at] ?? known[at]).length;
    });
  }

  /** What is damaged is dropped, too. */
  clear(prefix: string): Promise<number> {
    const { texts, index } = this.#shared;
    return this.#run("clear", async () => {
      const under = namePrefix(this.#folder, prefix);
      const names = new Set<string>();
      for await (const page of texts.list!(under)) for (const { name } of page) names.add(name);
      const rows = [...names].map((name) => [name, index.row(name)] as const);
      const count = names.size === 0 ? 0 : await texts.dropMany([...names]);
      for (const [name, row] of rows) if (index.row(name) === row) index.drop(name);
      return count;
    });
  }

  /** Asks the store where other processes may have changed it, else only the first time. */
  async *entries(prefix: string): AsyncGenerator<Listed> {
    const { index } = this.#shared;
    const asks = this.#engine.shared;
    await this.#run("list", () => asks ? index.refresh(namePrefix(this.#folder, prefix)) : index.complete());
    yield* index.list(prefix);
  }

  /** Counts from memory, but for the first time. What other processes did is counted at the next listing. */
  usage(prefix: string): Promise<Usage> {
    return this.#run("count", async () => {
      await this.#shared.index.complete();
      return this.#shared.index.usage(prefix);
    });
  }

  /** Waits a moment for what is on its way, so that the foreign store can be closed next. */
  async close(): Promise<void> {
    if (!this.#open) return;
    try {
      if (isPrivate(this.#engine)) await this.clear("");
    } finally {
      this.#open = false;
      await this.#shared.release(settled([...this.#running], PATIENCE));
    }
  }

  async #run<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const { name } = this.#engine;
    if (!this.#open) throw new ResourceError(`Cannot ${doing} engine "${name}": the store is closed; open another`);
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw faultOf(name, doing, error);
    } finally {
      this.#running.delete(running);
    }
  }

  #refuseLarge(body: Body): void {
    const { name, limits } = this.#engine;
    const size = typeof body === "string" ? body.length * 3 : body.byteLength;
    if (size <= limits.bodyBytes) return;
    const bytes = typeof body === "string" ? new TextEncoder().encode(body).byteLength : size;
    if (bytes <= limits.bodyBytes) return;
    throw new EngineError(
      `Cannot write to engine "${name}": the body has ${bytes} bytes and the limit is ${limits.bodyBytes}; ` +
        "keep smaller values, or raise bodyBytes if the store takes them",
      { engine: name, code: "ERR_CACHE_ENGINE_LIMIT" },
    );
  }
}

/** Whether each opening has a storage of its own, which goes with it. */
function isPrivate({ persistent, shared }: AdapterParts["engine"]): boolean {
  return !persistent && !shared;
}

/** By the span and not by the present, because the cache's clock may be another one than the store's. */
function keepFor({ storedAt, goneAt }: Entry<Body>): number | undefined {
  const span = Math.max(0, goneAt - storedAt) + MARGIN;
  return span < EVER ? Math.ceil(span) : undefined;
}

/** Waits until all have come to an end, but not for ever. */
async function settled(all: readonly Promise<unknown>[], limit: number): Promise<void> {
  if (all.length === 0) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<void>((resolve) => timer = setTimeout(resolve, limit));
  await Promise.race([Promise.allSettled(all), enough]);
  clearTimeout(timer);
}
