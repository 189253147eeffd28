import assert from "node:assert/strict";
import { test } from "node:test";
import { fromKeyv } from "../engines/adapters.ts";
import { files } from "../engines/files.ts";
import { hybrid } from "../engines/hybrid.ts";
import { bcache, fcache } from "../mod.ts";
import type { Engine, Globals } from "../src/contract/engine.ts";
import type { Body, Entry } from "../src/contract/entry.ts";
import type { AsyncStore, Change } from "../src/contract/store.ts";
import { copyCache, type CopyProgress } from "../src/copy_cache.ts";
import { engines } from "../src/decorators/engine_manager.ts";
import { openStoreCount } from "../src/decorators/open_stores.ts";
import { ConfigurationError, EngineError, EngineNotAvailableError } from "../src/errors.ts";
import { unbounded } from "./contract/subject.ts";
import { fastFolder } from "./engines_here.ts";
import { type MapEngine, mapEngine } from "./engines/map_engine.ts";

const now = 1_790_000_000_000;
const clock = { now: () => now };

function entry(n: number, parts: Partial<Entry<Body>> = {}): Entry<Body> {
  const body = `body ${n}`;
  const head = { storedAt: now - n, freshUntil: now + 60_000.5, goneAt: Infinity, cost: 1.5, size: body.length };
  return {
    ...head,
    form: "1:json",
    checksum: n,
    tags: [`t${n % 3}`],
    label: `f(${n})`,
    ...parts,
    body: parts.body ?? body,
  };
}

/** Two maps, the first of them filled. */
function twoMaps(entries: Iterable<readonly [string, Entry<Body>]>, parts: Partial<Engine> = {}) {
  const [from, to] = [mapEngine("one"), mapEngine("other", parts)];
  for (const [key, one] of entries) from.map.set(key, one);
  return { from, to, copy: (options = {}) => copyCache({ engine: from }, { engine: to }, { clock, ...options }) };
}

/** An engine whose stores offer more methods, or others. */
function changed(engine: MapEngine, methods: (store: AsyncStore<Body>) => Partial<AsyncStore<Body>>): Engine {
  return {
    ...engine,
    open(options) {
      const store = engine.open(options) as AsyncStore<Body>;
      return { ...store, ...methods(store) };
    },
  };
}

const key = (n: number) => `s/1-${n}`;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

test("copyCache() copies every entry as it is, in whatever engine", async () => {
  const kept = new Map(numbers(250).map((n) => [key(n), entry(n)]));
  kept.set(
    "~tags/1",
    entry(251, { body: Uint8Array.of(0, 255), form: "1:raw:Uint8Array", cost: 0, tags: [], size: 2 }),
  );
  const { from, to, copy } = twoMaps(kept);
  assert.deepEqual(await copy(), { copied: 251, skipped: 0, refused: [] });
  assert.deepEqual(to.map, from.map);
  const hasFiles = files.probe(globalThis as unknown as Globals, { directory: "/none" }) === true;
  const cacheDir = hasFiles ? fastFolder() : undefined;
  const stores = [
    ...(hasFiles ? [{ engine: files, folderName: "files", cacheDir }] : []),
    { engine: fromKeyv(new Map<string, string>()), folderName: "map" },
    { engine: hybrid({ small: mapEngine("small"), large: mapEngine("large"), threshold: 7 }), cacheDir },
    { engine: to, cacheDir },
  ];
  to.map.clear();
  let last: (typeof stores)[number] | { engine: Engine } = { engine: from };
  for (const place of stores) {
    assert.deepEqual(await copyCache(last, place, { clock }), { copied: 251, skipped: 0, refused: [] });
    last = place;
  }
  // Files give text back as its UTF-8 bytes.
  const asText = (body: unknown) => body instanceof Uint8Array ? new TextDecoder().decode(body) : body;
  for (const [name, one] of to.map) if (one.form === "1:json") to.map.set(name, { ...one, body: asText(one.body) });
  assert.deepEqual(to.map, from.map);
});

