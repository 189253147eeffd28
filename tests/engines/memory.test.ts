import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import { LRUCache } from "lru-cache";
import type { MemoryStore } from "../../engines/memory/store.ts";
import { openMemory } from "../../engines/memory/open.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { Bounds, EvictionReason, PolicyName } from "../../src/contract/store.ts";
import { ResourceError } from "../../src/errors.ts";
import { random } from "../random.ts";
import { times } from "../times.ts";

const policies: readonly PolicyName[] = [
  "lru",
  "lfu",
  "fifo",
  "lifo",
  "mru",
  "rr",
  "ttl",
  "sieve",
  "s3fifo",
  "tinylfu",
];

/** How many keys pass through a store of each policy. */
const KEYS = 20_000 * times;

/** The globals of ECMAScript itself, and WebAssembly, with which Node strips types. */
const languageGlobals = [
  ..."globalThis Infinity NaN undefined eval isFinite isNaN parseFloat parseInt decodeURI encodeURI".split(" "),
  ..."decodeURIComponent encodeURIComponent AggregateError Array ArrayBuffer BigInt BigInt64Array".split(" "),
  ..."BigUint64Array Boolean DataView Date Error EvalError FinalizationRegistry Float32Array Float64Array".split(" "),
  ..."Function Int8Array Int16Array Int32Array Iterator Map Number Object Promise Proxy RangeError".split(" "),
  ..."ReferenceError RegExp Set SharedArrayBuffer String Symbol SyntaxError TypeError Uint8Array".split(" "),
  ..."Uint8ClampedArray Uint16Array Uint32Array URIError WeakMap WeakRef WeakSet Atomics JSON Math Reflect WebAssembly"
    .split(" "),
];

let instant = 1_790_000_000_000;

function entry(body: unknown, parts: Partial<Entry> = {}): Entry {
  const storedAt = instant += 10;
  const head = { storedAt, freshUntil: Infinity, goneAt: Infinity, cost: 1, size: 1, tags: [], label: "" };
  return { body, form: "", checksum: 0, ...head, ...parts };
}

type Evicted = [key: unknown, reason: EvictionReason];

function open(bounds: Partial<Bounds>, evicted: Evicted[] = [], seed?: number): MemoryStore {
  return openMemory({
    bounds: { maxSize: Infinity, maxBytes: Infinity, policy: "lru", ...bounds },
    seed,
    onEvict: (key, _, reason) => void evicted.push([key, reason]),
  });
}

const keysOf = (store: MemoryStore): unknown[] => [...store.entries("")].map(({ key }) => key).sort();

