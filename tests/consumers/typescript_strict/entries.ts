/** What each entry of the package promises to the compiler. It is checked, never run. */
import {
  acache,
  bcache,
  CacheContext,
  type CacheOptions,
  type CacheStats,
  ConfigurationError,
  mcache,
} from "@twat/cache";
import { fromKeyv, fromUnstorage, type KeyvLike } from "@twat/cache/adapters";
import type { main } from "@twat/cache/cli";
import { denoKvEngine } from "@twat/cache/deno-kv";
import { cacheApi, cloudflareKv, type KvBinding } from "@twat/cache/edge";
import { files } from "@twat/cache/files";
import { indexedDb } from "@twat/cache/indexed-db";
import { memory } from "@twat/cache/memory";
import { opfs } from "@twat/cache/opfs";
import { redisEngine } from "@twat/cache/redis";
import { bunSqlite, nodeSqlite } from "@twat/cache/sqlite";
import { chaosEngine, engineContract, FakeClock, seededFaults } from "@twat/cache/testing";

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
function same<One, Other>(_same: Same<One, Other>): void {}

interface User {
  readonly id: number;
  readonly joined: Date;
}
declare function load(id: number, options?: { readonly fresh: boolean }): User;
declare function fetchUser(id: number): Promise<User>;

// A function keeps its colour, its arguments, and what it gives.
const inMemory = mcache(load, { ttl: "5m", maxSize: 1_000 });
same<ReturnType<typeof inMemory>, User>(true);
same<Parameters<typeof inMemory>, Parameters<typeof load>>(true);
const persistent = bcache(load, { folderName: "users", tags: (user) => [`user:${user.id}`] });
same<ReturnType<typeof persistent>, Promise<User>>(true);
const atOnce = bcache.sync(load);
same<ReturnType<typeof atOnce>, User>(true);
const shared = acache(fetchUser, { staleWhileRevalidate: "30s" });
same<ReturnType<typeof shared>, Promise<User>>(true);
const generic = mcache(<T>(list: readonly T[]): T | undefined => list[0]);
same<ReturnType<typeof generic<string>>, string | undefined>(true);

// What is found is as typed as what is computed.
const found = inMemory.cache.peek(1);
same<NonNullable<typeof found>["value"], User>(true);
same<ReturnType<typeof inMemory.cache.stats>, CacheStats>(true);

// Engines of all entries fit the option, alone and as an order of one's own.
declare const kv: KvBinding;
declare const keyv: KeyvLike;
declare const storage: Parameters<typeof fromUnstorage>[0];
export const options: CacheOptions[] = [
  { engine: [memory, files, nodeSqlite, bunSqlite, indexedDb, opfs] },
  { engine: denoKvEngine() },
  { engine: redisEngine({ url: "redis://localhost:6379" }) },
  { engine: cloudflareKv(kv) },
  { engine: cacheApi() },
  { engine: fromKeyv(keyv) },
  { engine: fromUnstorage(storage) },
  { engine: chaosEngine(memory, seededFaults(1)), clock: new FakeClock() },
];
export const contract: typeof engineContract = engineContract;
same<ReturnType<typeof main>, Promise<0 | 1 | 2>>(true);

export async function withoutFunction(): Promise<User> {
  const context = await CacheContext.open({ ttl: "5m" });
  try {
    return await context.getOrSet("user:1", () => fetchUser(1));
  } catch (error) {
    if (error instanceof ConfigurationError) throw new Error(error.issues.map(({ path }) => path).join());
    throw error;
  } finally {
    await context.close();
  }
}