test("copyCache() moves a function's values so that they are found and nothing runs again", async () => {
  const open = openStoreCount();
  const engine = fromKeyv(new Map<string, string>());
  let runs = 0;
  const square = (n: number) => (runs++, { square: n * n, bytes: new Uint8Array(n) });
  const options = { name: "square", version: "1", strict: true, engine } as const;
  const before = bcache(square, { ...options, folderName: "before" });
  for (const n of [1, 2, 3]) await before(n);
  await before.cache.close();
  await copyCache({ engine, folderName: "before" }, { engine, folderName: "after" });
  const after = fcache(square, { ...options, folderName: "after" });
  for (const n of [1, 2, 3]) assert.deepEqual(await after(n), { square: n * n, bytes: new Uint8Array(n) });
  assert.equal(runs, 3);
  await after.cache.close();
  assert.equal(openStoreCount(), open, "copying closes what it opened");
});

test("copyCache() leaves out what is gone and what vanishes meanwhile", async () => {
  const { from, to } = twoMaps([
    [key(1), entry(1, { goneAt: now })],
    [key(2), entry(2, { goneAt: now + 1, freshUntil: now - 1 })],
    [key(3), entry(3)],
  ]);
  const vanishing = changed(from, (store) => ({ get: (name) => name === key(3) ? undefined : store.get(name) }));
  const report = await copyCache({ engine: vanishing }, { engine: to }, { clock });
  assert.deepEqual(report, { copied: 1, skipped: 2, refused: [] });
  assert.deepEqual([...to.map.keys()], [key(2)]);
});

test("copyCache() replaces what is older, unless all or nothing is to be replaced", async () => {
  for (const [overwrite, replaced] of [["newer", "1"], ["always", "0 1 2"], ["never", ""], [undefined, "1"]] as const) {
    const { from, to, copy } = twoMaps([0, 1, 2].map((n) => [key(n), entry(5)]));
    for (const [n, age] of [[0, 4], [1, 6], [2, 5]] as const) to.map.set(key(n), entry(age, { body: "there" }));
    const report = await copy({ overwrite });
    const got = [0, 1, 2].filter((n) => to.map.get(key(n)) === from.map.get(key(n)));
    assert.equal(got.join(" "), replaced, overwrite);
    assert.deepEqual(report, { copied: got.length, skipped: 3 - got.length, refused: [] });
  }
});

test("copyCache() tells by key what does not fit, and copies the rest", async () => {
  const long = `s/${"k".repeat(199)}`;
  const { to, copy } = twoMaps([
    [key(1), entry(1)],
    [key(2), entry(2, { body: "ż".repeat(11) })],
    [key(3), entry(3, { body: new Uint8Array(21) })],
    [key(4), entry(4, { body: "ż".repeat(10) })],
    [long, entry(5)],
  ], { limits: { keyBytes: 200, bodyBytes: 20 } });
  const { copied, skipped, refused } = await copy();
  assert.deepEqual([copied, skipped], [2, 0]);
  assert.deepEqual([...to.map.keys()], [key(1), key(4)]);
  assert.deepEqual(refused, [
    { key: key(2), reason: "its body has 22 bytes and the limit is 20" },
    { key: key(3), reason: "its body has 21 bytes and the limit is 20" },
    { key: long, reason: "its key has 201 bytes and the limit is 200" },
  ]);
});

test("copyCache() finds by itself what an engine refuses, and gives up when anything else fails", async () => {
  const open = openStoreCount();
  const code = "ERR_CACHE_ENGINE_LIMIT";
  const { from, to } = twoMaps(numbers(30).map((n) => [key(n), entry(n)]));
  const choosy = changed(to, (store) => ({
    setMany(entries) {
      const bad = entries.find(([name]) => name.endsWith("7"));
      if (bad !== undefined) throw new EngineError("Cannot write: it is too large; do not", { engine: "other", code });
      for (const [name, one] of entries) store.set(name, one);
    },
  }));
  const { copied, refused } = await copyCache({ engine: from }, { engine: choosy }, { clock });
  assert.deepEqual([copied, refused.map(({ key }) => key)], [27, [key(7), key(17), key(27)]]);
  const fault = new EngineError("Cannot write: the disk is full; make room", { engine: "other" });
  const full = changed(to, () => ({
    set() {
      throw fault;
    },
  }));
  to.map.clear();
  await assert.rejects(copyCache({ engine: from }, { engine: full }, { clock }), fault);
  assert.equal(openStoreCount(), open);
});

