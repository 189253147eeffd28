import assert from "node:assert/strict";
import { test } from "node:test";
import { cacheApi, edgeCache } from "../../engines/cache_api.ts";
import { openStore } from "../../engines/cache_api/store.ts";
import type { Body, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { ConfigurationError, EngineError, EngineNotAvailableError } from "../../src/errors.ts";
import { gate } from "../gate.ts";
import { entryWith } from "./edge/entry.ts";
import { fakeGlobals } from "./edge/fake_caches.ts";

const ORIGIN = "https://example.com";

async function listed(store: AsyncStore<Body>, prefix = ""): Promise<Listed[]> {
  const all: Listed[] = [];
  for await (const one of store.entries(prefix)) all.push(one);
  return all;
}

test("cacheApi() says why it cannot be used, and takes nothing for an origin that is none", () => {
  const { probe } = cacheApi();
  const where = { directory: "", folderName: "f" };
  for (const caches of [undefined, null, {}, { default: {} }]) {
    assert.match(String(probe({ caches }, where)), /no caches/);
  }
  assert.equal(probe(fakeGlobals().globals, where), true);
  for (const origin of ["example.com", "", "ftp://example.com", "data:text/plain,x"]) {
    assert.throws(() => cacheApi({ origin }), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, /origin is ".*"; give one such as "https:\/\/example.com"/);
      return true;
    });
  }
  cacheApi({ origin: "https://example.com/path?query" });
});

test("edgeCache is chosen only where the cache drops by itself what nobody reads", () => {
  const where = { directory: "", folderName: "f" };
  assert.equal(edgeCache.probe(fakeGlobals(true).globals, where), true);
  for (const globals of [fakeGlobals().globals, {}]) {
    assert.match(String(edgeCache.probe(globals, where)), /no cache here that drops by itself what nobody reads/);
  }
  assert.match(String(edgeCache.probe({ caches: { default: {} } }, where)), /no caches/);
});

test("openStore() throws EngineNotAvailableError when the Cache API keeps nothing", async () => {
  const { globals, cache } = fakeGlobals(true);
  cache.keepsNothing = true;
  await assert.rejects(openStore(globals, "f", ORIGIN), (error) => {
    assert.ok(error instanceof EngineNotAvailableError);
    assert.match(error.message, /its Cache API keeps nothing, as on workers\.dev; deploy to a domain of your own/);
    return true;
  });
});

test("openStore() keeps folders in caches of their own, under addresses that nothing can take for others", async () => {
  const { globals, cache, names } = fakeGlobals();
  const store = await openStore(globals, "some-folder", ORIGIN);
  assert.deepEqual(names, ["twat_cache/some-folder"]);
  const keys = ["a/..", "a/.", "a/%2e", "a/x?y=1#z", "a/ ", "a/\\", "a/~", "a/%", "a/x y", "a/x+y", "a/-", "a/x/../y"];
  for (const key of keys) await store.set(key, entryWith({ label: key }));
  for (const key of keys) assert.equal((await store.get(key))?.label, key);
  for (const address of cache.kept.keys()) assert.match(address, /^https:\/\/example\.com\/[a-z0-9_-][a-z0-9_.-]*-$/);
  assert.equal((await store.usage("a/")).entries, keys.length);
});

test("set() tells a cache at the edge to keep an entry longer than anybody may serve it", async () => {
  const { globals, cache } = fakeGlobals();
  const store = await openStore(globals, "f", ORIGIN);
  for (const [at, span] of [0, 60_000, 86_400_000, 1e15, Infinity].entries()) {
    const entry = entryWith();
    await store.set(`a/${at}`, { ...entry, goneAt: entry.storedAt + span });
    const { headers } = cache.kept.get(cache.under(`entry.2fa.2f${at}-`)[0]!)!;
    const seconds = Number(/^public, max-age=(\d+)$/.exec(new Map(headers).get("cache-control")!)?.[1]);
    assert.ok(seconds * 1000 >= Math.min(span + 300_000, 31_536_000_000), `${span}`);
    assert.ok(seconds <= 31_536_000);
  }
});

test("an entry that is on its way when its scope is cleared is out of reach", async () => {
  for (const prefix of ["a/", ""]) {
    const { globals, cache } = fakeGlobals();
    const store = await openStore(globals, "f", ORIGIN);
    await store.set("a/0", entryWith());
    const late = gate();
    cache.before = (step, address) => step === "put" && address.includes("entry") ? late.opened : undefined;
    const setting = store.set("a/1", entryWith());
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await store.clear(prefix), 2, "its row is written already");
    late.open();
    await setting;
    assert.equal(cache.under("entry.2fa.2f1-").length, 1, "it has arrived");
    assert.equal(await store.get("a/1"), undefined);
    assert.equal(await store.delete("a/1"), false);
    assert.deepEqual(await store.usage("a/"), { entries: 0, bytes: 0 });
  }
});

test("entries are gone for good when the cache has lost their epoch", async () => {
  for (const lost of ["epoch.2f-", "epoch.2fa.2f-"]) {
    const { globals, cache } = fakeGlobals();
    const store = await openStore(globals, "f", ORIGIN);
    await store.set("a/1", entryWith({ label: "old" }));
    await store.clear("a/");
    await store.set("a/1", entryWith({ label: "older" }));
    await store.set("a/2", entryWith({ label: "older" }));
    cache.kept.delete(cache.under(lost)[0]!);
    assert.equal(await store.get("a/1"), undefined);
    assert.equal(await store.delete("a/1"), false);
    assert.deepEqual(await listed(store), []);
    await store.set("a/1", entryWith({ label: "new" }));
    assert.equal((await store.get("a/1"))?.label, "new");
    assert.equal(await store.get("a/2"), undefined);
    assert.deepEqual((await listed(store)).map(({ key }) => key), ["a/1"]);
  }
});

