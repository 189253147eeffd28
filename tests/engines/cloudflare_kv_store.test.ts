import assert from "node:assert/strict";
import { test } from "node:test";
import { acache } from "../../mod.ts";
import { cloudflareKv, type KvBinding } from "../../engines/cloudflare_kv.ts";
import type { Body, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { ConfigurationError, EngineError } from "../../src/errors.ts";
import { entryWith, opening } from "./edge/entry.ts";
import { settled } from "../settled.ts";
import { FakeKv } from "./edge/fake_kv.ts";

async function openOn(kv: KvBinding, folderName?: string): Promise<AsyncStore<Body>> {
  return await cloudflareKv(kv).open({ ...opening, folderName }) as AsyncStore<Body>;
}

async function listed(store: AsyncStore<Body>, prefix = ""): Promise<Listed[]> {
  const all: Listed[] = [];
  for await (const one of store.entries(prefix)) all.push(one);
  return all;
}

test("cloudflareKv() refuses what is no KV namespace and says what to set", () => {
  const bucket = { get() {}, put() {}, delete() {}, list() {} };
  const wrong: readonly [unknown, RegExp][] = [
    [
      undefined,
      /the binding is undefined; name it in the Wrangler configuration, kv_namespaces = .* and pass env\.CACHE/,
    ],
    [null, /the binding is null/],
    ["CACHE", /the binding is a string/],
    [bucket, /the binding has no getWithMetadata, so it is no KV namespace/],
    [{}, /the binding has no getWithMetadata, put, delete, list/],
  ];
  for (const [binding, message] of wrong) {
    assert.throws(() => cloudflareKv(binding as KvBinding), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, message);
      assert.equal(error.issues[0]?.path, "binding");
      return true;
    });
  }
  for (const cacheTtl of [0, 30, NaN, Infinity, -1]) {
    assert.throws(() => cloudflareKv(new FakeKv(), { cacheTtl }), /cacheTtl is .*; give 30000 milliseconds or more/);
  }
});

test("set() has KV keep an entry longer than anybody may serve it, and never asks for what KV refuses", async () => {
  const kv = new FakeKv();
  const store = await openOn(kv, "f");
  const spans = [0, 1, 59_999, 60_000, 3_600_000.5, 9 * 365 * 86_400_000, 1e15, Infinity];
  for (const [at, span] of spans.entries()) {
    const entry = entryWith();
    await store.set(`a/${at}`, { ...entry, goneAt: entry.storedAt + span });
    const { expirationTtl } = kv.puts.at(-1)!;
    if (span >= 1e15) assert.equal(expirationTtl, undefined);
    else assert.ok(Number.isInteger(expirationTtl) && expirationTtl! * 1000 >= span + 300_000, `${span}`);
  }
  await store.set("a/gone", entryWith({ goneAt: 0, freshUntil: 0 }));
  assert.equal(kv.puts.at(-1)!.expirationTtl, 60);
});

test("set() keeps tags and labels of any length, which listings and usage see", async () => {
  const kv = new FakeKv();
  const store = await openOn(kv, "f");
  const long = entryWith({
    tags: Array.from({ length: 100 }, (_, n) => `tag-${n}-ąę🦉`),
    label: "l".repeat(2_000),
    body: Uint8Array.of(0, 1, 255),
    size: 3,
  });
  const almost = entryWith({ tags: ["x".repeat(860)] });
  for (const [key, entry] of [["a/long", long], ["a/almost", almost]] as const) {
    await store.set(key, entry);
    assert.deepEqual(await store.get(key), entry);
  }
  const found = new Map((await listed(store)).map((one) => [one.key, one]));
  assert.deepEqual([found.get("a/long")?.tags, found.get("a/long")?.label], [long.tags, long.label]);
  assert.deepEqual(found.get("a/almost")?.tags, almost.tags);
  assert.deepEqual(await store.usage("a/"), { entries: 2, bytes: 7 });
});

