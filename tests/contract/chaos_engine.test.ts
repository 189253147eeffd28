import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acache, type AsyncStore, type Engine, type Entry } from "../../mod.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { chaosEngine, type Fault, type Faults, type Operation, seededFaults } from "../testing.ts";
import { pauseOf } from "./patience.ts";
import { listing, unbounded } from "./subject.ts";

/** A map that holds bodies of text and bytes, with every optional method. */
const bodies: Engine = {
  name: "bodies",
  mode: "sync",
  holds: "bytes",
  scope: "folder",
  limits: { keyBytes: 200, bodyBytes: Infinity },
  persistent: false,
  shared: false,
  keeps: "in a map, as bodies",
  probe: () => true,
  open(): AsyncStore {
    const map = new Map<string, Entry>();
    const under = (prefix: string) => [...map].filter(([key]) => key.startsWith(prefix));
    const drop = (keys: readonly string[]) => keys.filter((key) => map.delete(key)).length;
    return {
      native: map,
      get: (key) => map.get(key),
      set: (key, entry) => void map.set(key, entry),
      delete: (key) => map.delete(key),
      clear: (prefix) => drop(under(prefix).map(([key]) => key)),
      usage: (prefix) => ({
        entries: under(prefix).length,
        bytes: under(prefix).reduce((sum, [, { size }]) => sum + size, 0),
      }),
      entries: (prefix) =>
        under(prefix).map(([key, { body: _, ...head }]) => ({ ...head, key, accessedAt: head.storedAt, hits: 0 })),
      close: () => map.clear(),
      getMany: (keys) => keys.map((key) => map.get(key)),
      setMany: (entries) => entries.forEach(([key, entry]) => map.set(key, entry)),
      deleteMany: drop,
      touch: () => {},
      sweep: (prefix, now) => drop(under(prefix).filter(([, { goneAt }]) => goneAt <= now).map(([key]) => key)),
      trim: () => [],
      commit: (changes) => changes.every(({ key, entry }) => entry ? map.set(key, entry) : map.delete(key) || true),
      lease: () => true,
      release: () => {},
      watch: (listener) => (listener("live"), () => {}),
      check: () => [],
    };
  },
};

function entry(body: string | Uint8Array): Entry {
  const instants = { storedAt: 1, freshUntil: Infinity, goneAt: Infinity };
  return { body, form: "1:json", checksum: 0, ...instants, cost: 0, size: body.length, tags: [], label: "" };
}

const calls: Readonly<Record<Exclude<Operation, "open">, (store: AsyncStore) => unknown>> = {
  get: (store) => store.get("a/1"),
  set: (store) => store.set("a/2", entry("two")),
  delete: (store) => store.delete("a/1"),
  entries: (store) => listing(store, ""),
  clear: (store) => store.clear(""),
  usage: (store) => store.usage(""),
  getMany: (store) => store.getMany!(["a/1"]),
  setMany: (store) => store.setMany!([["a/2", entry("two")]]),
  deleteMany: (store) => store.deleteMany!(["a/1"]),
  touch: (store) => store.touch!([]),
  sweep: (store) => store.sweep!("", Infinity),
  trim: (store) => store.trim!("", unbounded),
  commit: (store) => store.commit!([{ key: "a/2", entry: entry("two") }]),
  lease: (store) => store.lease!({ key: "a/1", owner: "us" }, 1),
  release: (store) => store.release!({ key: "a/1", owner: "us" }),
  watch: (store) => store.watch!(() => {}),
  check: (store) => store.check!("", true),
};
const operations = Object.keys(calls) as (keyof typeof calls)[];

/** Runs with a store that holds one entry under `a/1`, and the faults that it is to have. */
async function withChaos(run: (store: AsyncStore, faults: Faults) => unknown): Promise<void> {
  const faults: Faults = {};
  const store = await chaosEngine(bodies, faults).open({ directory: "", secure: true, bounds: unbounded });
  await store.set("a/1", entry("the body"));
  await run(store, faults);
  await store.close();
}

const kept = (store: AsyncStore) => [...(store.native as Map<string, Entry>)].map(([key, { body }]) => [key, body]);

