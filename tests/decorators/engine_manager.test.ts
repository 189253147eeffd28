import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CacheEngineManager,
  ConfigurationError,
  type Engine,
  EngineNotAvailableError,
  engines,
  type Globals,
  mcache,
  type SelectFor,
  ucache,
} from "../../mod.ts";
import { runtimeName } from "../contract/expected_engines.ts";
import { tempFolder } from "../temp_folder.ts";

const fs = { openSync() {}, open() {} };
const env = { HOME: "/home/somebody" };

function runtime(modules: Record<string, unknown>, more: object = {}): Globals {
  return { process: { platform: "linux", env, getBuiltinModule: (name: string) => modules[name] }, ...more };
}

class Database {}
const SQLITE = { DatabaseSync: Database };
const BUN = { Database };

const NODE_24 = runtime({ "node:fs": fs, "node:sqlite": SQLITE });
const NODE_20 = runtime({ "node:fs": fs });
const BUN_1 = runtime({ "node:fs": fs, "node:sqlite": SQLITE, "bun:sqlite": BUN }, { Bun: { version: "1.4.5" } });
const permissions = (state: string) => ({ Deno: { permissions: { querySync: () => ({ state }) } } });
const DENO_ALL = runtime({ "node:fs": fs, "node:sqlite": SQLITE }, permissions("granted"));
const DENO_NONE = runtime({ "node:fs": fs, "node:sqlite": SQLITE }, permissions("prompt"));
const DENO_KV = runtime({ "node:fs": fs, "node:sqlite": SQLITE }, {
  Deno: { openKv() {}, permissions: { querySync: () => ({ state: "granted" }) } },
});
const IDB = { indexedDB: { open() {} }, IDBKeyRange: class {} };
const BROWSER: Globals = { ...IDB, navigator: {} };
class FileHandle {
  createWritable(): void {}
}
const BROWSER_WITH_FILES: Globals = {
  ...IDB,
  navigator: { storage: { getDirectory() {} } },
  FileSystemFileHandle: FileHandle,
};
const REDIS = "redis://localhost:6379";
const NODE_NET = runtime({ "node:fs": fs, "node:sqlite": SQLITE, "node:net": {} });
const BARE: Globals = {};

const TABLE: [runtime: string, globals: Globals, options: SelectFor, chosen: string][] = [
  ["Node 24", NODE_24, { decorator: "mcache" }, "memory"],
  ["Node 24", NODE_24, { decorator: "bcache" }, "node_sqlite"],
  ["Node 24", NODE_24, { decorator: "bcache", sync: true }, "node_sqlite"],
  ["Node 24", NODE_24, { decorator: "fcache" }, "files"],
  ["Node 24", NODE_24, { decorator: "fcache", sync: true }, "files"],
  ["Node 24", NODE_24, { decorator: "acache" }, "memory"],
  ["Node 24", NODE_24, { decorator: "acache", engine: "files" }, "files"],
  ["Node 24", NODE_24, {}, "memory"],
  ["Node 24", NODE_24, { folderName: "x" }, "node_sqlite"],
  ["Node 24", NODE_24, { folderName: "x", sync: true }, "node_sqlite"],
  ["Node 24", NODE_24, { persist: true }, "node_sqlite"],
  ["Node 24", NODE_24, { folderName: "x", persist: false }, "memory"],
  ["Node 24", NODE_24, { compress: true }, "files"],
  ["Node 24", NODE_24, { engine: "sqlite" }, "node_sqlite"],
  ["Node 24", NODE_24, { engine: ["bun_sqlite", "files"] }, "files"],
  ["Node 24", NODE_24, { engine: "bogus", folderName: "x" }, "node_sqlite"],
  ["Node 20", NODE_20, { decorator: "bcache" }, "files"],
  ["Node 20", NODE_20, { decorator: "bcache", sync: true }, "files"],
  ["Node 20", NODE_20, { engine: "sqlite" }, "memory"],
  ["Bun", BUN_1, { decorator: "bcache" }, "bun_sqlite"],
  ["Bun", BUN_1, { engine: "node_sqlite" }, "node_sqlite"],
  ["Bun", BUN_1, { folderName: "x" }, "bun_sqlite"],
  ["Bun", BUN_1, { decorator: "fcache" }, "files"],
  ["Deno with permissions", DENO_ALL, { decorator: "bcache" }, "node_sqlite"],
  ["Deno with permissions", DENO_ALL, { decorator: "fcache" }, "files"],
  ["Deno without permissions", DENO_NONE, { decorator: "bcache" }, "memory"],
  ["Deno without permissions", DENO_NONE, { decorator: "fcache", folderName: "x" }, "memory"],
  ["Deno with KV", DENO_KV, { decorator: "bcache" }, "deno_kv"],
  ["Deno with KV", DENO_KV, { decorator: "bcache", sync: true }, "node_sqlite"],
  ["Deno with KV", DENO_KV, { decorator: "fcache" }, "files"],
  ["Deno with KV", DENO_KV, { folderName: "x" }, "deno_kv"],
  ["Deno with KV", DENO_KV, { folderName: "x", sync: true }, "node_sqlite"],
  ["Node 24", NODE_NET, { url: REDIS }, "redis"],
  ["Node 24", NODE_NET, { decorator: "bcache", url: REDIS }, "redis"],
  ["Node 24", NODE_NET, { decorator: "fcache", url: REDIS }, "redis"],
  ["Node 24", NODE_NET, { url: REDIS, engine: "files" }, "files"],
  ["Node 24", NODE_NET, { url: REDIS, sync: true }, "memory"],
  ["Node 24", NODE_NET, { decorator: "bcache", url: "redis://:6379:1" }, "node_sqlite"],
  ["Node 24", NODE_NET, { engine: "klepto" }, "node_sqlite"],
  ["a browser", BROWSER, { decorator: "bcache" }, "indexed_db"],
  ["a browser", BROWSER, { decorator: "bcache", sync: true }, "memory"],
  ["a browser", BROWSER, { decorator: "fcache" }, "indexed_db"],
  ["a browser with private files", BROWSER_WITH_FILES, { decorator: "bcache" }, "indexed_db"],
  ["a browser with private files", BROWSER_WITH_FILES, { decorator: "fcache" }, "opfs"],
  ["a browser with private files", BROWSER_WITH_FILES, { compress: true }, "opfs"],
  ["a browser with private files", BROWSER_WITH_FILES, { persist: true }, "indexed_db"],
  ["a browser", BROWSER, { decorator: "mcache" }, "memory"],
  ["a bare context", BARE, { decorator: "fcache" }, "memory"],
  ["a bare context", BARE, {}, "memory"],
];

