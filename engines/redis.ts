/**
 * Values on a server of Redis or Valkey, which processes and hosts share, and by which they are told of each other's
 * changes.
 *
 * @module
 */
import type { Engine } from "../src/contract/engine.ts";
import { builtin, permitted } from "../src/runtime/abilities.ts";
import { addressFrom, PROTOCOLS } from "./redis/address.ts";

/**
 * A client of the package redis (4 to 6), of the package ioredis (5 or 6), or of Bun, told by what it can do.
 */
export type RedisClient =
  | { readonly isReady: boolean; sendCommand(...args: never[]): unknown; duplicate(...args: never[]): unknown }
  | { readonly status: string; mgetBuffer(...args: never[]): unknown; duplicate(...args: never[]): unknown }
  | { readonly connected: boolean; getBuffer(...args: never[]): unknown; duplicate(...args: never[]): unknown };

/** How to reach a server. */
export interface RedisEngineOptions {
  /**
   * A client of yours, connected or about to be. It stays yours to close, and keeps your process alive until you do. With
   * Bun's own, so does the connection on which the cache hears of changes, until the cache is closed.
   */
  readonly client?: RedisClient | undefined;
  /** The address of a server, `"redis://user:password@host:6379/0"`, or `"rediss://…"` for an encrypted connection. */
  readonly url?: string | undefined;
  /** What the names of all keys and channels begin with, `"twat:"` by default. */
  readonly prefix?: string | undefined;
}

/**
 * Makes an engine that keeps values on a server of Redis, 6 or later, or of Valkey.
 *
 * With an address it opens a client itself: Bun's own, or one of the package redis or ioredis, whichever you have
 * installed. Such a client does not keep your process alive. Without one, it wants the option `url` of the cache.
 *
 * A store that cannot be opened rejects with an `EngineError`, whose code tells a server that does not answer
 * (`ERR_CACHE_ENGINE_UNREACHABLE`) from one that does not permit it (`ERR_CACHE_ENGINE_NOT_PERMITTED`). A user with
 * restricted rights needs the keys `twat:*`, the channels `twat:*` and the commands `@read @write @scripting @pubsub
 * @connection`.
 *
 * @example
 * ```ts ignore
 * import { createClient } from "redis";
 * import { ucache } from "@twat/cache";
 * import { redisEngine } from "@twat/cache/redis";
 *
 * const client = await createClient({ url: "redis://localhost:6379" }).connect();
 * const square = ucache(async (n: number) => n * n, { name: "square", engine: redisEngine({ client }), ttl: "5m" });
 * if (await square(4) !== 16) throw new Error("unexpected");
 * ```
 */
export function redisEngine({ client, url, prefix = "twat:" }: RedisEngineOptions = {}): Engine {
  return {
    name: "redis",
    mode: "async",
    holds: "bytes",
    scope: "folder",
    // A string of Redis has at most 512 MB by default; the head of the entry wants some.
    limits: { keyBytes: 200, bodyBytes: 500_000_000 },
    persistent: true,
    shared: true,
    remote: true,
    protocols: PROTOCOLS,
    keeps: "on a server of Redis or Valkey, under keys that begin with `twat:`",
    probe(globals, options) {
      if (client !== undefined) return true;
      const address = addressFrom(url ?? options.url);
      if (typeof address === "string") return address;
      if (builtin(globals, "node:net") === undefined) return "this runtime opens no sockets (it has no node:net)";
      const host = `${address.host}:${address.port}`;
      if (!permitted(globals, { name: "net", host })) {
        return `there is no permission to reach ${JSON.stringify(host)} (run Deno with --allow-net=${host})`;
      }
      return true;
    },
    async open(options) {
      const { openRedis } = await import("./redis/open.ts");
      return await openRedis({ client, url: url ?? options.url, prefix }, options);
    },
  };
}

/**
 * The engine that keeps values on a server of Redis or Valkey, the one that the option `url` names.
 *
 * @example
 * ```ts ignore
 * import { bcache } from "@twat/cache";
 * import { redis } from "@twat/cache/redis";
 *
 * const square = bcache((n: number) => n * n, { name: "square", engine: redis, url: "redis://localhost:6379" });
 * if (await square(4) !== 16) throw new Error("unexpected");
 * ```
 */
export const redis: Engine = /* @__PURE__ */ redisEngine();
