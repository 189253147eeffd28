import assert from "node:assert/strict";
import { test } from "node:test";
import { fromKeyv, fromUnstorage, type KeyvLike, type UnstorageLike } from "../../engines/adapters.ts";
import type { AdapterOptions } from "../../engines/adapters.ts";
import { ucache } from "../../mod.ts";
import type { Engine } from "../../src/contract/engine.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { ConfigurationError, EngineError } from "../../src/errors.ts";
import { listing, unbounded } from "../contract/subject.ts";
import { random } from "../random.ts";

const open = async (engine: Engine, folderName = "default") =>
  await engine.open({ directory: "", folderName, secure: true, bounds: unbounded }) as AsyncStore<Body>;

function entry(body: Body, parts: Partial<Entry<Body>> = {}): Entry<Body> {
  const storedAt = 1_790_000_000_000;
  const head = {
    storedAt,
    freshUntil: Infinity,
    goneAt: Infinity,
    cost: 1.5,
    size: body.length,
    tags: ["t"],
    label: "l",
  };
  return { ...head, form: "1:json", checksum: 7, ...parts, body };
}

const key = "scope-1/1-abc";
const name = "twat_cache:default:scope-1:1-abc";

/** A store of another process: the same map, and nothing else in common. */
function another(map: Map<string, string>): KeyvLike & { entries?(): unknown } {
  return {
    get: (name: string) => map.get(name),
    set: (name: string, text: string) => map.set(name, text),
    delete: (name: string) => map.delete(name),
    entries: () => map.entries(),
  };
}

/** Stores of both ecosystems over one map. */
const both = (map: Map<string, string>): readonly (readonly [string, Engine])[] => [
  ["keyv", fromKeyv(map)],
  ["unstorage", fromUnstorage(driverOver(map))],
];

function driverOver(map: Map<string, string>): UnstorageLike & { removeItem(name: string): unknown } {
  return {
    getItem: (name: string) => map.get(name) ?? null,
    setItem: (name: string, text: string) => void map.set(name, text),
    removeItem: (name: string) => void map.delete(name),
    getKeys: () => [...map.keys()].map((name) => name.replaceAll(":", "/")),
  };
}

test("fromKeyv() and fromUnstorage() give each key a name that every store takes as it is", async () => {
  const map = new Map<string, string>();
  const next = random(11);
  const letters = "ab0-_~.%/:;?*\\ $'";
  const keys = new Set<string>([
    "con/nul",
    "nul/con",
    "a/",
    "/",
    "a",
    "//a",
    "/a",
    "a--b/--",
    "a/b/c",
    "../..",
    "~tags/1",
  ]);
  while (keys.size < 2_000) {
    const length = 1 + Math.floor(next() * (keys.size % 10 === 0 ? 200 : 8));
    keys.add(Array.from({ length }, () => letters[Math.floor(next() * letters.length)]).join(""));
  }
  const store = await open(fromKeyv(map), "My.Folder_1".padEnd(100, "x"));
  for (const one of keys) await store.set(one, entry(one));
  assert.equal(map.size, keys.size, "no two keys share a name");
  for (const name of map.keys()) {
    assert.match(name, /^twat_cache(:[a-z0-9_-]+){3}$/);
    assert.ok(name.length <= 224 && !name.includes("--"), name);
    assert.ok(!name.split(":").some((part) => /^(con|nul)$/.test(part)), name);
  }
  for (const one of keys) assert.equal((await store.get(one))?.body, one);
});

test("get() gives nothing when the text was cut, changed in any place, or stands under another's name", async () => {
  const bodies = ["body ż", "a\0b", Uint8Array.of(1, 2, 3)];
  for (const body of bodies) {
    const map = new Map<string, string>();
    for (const [ecosystem, engine] of both(map)) {
      const store = await open(engine);
      await store.set(key, entry(body, { label: "ł" }));
      const text = map.get(name)!;
      for (let at = 0; at < text.length; at++) {
        map.set(name, text.slice(0, at));
        assert.equal(await store.get(key), undefined, `${ecosystem}, cut at ${at}`);
        map.set(name, text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1));
        assert.equal(await store.get(key), undefined, `${ecosystem}, changed at ${at}`);
      }
      map.set(name, text);
      assert.deepEqual((await store.get(key))?.body, body);
      map.set("twat_cache:default:scope-1:1-abd", text);
      assert.equal(await store.get("scope-1/1-abd"), undefined, `${ecosystem}, moved`);
      assert.deepEqual([...(await listing(store, "")).keys()], [key], "what is moved is not listed");
      assert.equal(await store.clear(""), 2, "and goes when all goes");
    }
  }
});