for (const [name, globals, options, chosen] of TABLE) {
  test(`engines.select() chooses ${chosen} on ${name} for ${JSON.stringify(options)}`, () => {
    const selection = engines.select({ ...options, globals });
    assert.equal((selection.engine.tiers?.back ?? selection.engine).name, chosen);
    assert.ok(selection.reason.length > 10);
    assert.ok(selection.refused.every(({ engine, reason }) => engine !== chosen && reason.length > 5));
  });
}

test("engines.select() here chooses what the runtime is expected to have", () => {
  const cacheDir = tempFolder();
  const expected: Record<string, string> = {
    "bun": "bun_sqlite",
    "deno": "Deno" in globalThis && "openKv" in (globalThis as { Deno: object }).Deno ? "deno_kv" : "node_sqlite",
    "node 20": "files",
    "node 22+": "node_sqlite",
  };
  assert.equal(engines.select({ decorator: "bcache", cacheDir }).engine.name, expected[runtimeName()]);
  assert.equal(engines.select({ decorator: "fcache", cacheDir }).engine.name, "files");
});

test("engines.select() throws only with strict, and then names what was tried and why", () => {
  assert.throws(
    () => engines.select({ engine: "bun_sqlite", strict: true, globals: NODE_24 }),
    (error: EngineNotAvailableError) => {
      assert.ok(error instanceof EngineNotAvailableError);
      assert.equal(error.engine, "bun_sqlite");
      assert.match(error.message, /^Cannot use engine "bun_sqlite": .+; name another engine, or leave out strict/);
      return true;
    },
  );
  assert.throws(() => engines.select({ engine: "nonsense", strict: true }), EngineNotAvailableError);
});

test("engines.available() says of each engine whether it can be used, and why not", () => {
  const here = Object.fromEntries(engines.available({ globals: NODE_20 }).map((row) => [row.name, row]));
  assert.equal(here.memory!.available, true);
  assert.equal(here.files!.available, true);
  assert.equal(here.node_sqlite!.available, false);
  assert.ok(here.node_sqlite!.reason.length > 5);
});

test("engines.get() knows engines by their own name and by other libraries' names for them", () => {
  for (
    const [alias, name] of [["functools", "memory"], ["cachebox", "memory"], ["cachetools", "memory"], [
      "aiocache",
      "memory",
    ], ["joblib", "files"]]
  ) {
    assert.equal(engines.get(alias!)?.name, name);
  }
  assert.match(engines.get("diskcache")!.name, /_sqlite$/);
  assert.match(engines.get("sqlite")!.name, /_sqlite$/);
  assert.equal(engines.get("toString"), undefined);
});

test("engines.register() makes an engine known to the decorators, and guards names", () => {
  const memory = engines.get("memory")!;
  const mine: Engine = { ...memory, name: "mine" };
  engines.register(mine);
  assert.ok(engines.list().includes("mine"));
  assert.equal(ucache((x: number) => x, { engine: "mine" }).cache.info.engine, "mine");
  assert.throws(() => engines.register(mine), ConfigurationError);
  assert.throws(() => engines.register({ ...memory, name: "sqlite" }), ConfigurationError);
  engines.register({ ...mine, keeps: "elsewhere" }, { replace: true });
  const own = new CacheEngineManager();
  assert.ok(!own.list().includes("mine"));
  assert.equal(mcache((x: number) => x).cache.info.engine, "memory");
});

test("an engine that probes well but fails to open gives way to the next, with one warning", () => {
  const warnings: string[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (line: string) => void warnings.push(line) };
  const stub: Engine = {
    ...engines.get("memory")!,
    name: "stub",
    open: () => {
      throw new TypeError("Illegal constructor");
    },
  };
  const fn = ucache((x: number) => x, { engine: stub, logger });
  assert.equal(fn(1), 1);
  assert.equal(fn.cache.info.engine, "memory");
  assert.deepEqual(fn.cache.info.refused, [{ engine: "stub", reason: "Illegal constructor" }]);
  assert.equal(warnings.length, 1);
});
