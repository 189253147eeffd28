/**
 * The engine over Deno KV: a file in the cache folder, a server by its URL, or the database of Deno Deploy.
 *
 * Why without the expiry of Deno KV: what goes by itself would not be counted, and it goes late.
 *
 * @module
 */
import type { Engine, Globals, OpenOptions } from "../src/contract/engine.ts";
import { EngineNotAvailableError } from "../src/errors.ts";
import { permitted } from "../src/runtime/abilities.ts";
import { fileSystem } from "../src/runtime/file_system.ts";
import type { OpenKv } from "./deno_kv/database.ts";

export type { KvAtomic, KvCheck, KvDatabase, KvEntry, KvKey, OpenKv } from "./deno_kv/database.ts";

/** How an engine over Deno KV gets at its database. */
export interface DenoKvOptions {
  /**
   * Opens the database. `Deno.openKv` unless given. On Node and Bun give the one of the npm package `@deno/kv`, and on
   * Bun with the options `encodeV8` and `decodeV8`, which it wants there and which are never called.
   */
  readonly openKv?: OpenKv | undefined;
  /**
   * Whether the database is on another machine: no file is used, `openKv` is given the option `url`, or nothing where
   * there is none, as suits Deno Deploy, and the core waits only a moment for each answer. `false` unless given.
   */
  readonly remote?: boolean | undefined;
}

const NAME = "deno_kv";
const TOKEN = "DENO_KV_ACCESS_TOKEN";

/**
 * An engine over Deno KV that opens its database as told.
 *
 * The database is at the option `url` (`https://…` or `":memory:"`), else in the file `kv.sqlite3` of the cache folder. The
 * credentials for a server are those that Deno KV takes by itself from the environment variable `DENO_KV_ACCESS_TOKEN`.
 *
 * A body may have 64 MiB; one of more than 64 KiB is kept in several values. A `commit` may have 250 changes, in the scopes of 8 functions.
 *
 * @example On Node
 * ```ts ignore
 * import { openKv } from "@deno/kv";
 * import { bcache } from "@twat/cache";
 * import { denoKvEngine } from "@twat/cache/deno-kv";
 *
 * const weather = bcache(fetchWeather, { engine: denoKvEngine({ openKv }), folderName: "weather" });
 * ```
 *
 * @example On Deno Deploy
 * ```ts ignore
 * const weather = bcache(fetchWeather, { engine: denoKvEngine({ remote: true }), folderName: "weather" });
 * ```
 */
export function denoKvEngine(options: DenoKvOptions = {}): Engine {
  const { remote = false } = options;
  const opener = (globals: Globals): OpenKv | undefined => options.openKv ?? ownOpenKv(globals);
  const probe: Engine["probe"] = (globals, { directory, url }) => {
    if (opener(globals) === undefined) {
      return "Deno.openKv is undefined; run Deno with --unstable-kv, or pass openKv of @deno/kv";
    }
    if (url === ":memory:") return true;
    if (url !== undefined) return addressFault(globals, url) ?? true;
    return remote || (folderFault(globals, directory) ?? true);
  };
  return {
    name: NAME,
    mode: "async",
    holds: "bytes",
    scope: "folder",
    limits: { keyBytes: 1_024, bodyBytes: 2 ** 26 },
    persistent: true,
    onDisk: !remote,
    remote,
    shared: true,
    protocols: remote ? ["https:", "http:"] : ["https:", "http:", ":memory:"],
    keeps: remote
      ? "in a Deno KV database on another machine"
      : "in a Deno KV database, `kv.sqlite3` in the cache folder",
    probe,
    async open({ directory, folderName = "default", secure, url, onDamage }: OpenOptions) {
      const globals = globalThis as unknown as Globals;
      const answer = probe(globals, { directory, url });
      const [openKv, fs] = [opener(globals), fileSystem(globals)];
      if (answer !== true || openKv === undefined) {
        const reason = String(answer);
        const message = `Cannot open engine "${NAME}": ${reason}`;
        throw new EngineNotAvailableError(message, { engine: NAME, tried: [{ engine: NAME, reason }] });
      }
      const [{ openKvStore }, { KvFile }] = await Promise.all([
        import("./deno_kv/store.ts"),
        import("./deno_kv/file.ts"),
      ]);
      const onDisk = !remote && url === undefined && fs !== undefined;
      const file = onDisk ? new KvFile({ globals, fs, directory, secure, onDamage }) : undefined;
      const away = url === undefined ? remote : url !== ":memory:";
      return await openKvStore({ engine: NAME, openKv, address: file?.path ?? url, file, remote: away }, folderName);
    },
  };
}

/**
 * Deno KV, by Deno's own `Deno.openKv` (with `--unstable-kv`). Elsewhere see `denoKvEngine`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoKv } from "@twat/cache/deno-kv";
 * assert.equal(denoKv.name, "deno_kv");
 * assert.match(String(denoKv.probe({}, { directory: "/var/cache/app" })), /run Deno with --unstable-kv/);
 * ```
 */
export const denoKv: Engine = /* @__PURE__ */ denoKvEngine();

function ownOpenKv(globals: Globals): OpenKv | undefined {
  const deno = globals.Deno as { openKv?: OpenKv } | undefined;
  return typeof deno?.openKv === "function" ? (place) => deno.openKv!(place) : undefined;
}

/** Why the cache folder cannot hold the file. */
function folderFault(globals: Globals, directory: string): string | undefined {
  if (fileSystem(globals) === undefined) return "this runtime has no node:fs; use a server by the option url";
  if (directory === "") return "there is no folder for caches here; give one as the option cacheDir";
  for (const name of ["read", "write"] as const) {
    if (!permitted(globals, { name, path: directory })) {
      return `there is no permission to ${name} ${JSON.stringify(directory)}; run Deno with --allow-${name}`;
    }
  }
  return undefined;
}

/** Why a server cannot be reached. */
function addressFault(globals: Globals, text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    return 'the option url is neither https://… nor ":memory:"; give one of them, or leave it out for a file';
  }
  const host = `${url.hostname}:${url.port || (url.protocol === "https:" ? "443" : "80")}`;
  const net = { name: "net", host } as const;
  if (!permitted(globals, net)) return `there is no permission to reach ${host}; run Deno with --allow-net=${host}`;
  if (permitted(globals, { name: "env", variable: TOKEN })) return undefined;
  return `there is no permission to read the environment variable ${TOKEN}; run Deno with --allow-env=${TOKEN}`;
}