test("get() gives nothing when somebody wrote a text of his own with a right checksum", async () => {
  const map = new Map<string, string>();
  const store = await open(fromKeyv(map));
  const fnv = (text: string) => {
    let hash = 0x811c9dc5;
    for (const unit of text) hash = Math.imul(hash ^ unit.charCodeAt(0), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, "0");
  };
  const fields = [key, "t", "1:json", 7, 1, null, null, 0, 1, [], ""];
  const hostile = [
    `2 []x`,
    `9 {"a":1}x`,
    `x`,
    `999 []`,
    ...fields.map((_, at) => {
      const head = JSON.stringify(fields.map((field, n) => n === at ? { toString: 1 } : field));
      return `${head.length} ${head}x`;
    }),
    `${JSON.stringify(fields.with(1, "b")).length} ${JSON.stringify(fields.with(1, "b"))}%%%`,
  ];
  for (const text of hostile) {
    map.set(name, `twat1 ${fnv(text)} ${text}`);
    assert.equal(await store.get(key), undefined, text);
    assert.equal((await listing(store, "")).size, text.endsWith("%%%") ? 1 : 0, text);
  }
});

test("clear() leaves alone what others keep in the store", async () => {
  const map = new Map<string, string>();
  for (const [ecosystem, engine] of both(map)) {
    const others = ["default:scope-1:1-abc", "scope-1", "twat_cache", "twat_cache:defaults:s:1", "twat_cache:x:s:1"];
    for (const one of others) map.set(one, "theirs");
    const [store, next] = [await open(engine), await open(engine, "next")];
    await store.set(key, entry("mine"));
    await next.set(key, entry("next"));
    assert.deepEqual(await store.usage(""), { entries: 1, bytes: 4 }, ecosystem);
    assert.equal(await store.clear(""), 1);
    assert.deepEqual([...map.keys()], [...others, "twat_cache:next:scope-1:1-abc"], ecosystem);
    assert.equal((await next.get(key))?.body, "next");
    await next.clear("");
  }
});

test("entries() and clear() show and drop what other processes stored, and usage() counts it from then on", async () => {
  const map = new Map<string, string>();
  const [here, there] = [await open(fromKeyv(another(map))), await open(fromKeyv(another(map)))];
  await here.set("a/1", entry("mine"));
  assert.deepEqual(await here.usage(""), { entries: 1, bytes: 4 });
  await there.set("a/2", entry("theirs"));
  await there.delete("a/1");
  assert.equal((await here.get("a/2"))?.body, "theirs");
  assert.equal(await here.get("a/1"), undefined);
  assert.deepEqual(await here.usage(""), { entries: 1, bytes: 6 }, "what was seen is counted");
  await there.set("b/1", entry("theirs, too"));
  assert.deepEqual([...(await listing(here, "b/")).keys()], ["b/1"]);
  assert.deepEqual(await here.usage(""), { entries: 2, bytes: 17 });
  await there.set("b/2", entry("unseen"));
  assert.equal(await here.clear(""), 3);
  assert.equal(await there.get("b/2"), undefined);
});

test("entries() asks the store just once when no other process uses it", async () => {
  const map = new Map<string, string>();
  let walks = 0;
  const counted = { ...another(map), entries: () => (walks++, map.entries()) };
  const store = await open(fromKeyv(counted, { shared: false }));
  for (let n = 0; n < 3; n++) {
    await store.set(`a/${n}`, entry("x"));
    await store.usage("a/");
    assert.equal((await listing(store, "a/")).size, n + 1);
  }
  assert.equal(walks, 1);
});

test("usage() is right when entries come and go while the store is listed", async () => {
  const map = new Map<string, string>();
  const before = await open(fromKeyv(another(map)));
  for (let n = 0; n < 4; n++) await before.set(`a/${n}`, entry("body"));
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => goOn = resolve);
  let begun = () => {};
  const listed = new Promise<void>((resolve) => begun = resolve);
  const slow = {
    ...another(map),
    async *entries() {
      const all = [...map];
      yield* all.slice(0, 2);
      begun();
      await gate;
      yield* all.slice(2);
    },
  };
  const store = await open(fromKeyv(slow));
  const counted = store.usage("");
  await listed;
  await store.delete("a/0");
  await store.delete("a/3");
  await store.set("a/1", entry("longer body"));
  await store.set("a/2", entry("longer body"));
  await store.set("a/9", entry("new"));
  goOn();
  assert.deepEqual(await counted, { entries: 3, bytes: 11 + 11 + 3 });
  assert.deepEqual(await store.usage("a/"), { entries: 3, bytes: 25 });
});