test("get() gives undefined for what others put under the same key, and listings leave it out", async () => {
  const kv = new FakeKv();
  const store = await openOn(kv, "f");
  await store.set("a/long", entryWith({ tags: ["x".repeat(2_000)] }));
  const { metadata } = kv.kept.get("f/a/long")!;
  const foreign = [null, 1, "text", {}, [], [2, ...JSON.parse(metadata).slice(1)], [1, 2, 3]];
  for (const [at, metadata] of foreign.entries()) await kv.put(`f/a/${at}`, Uint8Array.of(1), { metadata });
  await kv.put("f/a/torn", Uint8Array.of(1, 2), { metadata: JSON.parse(metadata) });
  for (let at = 0; at < foreign.length; at++) assert.equal(await store.get(`a/${at}`), undefined);
  assert.equal(await store.get("a/torn"), undefined);
  assert.deepEqual((await listed(store)).map(({ key }) => key), ["a/long"]);
});

test("folders of one namespace are apart, also where one name begins another", async () => {
  const kv = new FakeKv();
  const [one, longer, none] = [await openOn(kv, "f"), await openOn(kv, "f1"), await openOn(kv)];
  for (const [store, label] of [[one, "f"], [longer, "f1"], [none, "none"]] as const) {
    await store.set("a/k", entryWith({ label }));
  }
  assert.equal(await one.clear(""), 1);
  assert.equal((await longer.get("a/k"))?.label, "f1");
  assert.equal((await none.get("a/k"))?.label, "none");
  assert.deepEqual([...kv.kept.keys()], ["f1/a/k", "default/a/k"]);
});

test("delete() reads no body, and cacheTtl goes to KV in seconds", async () => {
  const asked: unknown[] = [];
  class Noting extends FakeKv {
    override getWithMetadata(key: string, options: never): Promise<never> {
      asked.push(options);
      return super.getWithMetadata(key, options) as Promise<never>;
    }
  }
  const engine = cloudflareKv(new Noting(), { cacheTtl: 90_500 });
  const store = await engine.open({ ...opening, folderName: "f" }) as AsyncStore<Body>;
  await store.set("a/1", entryWith());
  await store.get("a/1");
  assert.equal(await store.delete("a/1"), true);
  assert.deepEqual(asked, [{ type: "arrayBuffer", cacheTtl: 91 }, { type: "stream" }]);
});

test("what KV refuses is an EngineError whose code says what it is", async () => {
  const kv = new FakeKv();
  const store = await openOn(kv, "f");
  const kinds: readonly [string, string][] = [
    ["KV PUT failed: 429 Too Many Requests", "ERR_CACHE_ENGINE_BUSY"],
    ["KV PUT failed: 413 Value length of 9 exceeds limit", "ERR_CACHE_ENGINE_LIMIT"],
    ["KV GET failed: 403 Forbidden", "ERR_CACHE_ENGINE_NOT_PERMITTED"],
    ["KV GET failed: 503 Service Unavailable", "ERR_CACHE_ENGINE_UNREACHABLE"],
    ["Too many API requests by single worker invocation.", "ERR_CACHE_ENGINE"],
  ];
  for (const [message, code] of kinds) {
    kv.failure = new Error(message);
    for (const fail of [() => store.get("a/1"), () => store.set("a/1", entryWith()), () => listed(store)]) {
      await assert.rejects(async () => await fail(), (error) => {
        assert.ok(error instanceof EngineError);
        assert.deepEqual([error.code, error.cause, error.engine], [code, kv.failure, "cloudflare_kv"]);
        assert.match(error.message, /^Cannot (get|set|list) in engine "cloudflare_kv": .*; /);
        return true;
      });
    }
  }
  kv.failure = undefined;
  const large = entryWith({ body: new Uint8Array(26_214_400), tags: ["x".repeat(2_000)] });
  await assert.rejects(async () => await store.set("a/2", large), { code: "ERR_CACHE_ENGINE_LIMIT" });
});

test("a hit costs one operation and a value kept one, when nothing bounds the cache", async () => {
  const kv = new FakeKv();
  const options = { name: "costs", engine: cloudflareKv(kv), strict: true } as const;
  const fn = acache((n: number) => Promise.resolve({ n }), options);
  assert.deepEqual(await fn(1), { n: 1 });
  await settled(fn);
  assert.deepEqual(kv.asked, ["get", "put"]);
  assert.deepEqual(await fn(1), { n: 1 });
  assert.deepEqual(kv.asked, ["get", "put", "get"]);
  await fn.cache.close();
});
