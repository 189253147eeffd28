import type { Globals } from "../../src/contract/engine.ts";
import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { CacheError, EngineError, EngineNotAvailableError, ResourceError } from "../../src/errors.ts";
import { endsPromises } from "../../src/runtime/requests.ts";
import { entryOf, keepFor, listedOf, recordOf } from "../edge/record.ts";
import { Catalogue } from "./catalogue.ts";
import { Epochs } from "./epochs.ts";
import { type CacheRecord, Records } from "./records.ts";

/** Opens the cache of a folder. Throws an `EngineNotAvailableError` where the Cache API keeps nothing. */
export async function openStore(
  globals: Globals & { readonly caches: CacheStorage },
  folderName: string,
  origin: string,
): Promise<AsyncStore<Body>> {
  const records = new Records(await globals.caches.open(`twat_cache/${folderName}`), origin);
  const epochs = new Epochs(records, globals);
  if (await epochs.begun("") !== await epochs.of("")) {
    const reason = "its Cache API keeps nothing, as on workers.dev";
    throw new EngineNotAvailableError(
      `Cannot open engine "cache_api": ${reason}; deploy to a domain of your own, or use Workers KV`,
      { engine: "cache_api", tried: [{ engine: "cache_api", reason }] },
    );
  }
  const catalogue = new Catalogue(records, epochs, globals);
  let closed = false;

  async function run<T>(operation: string, work: () => Promise<T>): Promise<T> {
    if (closed) throw new ResourceError(`Cannot ${operation} in engine "cache_api": the store is closed; open another`);
    try {
      return await work();
    } catch (error) {
      throw faultOf(operation, error);
    }
  }

  /** What is kept under a key and counts. */
  async function find(key: string, epoch: Promise<string | undefined>): Promise<CacheRecord | undefined> {
    const [found, valid] = await Promise.all([records.find(nameOf(key)), epoch]);
    if (found === undefined || found.epoch === valid) return found;
    await found.drop();
    return undefined;
  }

  async function get(key: string): Promise<Entry<Body> | undefined> {
    const found = await find(key, epochs.of(scopeOf(key)));
    return found && entryOf(found.row, await found.bytes());
  }

  async function setScope(scope: string, entries: readonly (readonly [key: string, entry: Entry<Body>])[]) {
    // As they are now, because bodies are the caller's.
    const kept = entries.map(([key, entry]) => ({ key, seconds: keepFor(entry), ...recordOf(entry) }));
    const epoch = await epochs.begun(scope);
    await Promise.all([
      ...kept.map(({ key, row, bytes, seconds }) => records.put(nameOf(key), { epoch, row, bytes, seconds })),
      catalogue.note(scope, new Map(kept.map(({ key, whole }) => [key, whole])), epoch),
    ]);
  }

  async function setMany(entries: readonly (readonly [key: string, entry: Entry<Body>])[]): Promise<void> {
    await Promise.all(
      [...byScope([...new Map(entries)], ([key]) => key)].map(([scope, some]) => setScope(scope, some)),
    );
  }

  async function deleteScope(scope: string, keys: readonly string[]): Promise<number> {
    const epoch = epochs.of(scope);
    const found = await Promise.all(keys.map((key) => find(key, epoch)));
    const valid = await epoch;
    await Promise.all([
      ...found.map((one) => one?.drop()),
      ...keys.map((key) => records.delete(nameOf(key))),
      valid && catalogue.note(scope, new Map(keys.map((key) => [key, undefined])), valid),
    ]);
    return found.filter((one) => one !== undefined).length;
  }

  async function deleteMany(keys: readonly string[]): Promise<number> {
    const scopes = byScope([...new Set(keys)], (key) => key);
    const counts = await Promise.all([...scopes].map(([scope, some]) => deleteScope(scope, some)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async function* entries(prefix: string): AsyncGenerator<Listed> {
    const scopes = catalogue.heads(prefix);
    for (;;) {
      const { done, value } = await run("list", () => scopes.next());
      if (done) return;
      for (const [key, head] of value) yield listedOf(key, head);
    }
  }

  async function clear(prefix: string): Promise<number> {
    const keys: string[] = [];
    for await (const heads of catalogue.heads(prefix)) keys.push(...heads.map(([key]) => key));
    await epochs.renew(prefix);
    // Where requests are ended, operations are counted, too, and the cache drops by itself what nobody reads.
    if (!endsPromises(globals)) await Promise.all(keys.map((key) => records.delete(nameOf(key))));
    return keys.length;
  }

  return {
    get: (key) => run("get", () => get(key)),
    set: (key, entry) => run("set", () => setMany([[key, entry]])),
    setMany: (all) => run("set", () => setMany(all)),
    delete: (key) => run("delete", async () => await deleteMany([key]) > 0),
    deleteMany: (keys) => run("delete", () => deleteMany(keys)),
    entries,
    clear: (prefix) => run("clear", () => clear(prefix)),
    usage: (prefix) =>
      run("count", async () => {
        let [count, bytes] = [0, 0];
        for await (const heads of catalogue.heads(prefix)) {
          for (const [, head] of heads) [count, bytes] = [count + 1, bytes + head.size];
        }
        return { entries: count, bytes };
      }),
    close: () => void (closed = true),
    native: records.cache,
  };
}

function nameOf(key: string): string {
  return `entry/${key}`;
}

function scopeOf(key: string): string {
  return key.slice(0, key.indexOf("/") + 1);
}

function byScope<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const scopes = new Map<string, T[]>();
  for (const item of items) {
    const scope = scopeOf(keyOf(item));
    const some = scopes.get(scope);
    if (some === undefined) scopes.set(scope, [item]);
    else some.push(item);
  }
  return scopes;
}

/** What the runtime said, as an error of this library. */
function faultOf(operation: string, error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const full = (error as { name?: unknown } | null)?.name === "QuotaExceededError";
  return new EngineError(
    `Cannot ${operation} in engine "cache_api": ${said}; ${full ? "bound the cache with maxBytes" : "see the cause"}`,
    { engine: "cache_api", code: full ? "ERR_CACHE_ENGINE_FULL" : "ERR_CACHE_ENGINE", cause: error },
  );
}