test("copyCache() does not replace what was stored while it copied, where the engine can tell", async () => {
  const { from, to } = twoMaps(numbers(3).map((n) => [key(n), entry(n)]));
  const committed: number[] = [];
  const telling = changed(to, (store) => ({
    commit(changes: readonly Change<Body>[]) {
      committed.push(changes.length);
      if (committed.length === 1) to.map.set(key(1), entry(-1));
      const as = ({ key, found }: Change<Body>) => (to.map.get(key)?.storedAt ?? "absent") === found;
      if (!changes.every(as)) return false;
      for (const { key, entry } of changes) store.set(key, entry!);
      return true;
    },
  }));
  const report = await copyCache({ engine: from }, { engine: telling }, { clock });
  assert.deepEqual(report, { copied: 2, skipped: 1, refused: [] });
  assert.equal(to.map.get(key(1))?.storedAt, now + 1);
  assert.deepEqual(committed, [3, 1, 1]);
});

test("copyCache() has a batch in memory at a time and tells of each", async () => {
  const sizes = new Map(numbers(450).map((n) => [key(n), entry(n, n >= 440 ? { size: 3_000_000 } : {})]));
  const { from, to } = twoMaps(sizes);
  let [reading, most] = [0, 0];
  const slow = changed(from, (store) => ({
    async get(name) {
      most = Math.max(most, ++reading);
      await Promise.resolve();
      reading--;
      return store.get(name);
    },
  }));
  const told: CopyProgress[] = [];
  await copyCache({ engine: slow }, { engine: to }, { clock, onProgress: (progress) => told.push(progress) });
  assert.equal(most, 100);
  assert.deepEqual(told.map(({ copied }) => copied), [100, 200, 300, 400, ...numbers(9).map((n) => 441 + n), 450]);
  assert.ok(told.every(({ total, skipped, refused }) => total === 450 && skipped === 0 && refused === 0));
});

test("copyCache() refuses engines that hold no bytes, unknown ones, and one place for both", async () => {
  const there = { engine: mapEngine("one"), folderName: "there" } as const;
  const here = { ...there, folderName: "here" } as const;
  const refusal = (path: string, message: RegExp) => (error: unknown) =>
    error instanceof ConfigurationError && error.issues[0]?.path === path && message.test(error.message);
  await assert.rejects(copyCache({ engine: "memory" }, here), refusal("from", /"memory" holds references/));
  await assert.rejects(copyCache(there, { engine: "memory" }), refusal("to", /"memory" holds references/));
  await assert.rejects(copyCache(there, {}), refusal("to", /"memory" holds references/));
  await assert.rejects(copyCache(there, there), refusal("to", /already/));
  const overwrite = "newest" as "newer";
  await assert.rejects(copyCache(there, here, { overwrite }), refusal("overwrite", /"newest"/));
  await assert.rejects(copyCache({ engine: "filez" }, here), EngineNotAvailableError);
  const missing = mapEngine("missing", { probe: () => "it is not there" });
  await assert.rejects(copyCache(there, { engine: missing }), EngineNotAvailableError);
});

test("copyCache() finds an engine by the name under which it was registered", async () => {
  const { from, to } = twoMaps([[key(1), entry(1)]]);
  engines.register({ ...from, name: "copied_from" });
  assert.equal((await copyCache({ engine: "copied_from" }, { engine: to }, { clock })).copied, 1);
  const store = await to.open({ directory: "", secure: true, bounds: unbounded }) as AsyncStore<Body>;
  assert.deepEqual(await store.get(key(1)), entry(1));
});
