import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { CacheError, EngineError, ResourceError } from "../../src/errors.ts";
import type { KvBinding, KvPage } from "../cloudflare_kv.ts";
import { entryOf, headOf, keepFor, listedOf, type RecordHead, recordOf } from "../edge/record.ts";

/** A key of a listing, with what its metadata say. */
interface Item {
  readonly key: string;
  readonly head: RecordHead;
}

/** More seconds than these are for ever: KV counts them in 32 bits. */
const EVER = 10 * 365 * 86_400;

/** Opens the part of a namespace that belongs to a folder. */
export function openStore(kv: KvBinding, folderName: string, cacheTtl: number | undefined): AsyncStore<Body> {
  const root = `${folderName}/`;
  const reading = { type: "arrayBuffer", ...(cacheTtl && { cacheTtl: Math.ceil(cacheTtl / 1000) }) } as const;
  let closed = false;

  async function run<T>(operation: string, work: () => Promise<T>): Promise<T> {
    if (closed) {
      throw new ResourceError(`Cannot ${operation} in engine "cloudflare_kv": the store is closed; open another`);
    }
    try {
      return await work();
    } catch (error) {
      throw faultOf(operation, error);
    }
  }

  async function get(key: string): Promise<Entry<Body> | undefined> {
    const { value, metadata } = await kv.getWithMetadata(root + key, reading);
    return value === null ? undefined : entryOf(metadata, new Uint8Array(value));
  }

  async function set(key: string, entry: Entry<Body>): Promise<void> {
    const { row, bytes } = recordOf(entry);
    const seconds = keepFor(entry);
    await kv.put(root + key, bytes, { metadata: row, ...(seconds < EVER && { expirationTtl: seconds }) });
  }

  /** KV does not say whether it dropped anything. */
  async function remove(key: string): Promise<boolean> {
    const { value } = await kv.getWithMetadata(root + key, { type: "stream" });
    await value?.cancel();
    await kv.delete(root + key);
    return value !== null;
  }

  async function* pages(prefix: string): AsyncGenerator<Item[]> {
    let page: KvPage | undefined;
    do {
      page = await kv.list({ prefix: root + prefix, ...(page?.cursor && { cursor: page.cursor }) });
      yield page.keys.flatMap(({ name, metadata }) => {
        const head = headOf(metadata);
        return head === undefined ? [] : [{ key: name.slice(root.length), head }];
      });
    } while (!page.list_complete);
  }

  async function listed({ key, head }: Item): Promise<Listed | undefined> {
    if (head.before === 0) return listedOf(key, head);
    const entry = await get(key);
    return entry && listedOf(key, entry);
  }

  async function* entries(prefix: string): AsyncGenerator<Listed> {
    for await (const items of within("list", pages(prefix))) {
      for (const one of await run("list", () => Promise.all(items.map(listed)))) if (one !== undefined) yield one;
    }
  }

  async function* within<T>(operation: string, items: AsyncGenerator<T>): AsyncGenerator<T> {
    for (;;) {
      const { done, value } = await run(operation, () => items.next());
      if (done) return;
      yield value;
    }
  }

  const deleteMany = async (keys: readonly string[]): Promise<number> =>
    (await Promise.all([...new Set(keys)].map(remove))).filter(Boolean).length;

  return {
    get: (key) => run("get", () => get(key)),
    set: (key, entry) => run("set", () => set(key, entry)),
    setMany: (all) =>
      run("set", async () => void await Promise.all([...new Map(all)].map(([key, one]) => set(key, one)))),
    delete: (key) => run("delete", () => remove(key)),
    deleteMany: (keys) => run("delete", () => deleteMany(keys)),
    entries,
    clear: (prefix) =>
      run("clear", async () => {
        let count = 0;
        for await (const items of pages(prefix)) {
          await Promise.all(items.map(({ key }) => kv.delete(root + key)));
          count += items.length;
        }
        return count;
      }),
    usage: (prefix) =>
      run("count", async () => {
        let [count, bytes] = [0, 0];
        for await (const items of pages(prefix)) {
          for (const { head } of items) [count, bytes] = [count + 1, bytes + head.size];
        }
        return { entries: count, bytes };
      }),
    close: () => void (closed = true),
    native: kv,
  };
}

/** What KV answers, as `KV PUT failed: 429 Too Many Requests` for example, as an error of this library. */
function faultOf(operation: string, error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const [code, todo] = kindOf(Number(/failed: (\d{3})/.exec(said)?.[1]));
  return new EngineError(`Cannot ${operation} in engine "cloudflare_kv": ${said}; ${todo}`, {
    engine: "cloudflare_kv",
    code: `ERR_CACHE_ENGINE${code}`,
    cause: error,
  });
}

function kindOf(status: number): readonly [code: string, todo: string] {
  if (status === 429) return ["_BUSY", "write a key once a second at most"];
  if (status === 413 || status === 414) return ["_LIMIT", "keep less under one key"];
  if (status === 401 || status === 403) return ["_NOT_PERMITTED", "see to the binding's permissions"];
  return status >= 500 ? ["_UNREACHABLE", "try again later"] : ["", "see the cause"];
}