test("usage() is exact when 300 entries of three scopes come and go at once", async () => {
  const { globals } = fakeGlobals();
  const store = await openStore(globals, "f", ORIGIN);
  const keys = Array.from({ length: 300 }, (_, n) => `${"abc"[n % 3]}/${n}`);
  await Promise.all(keys.map((key) => store.set(key, entryWith({ size: 2 }))));
  assert.deepEqual(await store.usage(""), { entries: 300, bytes: 600 });
  await Promise.all(keys.slice(0, 100).map((key) => store.delete(key)));
  assert.deepEqual(await store.usage(""), { entries: 200, bytes: 400 });
  assert.deepEqual((await listed(store)).map(({ key }) => key).sort(), keys.slice(100).sort());
});

test("a write whose request has ended holds up no other, where hosts end promises, and the index is right again", async () => {
  const { globals, cache } = fakeGlobals(true);
  const store = await openStore(globals, "f", ORIGIN);
  await store.set("a/0", entryWith());
  let dead = 0;
  cache.before = (step, address) => {
    // One record of the index is written by somebody who is gone.
    if (step === "put" && address.includes("index") && dead++ === 0) return new Promise(() => {});
  };
  const keys = Array.from({ length: 40 }, (_, n) => `a/${n}`);
  const first = store.set(keys[0]!, entryWith());
  void Promise.resolve(first).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 5));
  await Promise.all(keys.slice(1).map((key) => store.set(key, entryWith())));
  assert.equal((await store.usage("a/")).entries, keys.length);
});

test("an entry that the cache dropped by itself is a miss, and leaves the books when it is dropped", async () => {
  const { globals, cache } = fakeGlobals();
  const store = await openStore(globals, "f", ORIGIN);
  await store.setMany!([["a/1", entryWith()], ["a/2", entryWith()]]);
  cache.kept.delete(cache.under("entry.2fa.2f1-")[0]!);
  assert.equal(await store.get("a/1"), undefined);
  assert.equal((await store.usage("a/")).entries, 2);
  assert.equal(await store.deleteMany!(["a/1"]), 0);
  assert.equal((await store.usage("a/")).entries, 1);
});

test("records that others wrote or tore are as good as none", async () => {
  const { globals, cache } = fakeGlobals();
  const store = await openStore(globals, "f", ORIGIN);
  await store.set("a/1", entryWith({ tags: ["x".repeat(2_000)] }));
  await store.set("a/2", entryWith());
  const tear = (path: string, headers: Readonly<Record<string, string>>, body = "") => {
    const address = cache.under(path)[0]!;
    const kept = new Map(cache.kept.get(address)!.headers);
    for (const [name, value] of Object.entries(headers)) kept.set(name, value);
    cache.kept.set(address, { body: new TextEncoder().encode(body), headers: [...kept] });
  };
  tear("entry.2fa.2f1-", {});
  tear("entry.2fa.2f2-", { "twat-row": "[1,2" });
  for (const address of cache.under("index")) tear(new URL(address).pathname.slice(1), {}, "no JSON");
  tear("scopes-", {}, '{"a":1}');
  for (const key of ["a/1", "a/2"]) assert.equal(await store.get(key), undefined);
  assert.deepEqual(await store.usage(""), { entries: 0, bytes: 0 });
  await store.set("a/1", entryWith());
  assert.equal((await store.usage("a/")).entries, 1);
});

test("a hit costs three operations and a value kept at most five", async () => {
  const { globals, cache } = fakeGlobals(true);
  const store = await openStore(globals, "f", ORIGIN);
  await store.set("a/1", entryWith());
  const count = async (run: () => unknown) => {
    cache.asked.length = 0;
    await run();
    return cache.asked.length;
  };
  assert.equal(await count(() => store.get("a/1")), 3);
  assert.equal(await count(() => store.set("a/1", entryWith())), 5);
  assert.equal(await count(() => store.clear("a/")), 11, "whatever there is");
});

test("clear() drops the entries themselves only where nothing else drops them", async () => {
  for (const mortal of [false, true]) {
    const { globals, cache } = fakeGlobals(mortal);
    const store = await openStore(globals, "f", ORIGIN);
    await store.setMany!(Array.from({ length: 20 }, (_, n) => [`a/${n}`, entryWith()] as const));
    assert.equal(await store.clear("a/"), 20);
    assert.equal(cache.under("entry").length, mortal ? 20 : 0);
  }
});

test("what the cache refuses is an EngineError, and a full one says so", async () => {
  const { globals, cache } = fakeGlobals();
  const store = await openStore(globals, "f", ORIGIN);
  const full = Object.assign(new Error("no room"), { name: "QuotaExceededError" });
  for (const [failure, code] of [[full, "ERR_CACHE_ENGINE_FULL"], ["odd", "ERR_CACHE_ENGINE"]] as const) {
    cache.before = () => {
      throw failure;
    };
    await assert.rejects(async () => await store.set("a/1", entryWith()), (error) => {
      assert.ok(error instanceof EngineError);
      assert.deepEqual([error.code, error.cause], [code, failure]);
      assert.match(error.message, /^Cannot set in engine "cache_api": (no room; bound the cache|odd; see the cause)/);
      return true;
    });
    await assert.rejects(() => listed(store), EngineError);
  }
});
