import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { LRUCache } from "lru-cache";
import { acache, CacheContext } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";

const cacheDir = fastFolder();

type AnyClass = new (...args: never[]) => object;

/** The class of a built-in module of this runtime. */
function classOf(module: string, name: string): AnyClass {
  return (process.getBuiltinModule(module) as unknown as Record<string, AnyClass>)[name]!;
}

/** What each engine lets a person reach, and a proof that it is the very thing in which values are kept. */
const EXPECTED: Readonly<Record<string, (native: unknown) => void>> = {
  memory: (native) => assert.ok(native instanceof Map && native.size === 1),
  node_sqlite: (native) => {
    const DatabaseSync = classOf("node:sqlite", "DatabaseSync");
    assert.ok(native instanceof DatabaseSync);
    assert.equal(rows(native), 1);
  },
  bun_sqlite: (native) => {
    const Database = classOf("bun:sqlite", "Database");
    assert.ok(native instanceof Database);
    assert.equal(rows(native), 1);
  },
  deno_kv: (native) => assert.equal(typeof (native as { atomic?: unknown }).atomic, "function"),
  files: (native) => {
    assert.equal(typeof native, "string");
    assert.ok(existsSync(join(native as string, "CACHEDIR.TAG")));
  },
};

function rows(native: object): number {
  const database = native as { prepare(sql: string): { get(): { entries: number } } };
  return database.prepare("SELECT count(*) AS entries FROM entry").get().entries;
}

for (const engine of enginesHere) {
  test(`native is what ${engine} keeps values in, for a function and for a context`, async () => {
    const fn = acache((x: number) => Promise.resolve(x), { name: "native", ...keptIn(engine, cacheDir, "function") });
    await fn(1);
    EXPECTED[engine]!(fn.cache.native);
    await fn.cache.close();
    const cache = await CacheContext.open({ ...keptIn(engine, cacheDir, "context") });
    await cache.set("k", 1);
    EXPECTED[engine]!(cache.native);
    await cache.close();
  });
}

test("native is the LRUCache when memory is bounded by the policy lru", async () => {
  const fn = acache((x: number) => Promise.resolve(x), { policy: "lru" });
  await fn(1);
  assert.ok(fn.cache.native instanceof LRUCache);
  assert.equal(fn.cache.native.size, 1);
});