test("set() tells the store how long to keep an entry, generously, in the unit that it takes", async () => {
  const lives: unknown[] = [];
  const noted = (extra: object) => ({
    ...another(new Map()),
    ...extra,
    set: (_: string, __: string, life: unknown) => void lives.push(life),
    setItem: (_: string, __: string, life: unknown) => void lives.push(life),
  });
  const spans = [{ goneAt: 1_790_000_060_000.5 }, {}, { goneAt: 0 }, { goneAt: 8.64e15 }];
  const stored = async (engine: Engine) => {
    const store = await open(engine);
    for (const span of spans) await store.set(key, entry("x", span));
    return lives.splice(0);
  };
  assert.deepEqual(await stored(fromKeyv(noted({}))), [360_001, undefined, 300_000, undefined]);
  const unstorage = noted({ getItem: () => null, removeItem: () => {}, getKeys: () => [] });
  assert.deepEqual(await stored(fromUnstorage(unstorage as unknown as UnstorageLike)), [
    { ttl: 361 },
    {},
    { ttl: 300 },
    {},
  ]);
  const earliest = Date.now();
  const [instant, ...rest] = await stored(fromKeyv(noted({ capabilities: { expires: true } }))) as number[];
  assert.ok(instant! >= earliest + 360_001 && instant! <= Date.now() + 360_001, "an instant for adapters of Keyv 6");
  assert.equal(rest[0], undefined);
});

/** A store that emits its troubles and answers as if nothing were there, as Keyv does. */
function emitting() {
  const listeners = new Set<(error: unknown) => void>();
  const map = new Map<string, string>();
  const store = {
    fault: undefined as unknown,
    listeners,
    map,
    told<T>(answer: () => T, instead: T): T {
      if (store.fault === undefined) return answer();
      for (const listener of listeners) listener(store.fault);
      return instead;
    },
    get: (name: string) => store.told(() => map.get(name), undefined),
    set: (name: string, text: string) => store.told<unknown>(() => map.set(name, text), undefined),
    delete: (name: string) => store.told(() => map.delete(name), false),
    entries: () => store.told<Iterable<[string, string]>>(() => map.entries(), []),
    on: (_: "error", listener: (error: unknown) => void) => void listeners.add(listener),
    off: (_: "error", listener: (error: unknown) => void) => void listeners.delete(listener),
  };
  return store;
}

test("fromKeyv() throws what a store emits instead of throwing it", async () => {
  const inner = emitting();
  const store = await open(fromKeyv(inner));
  await store.set(key, entry("kept"));
  inner.fault = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  const works: Record<string, () => unknown> = {
    "read from": () => store.get(key),
    "write to": () => store.set(key, entry("newer")),
    "delete from": () => store.delete(key),
    list: () => listing(store, ""),
    clear: () => store.clear(""),
  };
  for (const [doing, work] of Object.entries(works)) {
    await assert.rejects(async () => await work(), (error) => {
      assert.ok(error instanceof EngineError, doing);
      assert.equal(error.code, "ERR_CACHE_ENGINE_UNREACHABLE");
      assert.equal(error.cause, inner.fault);
      assert.match(
        error.message,
        new RegExp(`^Cannot ${doing} engine "keyv": the store does not answer \\(.*\\); \\S`),
      );
      return true;
    });
  }
  inner.fault = undefined;
  assert.equal((await store.get(key))?.body, "kept");
  await store.close();
  assert.equal(inner.listeners.size, 0, "nobody listens once it is closed");
});

test("close() waits for what is on its way, so that nothing asks the store afterwards", async () => {
  const map = new Map(Array.from({ length: 5 }, (_, n) => [`x${n}`, "theirs"]));
  const asked: string[] = [];
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => goOn = resolve);
  const slow = Object.assign(another(map), {
    async set(name: string, text: string) {
      asked.push("set");
      await gate;
      map.set(name, text);
    },
    *entries() {
      for (const pair of map) {
        asked.push(`${pair[0]}`);
        yield pair;
      }
    },
  });
  const store = await open(fromKeyv(slow));
  const [counted, stored] = [store.usage(""), store.set(key, entry("x"))];
  const closed = store.close();
  goOn();
  await closed;
  asked.push("closed");
  await Promise.all([counted, stored]);
  assert.equal(asked.at(-1), "closed", "nothing is asked after that");
  assert.ok(map.has(name));
});

test("set() throws when the store says that it kept nothing", async () => {
  const refusing = { answer: true as unknown, set: () => false, setMany: () => refusing.answer };
  const store = await open(fromKeyv(Object.assign(another(new Map()), refusing)));
  await assert.rejects(async () => await store.set(key, entry("x")), EngineError);
  const two = [["a/1", entry("x")], ["a/2", entry("y")]] as const;
  for (const answer of [[true, false], false] as const) {
    refusing.answer = answer;
    await assert.rejects(async () => await store.setMany!(two), EngineError);
  }
  refusing.answer = true;
  await store.setMany!(two);
});