describe("memory", () => {
  for (const ttl of [undefined, 60_000]) {
    const lasting = (body: unknown): Entry =>
      ttl === undefined ? entry(body) : entry(body, { freshUntil: instant + ttl, goneAt: instant + ttl });
    const traces: readonly [PolicyName, string, string][] = [
      ["lru", "A B a C", "B"],
      ["lfu", "A a a a B b C", "B"],
      ["fifo", "A B a C", "A"],
      ["lifo", "A B a C", "B"],
      ["mru", "A B a C", "A"],
      ["sieve", "A B a C", "B"],
      ["s3fifo", "A B a a C", "B"],
      ["ttl", "A B a C", "A"],
    ];
    for (const [policy, steps, gone] of traces) {
      it(`evicts ${gone} as "${policy}" does when room is for two and the steps are ${steps}, ${ttl ? "with" : "without"} a ttl`, () => {
        const evicted: Evicted[] = [];
        const store = open({ maxSize: 2, policy }, evicted);
        for (const step of steps.split(" ")) {
          if (step === step.toUpperCase()) store.set(step, lasting(step));
          else assert.equal(store.get(step.toUpperCase())?.body, step.toUpperCase());
        }
        assert.deepEqual(evicted, [[gone, "size"]]);
        assert.equal(store.get(gone), undefined);
      });
    }
  }

  it('evicts the entry with the least time to live when the policy is "ttl" and lives differ', () => {
    const evicted: Evicted[] = [];
    const store = open({ maxSize: 3, policy: "ttl" }, evicted);
    const until = { a: 900, b: 300, c: 600, d: Infinity, e: 100, f: 100 };
    for (const [key, freshUntil] of Object.entries(until)) store.set(key, entry(key, { freshUntil }));
    assert.deepEqual(evicted.map(([key]) => key), ["b", "c", "e"]);
  });

  it('evicts the same entries when the policy is "rr" and the seed is the same', () => {
    const run = (seed: number): unknown[] => {
      const evicted: Evicted[] = [];
      const store = open({ maxSize: 10, policy: "rr" }, evicted, seed);
      for (let n = 0; n < 100; n++) store.set(n, entry(n));
      assert.equal(store.usage("").entries, 10);
      return evicted.map(([key]) => key);
    };
    assert.deepEqual(run(1), run(1));
    assert.notDeepEqual(run(1), run(2));
  });

  it("keeps both bounds after each of 20,000 random steps, whatever the policy, and its books balance", () => {
    const next = random(4);
    for (const policy of policies) {
      const evicted: Evicted[] = [];
      const store = open({ maxSize: 20, maxBytes: 100, policy }, evicted, 1);
      const model = new Map<number, number>();
      let told = 0;
      for (let step = 0; step < 2_000; step++) {
        const key = Math.floor(next() * 60);
        const chance = next();
        if (chance < 0.5) {
          const size = Math.floor(next() * 25);
          store.set(key, entry(step, { size, freshUntil: instant + next() * 1_000 }));
          model.set(key, size);
        } else if (chance < 0.9) store.get(key);
        else assert.equal(store.delete(key), model.delete(key), `${policy}, step ${step}`);
        for (; told < evicted.length; told++) assert.ok(model.delete(evicted[told]![0] as number), "evicted once");
        const bytes = [...model.values()].reduce((sum, size) => sum + size, 0);
        assert.deepEqual(store.usage(""), { entries: model.size, bytes }, `${policy}, step ${step}`);
        assert.ok(model.size <= 20 && bytes <= 100, `${policy}, step ${step}`);
      }
      assert.ok(evicted.length > 100);
      assert.deepEqual(keysOf(store), [...model.keys()].sort());
    }
  });

  it("keeps two of three entries that weigh 3 when the bound is 7", () => {
    for (const policy of policies) {
      const store = open({ maxBytes: 7, policy });
      for (const key of ["a", "b", "c"]) store.set(key, entry(key, { size: 3 }));
      assert.deepEqual(store.usage(""), { entries: 2, bytes: 6 }, policy);
      assert.ok(store.get("c"), `${policy} never evicts the newest`);
    }
  });

  it("does not keep an entry that alone is over the bound, says so, and drops what it would have replaced", () => {
    for (const policy of policies) {
      const evicted: Evicted[] = [];
      const store = open({ maxBytes: 100, policy }, evicted);
      store.set("a", entry("small", { size: 60 }));
      store.set("b", entry("other", { size: 40 }));
      store.set("a", entry("huge", { size: 101 }));
      assert.deepEqual(evicted, [["a", "size"]]);
      assert.equal(store.get("a"), undefined, "an old value does not outlive its replacement");
      assert.deepEqual(store.usage(""), { entries: 1, bytes: 40 });
      store.set("a", entry("fits exactly", { size: 100 }));
      assert.deepEqual(keysOf(store), ["a"], policy);
    }
  });

  it("makes room for a value that grew, but not by evicting it", () => {
    for (const policy of policies) {
      const store = open({ maxBytes: 10, policy });
      for (const key of ["a", "b", "c", "d"]) store.set(key, entry(key, { size: 2 }));
      store.set("a", entry("grown", { size: 9 }));
      assert.deepEqual(keysOf(store), ["a"], policy);
      assert.equal(store.get("a")?.body, "grown");
      assert.deepEqual(store.usage(""), { entries: 1, bytes: 9 });
    }
  });

  it("takes keys of any type and tells them apart as a Map does", () => {
    const keys = ["1", 1, 1n, true, "true", null, "null", undefined, "undefined", NaN, "", "\0", {}, Symbol("s")];
    for (const bounds of [{}, { maxSize: 50, policy: "lru" }, { maxSize: 50, policy: "tinylfu" }] as const) {
      const store = open(bounds);
      for (const key of keys) store.set(key, entry({ key }));
      for (const key of keys) assert.deepEqual(store.get(key)?.body, { key });
      assert.equal(store.usage("").entries, keys.length);
      assert.equal(store.usage("n").entries, 1, "a prefix picks texts only");
      assert.equal(store.delete(NaN), true);
      assert.equal(store.clear("true"), 1);
      assert.equal(store.clear(""), keys.length - 2);
    }
  });

  it("clear() drops 1,500 entries and the store goes on as if new", () => {
    for (const policy of policies) {
      const store = open({ maxSize: 2_000, maxBytes: 1e6, policy });
      for (const round of [1, 2]) {
        for (let n = 0; n < 1_500; n++) store.set(`k${n}`, entry(n, { size: 0.1 }));
        assert.equal(store.clear(""), 1_500, `${policy}, round ${round}`);
        assert.deepEqual(store.usage(""), { entries: 0, bytes: 0 });
        assert.deepEqual(keysOf(store), []);
      }
    }
  });

  it("lets a listener of evictions use the store", () => {
    for (const policy of policies) {
      const dropped: string[] = [];
      const store: MemoryStore = openMemory({
        bounds: { maxSize: 3, maxBytes: Infinity, policy },
        onEvict(key, { body }) {
          assert.equal(body, `value of ${key}`);
          assert.equal(store.get(key), undefined);
          dropped.push(key);
          if (key.length < 4) store.set(`${key}!`, entry(`value of ${key}!`));
        },
      });
      for (const key of ["a", "b", "c", "d", "e", "f"]) store.set(key, entry(`value of ${key}`));
      assert.equal(store.usage("").entries, 3, policy);
      assert.ok(dropped.length >= 3);
    }
  });

  it("native is the LRUCache when the policy is lru, and a Map otherwise or without bounds", () => {
    assert.ok(open({ maxSize: 5 }).native instanceof LRUCache);
    assert.ok(open({ maxSize: 5, policy: "s3fifo" }).native instanceof Map);
    assert.ok(open({ policy: "lru" }).native instanceof Map);
  });

  it("an LRUCache without a bound on entries, or with a vast one, takes room as it needs it", () => {
    for (const maxSize of [Infinity, 1e12]) {
      const store = open({ maxSize, maxBytes: 5_000 });
      for (let n = 0; n < 10_000; n++) store.set(n, entry(n));
      assert.deepEqual(store.usage(""), { entries: 5_000, bytes: 5_000 });
      assert.equal(store.get(4_999), undefined);
      assert.ok(store.get(5_000));
    }
  });

  it("find() looks without counting, used() counts", () => {
    const store = open({ maxSize: 5, policy: "lfu" });
    store.set("a", entry("a"));
    const held = store.table.get("a")!;
    store.table.get("a");
    const hits = () => [...store.entries("")][0]!.hits;
    assert.equal(hits(), 0);
    store.used(held);
    assert.equal(hits(), 1);
    store.get("a");
    assert.equal(hits(), 2);
    store.set("a", entry("again"));
    assert.equal(hits(), 0);
  });

  it("keeps the promise that the hit path puts into an entry, until the value is replaced", async () => {
    const store = open({ maxSize: 5, policy: "s3fifo" });
    store.set("a", entry(1));
    const promise = Promise.resolve(1);
    store.table.get("a")!.promise = promise;
    assert.equal(store.get("a")?.promise, promise);
    store.set("a", entry(2));
    assert.equal(store.get("a")?.promise, undefined);
    assert.equal(await promise, 1);
  });

  it("refuses to be used when it is closed, with keys of any type", () => {
    const store = open({ maxSize: 5, policy: "s3fifo" });
    store.set(1, entry(1));
    store.close();
    assert.equal(store.table.get(1), undefined);
    assert.throws(() => store.get(1), ResourceError);
    assert.throws(() => store.set(1, entry(1)), { message: /^Cannot use a memory store: it is closed; / });
  });

  it(`holds ${KEYS * policies.length} different keys one after another in the room of 1,000`, () => {
    for (const policy of policies) {
      const store = open({ maxSize: 1_000, policy });
      for (let n = 0; n < KEYS; n++) store.set(`key ${n}`, entry(n));
      assert.equal(store.usage("").entries, 1_000, policy);
      assert.equal([...store.entries("")].length, 1_000);
    }
  });

  it("works where there are no globals but those of the language", () => {
    const module = new URL("../../engines/memory.ts", import.meta.url).href;
    const script = `
      const say = console.log.bind(console);
      const language = new Set(${JSON.stringify(languageGlobals)});
      for (const name of Object.getOwnPropertyNames(globalThis)) if (!language.has(name)) Reflect.deleteProperty(globalThis, name);
      const left = ["process", "console", "setTimeout", "performance", "Deno", "fetch"].filter((name) => name in globalThis);
      const { memory } = await import(${JSON.stringify(module)});
      const kept = ${JSON.stringify(policies)}.map((policy) => {
        const store = memory.open({ bounds: { maxSize: 3, maxBytes: 100, policy } });
        const head = { form: "", checksum: 0, storedAt: 1, freshUntil: Infinity, goneAt: Infinity, cost: 0, tags: [], label: "" };
        for (let n = 0; n < 9; n++) {
          store.set(n, { ...head, body: n, size: 1 });
          store.get(0);
        }
        return store.usage("").entries;
      });
      say(JSON.stringify({ left, probe: memory.probe(globalThis, { directory: "" }), kept }));
    `;
    const flags = "Deno" in globalThis ? ["eval", script] : "Bun" in globalThis ? ["--eval", script] : [
      "--input-type=module",
      "--eval",
      script,
    ];
    const run = spawnSync(process.execPath, flags, { encoding: "utf8", timeout: 30_000 });
    assert.equal(run.status, 0, run.stderr);
    assert.deepEqual(JSON.parse(run.stdout), { left: [], probe: true, kept: policies.map(() => 3) });
  });
});