describe("chaosEngine()", () => {
  it("chaosEngine() is as the engine underneath while there is no fault, but asynchronous and by another name", () =>
    withChaos(async (store) => {
      const { name, mode, holds, limits } = chaosEngine({ ...bodies, mode: "both", openSync: () => assert.fail() }, {});
      assert.deepEqual([name, mode, holds, limits], ["chaos_bodies", "async", "bytes", bodies.limits]);
      assert.equal("openSync" in chaosEngine(bodies, {}), false);
      for (const operation of operations) assert.equal(typeof store[operation], "function", operation);
      const { getMany: _, ...few } = await bodies.open({ directory: "", secure: true, bounds: unbounded });
      const offered = await chaosEngine({ ...bodies, open: () => few }, {}).open(
        { directory: "", secure: true, bounds: unbounded },
      );
      assert.equal("getMany" in offered, false, "no method that the store underneath has not");
    }));

  const failures: readonly (readonly [Fault, string])[] = [
    ["throw", "ERR_CACHE_ENGINE"],
    ["reject", "ERR_CACHE_ENGINE"],
    ["full", "ERR_CACHE_ENGINE_FULL"],
    ["busy", "ERR_CACHE_ENGINE_BUSY"],
    ["unreachable", "ERR_CACHE_ENGINE_UNREACHABLE"],
  ];
  for (const [fault, code] of failures) {
    it(`every operation fails with ${code}, before it has done anything, when its fault is "${fault}"`, () =>
      withChaos(async (store, faults) => {
        for (const operation of operations) {
          faults[operation] = fault;
          const call = async () => await calls[operation](store);
          await assert.rejects(call, { name: "EngineError", code }, operation);
          delete faults[operation];
          assert.deepEqual(kept(store), [["a/1", "the body"]]);
        }
        const failing = chaosEngine(bodies, { open: fault });
        await assert.rejects(async () => await failing.open({ directory: "", secure: true, bounds: unbounded }), {
          code,
        });
      }));
  }

  it('an operation throws at once when its fault is "throw", and gives a promise when it is "reject"', () =>
    withChaos(async (store, faults) => {
      faults.get = "throw";
      assert.throws(() => void store.get("a/1"), { name: "EngineError" });
      faults.get = "reject";
      const promise = store.get("a/1");
      await assert.rejects(promise as Promise<unknown>, { name: "EngineError" });
    }));

  it('no operation settles when its fault is "hang", and each does later when it is a delay', () =>
    withChaos(async (store, faults) => {
      for (const operation of operations) {
        faults[operation] = "hang";
        const answer = Promise.resolve(calls[operation](store)).then(() => "settled");
        assert.equal(await Promise.race([answer, pauseOf(5)]), undefined, operation);
        delete faults[operation];
      }
      faults.get = { delay: 30 };
      const start = performance.now();
      assert.equal((await store.get("a/1"))?.body, "the body");
      assert.ok(performance.now() - start >= 25);
      faults.entries = { delay: 5 };
      assert.deepEqual([...(await listing(store, "")).keys()], ["a/1"]);
    }));

  it('an operation is done and then fails when its fault is "unacknowledged"', () =>
    withChaos(async (store, faults) => {
      faults.set = faults.delete = "unacknowledged";
      await assert.rejects(async () => await calls.set(store), { name: "EngineError" });
      await assert.rejects(async () => await calls.delete(store), { name: "EngineError" });
      assert.deepEqual(kept(store), [["a/2", "two"]]);
    }));

  it('nothing is done and nothing is there when the fault is "forget"', () =>
    withChaos(async (store, faults) => {
      const answers: Record<string, unknown> = { delete: false, clear: 0, deleteMany: 0, sweep: 0 };
      Object.assign(answers, { usage: { entries: 0, bytes: 0 }, getMany: [undefined], trim: [], check: [] });
      Object.assign(answers, { commit: false, lease: false, entries: new Map() });
      for (const operation of operations) {
        faults[operation] = "forget";
        const answer = await calls[operation](store);
        if (operation === "watch") assert.equal(typeof answer, "function");
        else assert.deepEqual(answer, answers[operation], operation);
        assert.deepEqual(kept(store), [["a/1", "the body"]]);
      }
    }));

  it('bodies are cut in half or changed in one bit, on the way in and out, when the fault is "tear" or "flip"', () =>
    withChaos(async (store, faults) => {
      await store.set("a/b", entry(Uint8Array.of(1, 2, 3, 4)));
      const spoilt = { tear: ["the ", Uint8Array.of(1, 2)], flip: ["uhe body", Uint8Array.of(1, 2, 2, 4)] } as const;
      for (const fault of ["tear", "flip"] as const) {
        const [text, bytes] = spoilt[fault];
        faults.get = faults.getMany = fault;
        assert.equal((await store.get("a/1"))?.body, text);
        assert.deepEqual((await store.getMany!(["a/b", "none"])).map((entry) => entry?.body), [bytes, undefined]);
        assert.equal(await store.get("none"), undefined);
        delete faults.get;
        faults.set = faults.setMany = faults.commit = fault;
        await store.set("a/c", entry("the body"));
        await store.setMany!([["a/d", entry("the body")]]);
        await store.commit!([{ key: "a/e", entry: entry("the body") }, { key: "none", entry: undefined }]);
        for (const key of ["a/c", "a/d", "a/e"]) assert.equal((await store.get(key))?.body, text);
        delete faults.set;
      }
      assert.equal((await store.get("a/1"))?.body, "the body", "what was there is still whole");
    }));

  it('answers are untrue when the fault is "lie"', () =>
    withChaos(async (store, faults) => {
      Object.assign(faults, { get: "lie", getMany: "lie", usage: "lie", delete: "lie", commit: "lie", lease: "lie" });
      assert.equal((await store.get("a/2"))?.body, "the body", "another key's entry");
      assert.equal((await store.get("a/1"))?.body, "the body", "there is no other");
      await store.set("a/2", entry("two"));
      assert.deepEqual((await store.getMany!(["a/1", "a/2"])).map((entry) => entry?.body), ["two", "the body"]);
      assert.deepEqual(await store.usage(""), { entries: NaN, bytes: -1 });
      assert.equal(await store.delete("a/1"), true);
      assert.equal(await store.commit!([{ key: "a/1", entry: undefined }]), true);
      assert.equal(kept(store).length, 2, "nothing was done");
    }));
});