test("fromKeyv() does not rely on an iterator that leaves out what is there", async () => {
  const map = new Map<string, string>();
  const store = await open(fromKeyv(Object.assign(another(map), { iterator: async function* () {} })));
  await store.set(key, entry("x"));
  for (const work of [() => store.usage(""), () => store.clear(""), () => listing(store, "")]) {
    await assert.rejects(async () => await work(), /its iterator leaves out what is there/);
  }
  assert.equal((await store.get(key))?.body, "x");
  assert.deepEqual([...map.keys()], [name], "what was left to be found is gone");
});

test("fromKeyv() lists the entries of a store that lists nothing, whoever opened it before", async () => {
  const map = new Map<string, string>();
  const { entries: _, ...unlisted } = another(map) as unknown as Record<string, unknown>;
  const first = await open(fromKeyv({ ...unlisted } as unknown as KeyvLike));
  const kept = Array.from({ length: 300 }, (_, n) => [`${n % 2 ? "a" : "b"}/${n}`, entry(`${n}`)] as const);
  await first.setMany!(kept.slice(0, 150));
  for (const [key, one] of kept.slice(150)) await first.set(key, one);
  assert.equal(await first.delete("a/1"), true);
  await first.close();
  const second = await open(fromKeyv({ ...unlisted } as unknown as KeyvLike));
  assert.deepEqual((await second.usage("a/")).entries, 149);
  assert.equal((await listing(second, "")).size, 299);
  map.delete("twat_cache:default:a:3");
  assert.equal((await listing(second, "a/")).size, 148, "a name without an entry is none");
  assert.equal(await second.clear("a/"), 148);
  assert.equal(await second.clear(""), 150);
  const left = [...map].filter(([name]) => !name.startsWith("twat_cache:default:_names:"));
  assert.deepEqual(left, []);
  for (const name of map.keys()) map.set(name, "damaged");
  await second.set(key, entry("x"));
  assert.deepEqual([...(await listing(second, "")).keys()], [key]);
});

test("fromUnstorage() throws what a driver gives back instead of throwing it", async () => {
  const fault = Object.assign(new Error("EACCES: permission denied, open"), { code: "EACCES" });
  const store = await open(
    fromUnstorage({
      ...driverOver(new Map()),
      getItem: () => Promise.resolve(fault),
      removeItem: () => Promise.resolve(fault),
    }),
  );
  const refusal = (error: unknown) => error instanceof EngineError && error.code === "ERR_CACHE_ENGINE_NOT_PERMITTED";
  await assert.rejects(async () => await store.get(key), refusal);
  await assert.rejects(async () => await store.delete(key), refusal);
});

test("set() refuses a body over the limit and says so", async () => {
  const store = await open(fromKeyv(new Map(), { bodyBytes: 10 }));
  await store.set(key, entry("żóźćń"));
  for (const body of ["żóźćńx", new Uint8Array(11)]) {
    await assert.rejects(
      async () => await store.set(key, entry(body)),
      (error) => error instanceof EngineError && error.code === "ERR_CACHE_ENGINE_LIMIT",
    );
  }
  assert.equal((await store.get(key))?.body, "żóźćń");
});

test("fromKeyv() and fromUnstorage() refuse what is no such store, and options that cannot be", () => {
  const { removeItem: _, ...readOnly } = driverOver(new Map());
  const made: [() => unknown, RegExp][] = [
    [() => fromKeyv({} as KeyvLike), /it has no get, set, delete; pass a Keyv/],
    [() => fromKeyv(undefined as unknown as KeyvLike), /it has no get/],
    [() => fromUnstorage(readOnly), /it has no removeItem; pass what createStorage\(\) gives/],
    [() => fromKeyv(new Map(), { name: "My Keyv" }), /name is "My Keyv"/],
    [() => fromKeyv(new Map(), { bodyBytes: 0, keyBytes: NaN }), /keyBytes is NaN; .*bodyBytes is 0/],
  ];
  for (const [make, message] of made) {
    assert.throws(make, (error) => error instanceof ConfigurationError && message.test(error.message));
  }
  const declared: AdapterOptions = { name: "pg", persistent: false, shared: true, remote: true, bodyBytes: 5 };
  const { name, persistent, shared, remote, limits } = fromKeyv(new Map(), declared);
  assert.deepEqual({ name, persistent, shared, remote, bodyBytes: limits.bodyBytes }, declared);
});

test("fromKeyv() keeps the values of a function beyond its cache", async () => {
  const map = new Map<string, string>();
  let runs = 0;
  const lengthOf = async (text: string) => await Promise.resolve({ length: text.length, run: ++runs });
  for (let round = 0; round < 2; round++) {
    const cached = ucache(lengthOf, { name: "length", version: "1", engine: fromKeyv(map), strict: true });
    assert.deepEqual(await cached("four"), { length: 4, run: 1 });
    assert.equal(cached.cache.info.engine, "keyv");
    await cached.cache.close();
  }
  assert.equal(map.size, 1);
});
