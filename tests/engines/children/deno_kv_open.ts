import { denoKv, denoKvEngine, type KvDatabase, type OpenKv } from "../../../engines/deno_kv.ts";
import type { Engine } from "../../../src/contract/engine.ts";
import type { Body, Entry } from "../../../src/contract/entry.ts";
import type { AsyncStore } from "../../../src/contract/store.ts";

/** `Deno.openKv`, which is there when Deno runs with `--unstable-kv`. */
export const ownOpenKv: OpenKv | undefined = (globalThis as { Deno?: { openKv?: OpenKv } }).Deno?.openKv;

/** `openKv` of `@deno/kv`, or why it cannot be loaded here. Bun is told how to do without V8; nobody is asked to. */
export const packageOpenKv: OpenKv | string = await (async () => {
  try {
    const { openKv } = await import("@deno/kv");
    const unused = () => {
      throw new Error("Cannot use V8: only bytes are kept");
    };
    await openKv(":memory:", { encodeV8: unused, decodeV8: unused }).then((kv) => kv.close());
    return (place?: string) => openKv(place, { encodeV8: unused, decodeV8: unused });
  } catch (error) {
    return `@deno/kv does not load here: ${error instanceof Error ? error.message : error}`;
  }
})();

/** How Deno KV is opened here: by Deno itself or else by `@deno/kv`. */
export const openKvHere: OpenKv = ownOpenKv ?? (() => {
  if (typeof packageOpenKv !== "string") return packageOpenKv;
  return () => Promise.reject(new Error(`Cannot open Deno KV: ${packageOpenKv}; install it`));
})();

/** Why Deno KV cannot be tested here, or `false`. */
export const noDenoKv: string | false = ownOpenKv === undefined && typeof packageOpenKv === "string" && packageOpenKv;

/** The engine as it is used here. */
export const engineHere: Engine = ownOpenKv === undefined ? denoKvEngine({ openKv: openKvHere }) : denoKv;

/** The open store of the engine, with all that it offers and its raw database. */
export interface OpenStore extends Required<Omit<AsyncStore<Body>, "peek" | "savedMs" | "trim">> {
  readonly native: KvDatabase;
}

/** The one of two addresses of a server that is for the client here: the first for that of `@deno/kv`. */
export function addressIn(urls: string): string {
  const [first, second = first] = urls.split(" ");
  return (ownOpenKv === undefined ? first : second)!;
}

/** Opens a store in a folder. */
export async function openDenoKv(directory: string, url?: string, engine: Engine = engineHere): Promise<OpenStore> {
  const bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
  return await engine.open({ directory, secure: true, bounds, url }) as OpenStore;
}

/** An entry with a body. */
export function entryOf(body: Body, parts: Partial<Entry<Body>> = {}): Entry<Body> {
  return {
    body,
    form: "1:json",
    checksum: body.length,
    storedAt: 1_790_000_000_000,
    freshUntil: Infinity,
    goneAt: Infinity,
    cost: 1,
    size: body.length,
    tags: [],
    label: "",
    ...parts,
  };
}

/** All raw keys of a kind in the database of a store, as text. */
export async function rawKeys(store: OpenStore, kind: string): Promise<readonly (readonly unknown[])[]> {
  const found: (readonly unknown[])[] = [];
  const root = ["@twat/cache", 1, "default"];
  const range = { start: [...root, kind], end: [...root, `${kind}\0`] };
  for await (const { key } of store.native.list(range, { batchSize: 100 })) found.push(key);
  return found;
}

/** What a call throws or is rejected with, which has to be an error with a code. */
export async function thrownBy(call: () => unknown): Promise<Error & { readonly code?: string }> {
  try {
    await call();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error("Cannot see an error: nothing was thrown");
}