describe("seededFaults()", () => {
  it("seededFaults() makes the same faults for the same seed, about as many as it is told to", () => {
    const plan = (seed: number) => {
      const faults = seededFaults(seed, { rate: 0.25 });
      return Array.from({ length: 2_000 }, (_, n) => faults(operations[n % operations.length]!));
    };
    assert.deepEqual(plan(1), plan(1));
    assert.notDeepEqual(plan(1), plan(2));
    const made = plan(1).filter((fault) => fault !== undefined);
    assert.ok(made.length > 400 && made.length < 600, `${made.length} of 2,000`);
    assert.equal(new Set(made).size, 9);
  });

  it("seededFaults() keeps to the faults and the operations that it is given, and lets a store open", () => {
    const faults = seededFaults(3, { rate: 1, among: ["hang"], operations: ["get"] });
    assert.deepEqual([faults("get"), faults("set"), faults("open")], ["hang", undefined, undefined]);
    assert.equal(seededFaults(3, { rate: 1 })("open"), undefined);
    assert.equal(seededFaults(3, { rate: 1, operations: ["open"], among: ["full"] })("open"), "full");
  });
});

describe("acache() over a chaosEngine()", () => {
  const alone: readonly Fault[] = ["throw", "reject", "full", "busy", "unreachable", "unacknowledged", "forget"];
  const plans: readonly (readonly [string, () => Faults | ReturnType<typeof seededFaults>])[] = [
    ...[...alone, "tear", "flip"].map((fault) =>
      [
        `every operation has the fault "${fault}"`,
        () => Object.fromEntries(operations.map((name) => [name, fault])),
      ] as [
        string,
        () => Faults,
      ]
    ),
    ["get hangs", () => ({ get: "hang" })],
    ["set hangs", () => ({ set: "hang", commit: "hang" })],
    ["everything is late", () => Object.fromEntries(operations.map((name) => [name, { delay: 1 }]))],
    ["usage lies", () => ({ usage: "lie" })],
    ...[1, 2, 3].map((seed) =>
      [`faults come at random with seed ${seed}`, () => seededFaults(seed)] as [
        string,
        () => ReturnType<typeof seededFaults>,
      ]
    ),
  ];
  for (const [name, plan] of plans) {
    it(`acache() gives the function's result in 120 calls when ${name}`, { timeout: 20_000 }, async () => {
      let runs = 0;
      const fn = acache((x: number) => (runs++, Promise.resolve({ x, text: "x".repeat(x) })), {
        name: "chaos",
        version: "1",
        engine: chaosEngine(bodies, plan()),
        logger: new QuietLogger(),
        maxSize: 8,
        engineTimeout: 15,
      });
      for (let call = 0; call < 120; call += 2) {
        const x = (call / 2) % 12;
        const expected = { x, text: "x".repeat(x) };
        assert.deepEqual(await Promise.all([fn(x), fn(x)]), [expected, expected]);
      }
      const { hits, misses, inFlight } = fn.cache.stats();
      assert.equal(hits + misses, 120);
      assert.equal(inFlight, 0);
      assert.ok(runs >= 12 && runs <= 120, `${runs} runs`);
      await settled(fn);
      await fn.cache.close();
    });
  }
});
