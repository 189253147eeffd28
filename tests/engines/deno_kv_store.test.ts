import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { denoKvEngine, type KvAtomic, type KvDatabase, type OpenKv } from "../../engines/deno_kv.ts";
import { acache } from "../../mod.ts";
import type { Body } from "../../src/contract/entry.ts";
import { until } from "../contract/patience.ts";
import { FakeClock } from "../fake_clock.ts";
import { random } from "../random.ts";
import { tempFolder } from "../temp_folder.ts";
import {
  engineHere,
  entryOf,
  noDenoKv,
  openDenoKv,
  openKvHere,
  type OpenStore,
  rawKeys,
} from "./children/deno_kv_open.ts";

const VALUE = 65_536;
const COMMIT = 12 * VALUE;

/** Bytes that differ from one another wherever a body may be cut. */
function bytesOf(length: number): Uint8Array {
  const next = random(length);
  return new Uint8Array(length).map(() => next() * 256);
}

async function withStore(run: (store: OpenStore, folder: string) => Promise<void>): Promise<void> {
  const folder = `${tempFolder()}/store`;
  const store = await openDenoKv(folder);
  try {
    await run(store, folder);
  } finally {
    await store.close();
  }
}

/** How many raw records there are of bodies, chunks and loose stretches. */
async function leftovers(store: OpenStore): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const kind of ["head", "body", "chunk", "loose", "lease"]) found[kind] = (await rawKeys(store, kind)).length;
  return found;
}

const nothing = { head: 0, body: 0, chunk: 0, loose: 0, lease: 0 };

describe("a store in Deno KV", { skip: noDenoKv }, () => {
  const around = [0, VALUE, 2 * VALUE, COMMIT, COMMIT + VALUE, 100 * VALUE].flatMap((at) => [at - 1, at, at + 1]);
  const lengths = [...around.filter((length) => length >= 0), 3, 1_000, 5_000_000];

  it(`get() gives the very body when it has one of ${lengths.length} lengths around what fits`, () =>
    withStore(async (store) => {
      for (const length of lengths) {
        const bytes = bytesOf(length);
        await store.set("a/k", entryOf(bytes));
        const found = await store.get("a/k");
        assert.ok(found?.body instanceof Uint8Array);
        assert.ok(Buffer.compare(found.body, bytes) === 0, `${length} bytes`);
        const chunks = length > VALUE ? Math.ceil(length / VALUE) : 0;
        const expected = { ...nothing, head: 1, body: chunks === 0 ? 1 : 0, chunk: chunks };
        assert.deepEqual(await leftovers(store), expected, `${length} bytes`);
        const [many] = await store.getMany(["a/k"]);
        assert.ok(Buffer.compare(many!.body as Uint8Array, bytes) === 0, `${length} bytes by getMany()`);
      }
    }));

  it("get() gives the very text when characters of several bytes are cut", () =>
    withStore(async (store) => {
      const texts = ["🦉".repeat(20_000), `x${"zażółć✓".repeat(15_000)}`, `\ud800${"a\0".repeat(70_000)}`, "\udc00"];
      for (const text of texts) {
        await store.set("a/k", entryOf(text));
        assert.ok((await store.get("a/k"))?.body === text, `${text.length} characters`);
      }
    }));

  it("set() leaves no chunk behind when a large body is replaced by a small one, a larger one, and dropped", () =>
    withStore(async (store) => {
      const sizes = [5_000_000, 10, VALUE + 1, 9 * VALUE, 10, 300_000, 200_000, 7_000_000, VALUE];
      for (const size of sizes) {
        await store.set("a/k", entryOf(bytesOf(size)));
        const chunks = size > VALUE ? Math.ceil(size / VALUE) : 0;
        assert.equal((await rawKeys(store, "chunk")).length, chunks, `${size} bytes`);
        assert.deepEqual(await store.usage("a/"), { entries: 1, bytes: size });
      }
      await store.set("a/k", entryOf(bytesOf(900_000)));
      assert.equal(await store.delete("a/k"), true);
      assert.deepEqual(await leftovers(store), nothing);
      for (const [n, size] of sizes.entries()) await store.set(`a/${n}`, entryOf(bytesOf(size)));
      assert.equal(await store.clear("a/"), sizes.length);
      assert.deepEqual(await leftovers(store), nothing);
      assert.deepEqual(await rawKeys(store, "usage"), [], "not even a count of nothing");
    }));

  it(
    "set() keeps a body at the limit of the engine",
    { timeout: 60_000 },
    () =>
      withStore(async (store) => {
        const { bodyBytes } = engineHere.limits;
        const bytes = new Uint8Array(bodyBytes).fill(7);
        bytes[bodyBytes - 1] = 9;
        await store.set("a/k", entryOf(bytes));
        const found = (await store.get("a/k"))?.body as Uint8Array;
        assert.equal(found.length, bodyBytes);
        assert.equal(found[bodyBytes - 1], 9);
        await store.set("a/k", entryOf("small"));
        assert.deepEqual(await leftovers(store), { ...nothing, head: 1, body: 1 });
      }),
  );

  it("set() throws CacheValueError when tags have more bytes than fit beside one another", () =>
    withStore(async (store) => {
      const tags = Array.from({ length: 3_000 }, (_, n) => `tag number ${n} of a very long list`);
      await assert.rejects(async () => await store.set("a/k", entryOf("x", { tags })), {
        name: "CacheValueError",
        message: /its tags and its label have \d+ bytes and Deno KV takes 65536; use fewer or shorter ones/,
      });
      assert.deepEqual(await leftovers(store), nothing);
    }));

  it("set() keeps the entry as it was when it is changed before the promise is settled", () =>
    withStore(async (store) => {
      const [bytes, tags] = [bytesOf(200_000), ["one"]];
      const entry = entryOf(bytes, { tags });
      const setting = store.set("a/k", entry);
      bytes.fill(0);
      tags.push("two");
      Object.assign(entry, { storedAt: 0 });
      await setting;
      const found = await store.get("a/k");
      assert.ok(Buffer.compare(found!.body as Uint8Array, bytesOf(200_000)) === 0);
      assert.deepEqual([found?.tags, found?.storedAt], [["one"], 1_790_000_000_000]);
    }));

  for (const [name, damage] of damages()) {
    it(`get() gives nothing, and the storage is sound again, when ${name}`, () =>
      withStore(async (store) => {
        for (const [key, body] of [["a/large", bytesOf(300_000)], ["a/small", "x"], ["b/other", "y"]] as const) {
          await store.set(key, entryOf(body));
        }
        await damage(store);
        const broken = (await store.check("", false)).map(({ key }) => key).filter((key) => key !== undefined);
        assert.equal(broken.length, 1);
        const key = broken[0]!;
        assert.equal(await store.get(key), undefined);
        const found = await store.getMany([key, "b/other"]);
        assert.deepEqual(found.map((one) => one?.body), [undefined, "y"]);
        assert.equal(await store.commit([{ key, entry: entryOf("again"), found: "absent" }]), true);
        assert.equal((await store.get(key))?.body, "again");
        await store.check("", true);
        assert.deepEqual(await store.check("", false), []);
        assert.equal((await store.usage("")).entries, 3);
        await store.clear("");
        assert.deepEqual(await leftovers(store), nothing);
      }));
  }

  it("check() reports and mends a body that misses a part, a wrong count and what a dead writer left", () =>
    withStore(async (store) => {
      await store.set("a/large", entryOf(bytesOf(300_000)));
      await store.set("b/k", entryOf("x"));
      const root = ["@twat/cache", 1, "default"];
      await raw(store, (operation) => {
        operation.delete([...root, "body", "b/k"]);
        operation.sum([...root, "usage", "a/", "bytes"], 5n);
        operation.set([...root, "loose", "left"], new TextEncoder().encode(JSON.stringify([0, [["left", 0, 2]]])));
        for (const n of [0, 1]) operation.set([...root, "chunk", "left", n], new Uint8Array(9));
      });
      const expected = [
        { key: "b/k", reason: "a part of its body is missing" },
        { reason: "a writer that died has left parts of a body" },
        { reason: 'the count of "a/" is not what is there' },
      ];
      for (const fixed of [false, true]) {
        assert.deepEqual(await store.check("", fixed), expected.map((fault) => ({ ...fault, fixed })));
      }
      assert.deepEqual(await store.check("", false), []);
      assert.deepEqual(await store.usage(""), { entries: 1, bytes: 300_000 });
      assert.deepEqual(await leftovers(store), { ...nothing, head: 1, chunk: 5 });
    }));

  it("sweep() leaves the chunks of a writer that is at work alone, and clear() of everything makes it begin again", () =>
    withStore(async (store, folder) => {
      const other = await openDenoKv(folder);
      const bytes = bytesOf(5_000_000);
      const setting = other.set("a/k", entryOf(bytes));
      let swept = 0;
      for (let done = false; !done; swept++) {
        const sweeping = Promise.resolve(store.sweep("", 0));
        done = await Promise.race([Promise.resolve(setting).then(() => true), sweeping.then(() => false)]);
      }
      assert.ok(swept > 1, "swept while it was written");
      assert.ok(Buffer.compare((await store.get("a/k"))!.body as Uint8Array, bytes) === 0);
      const again = other.set("a/k", entryOf(bytes));
      let cleared = 0;
      while ((await rawKeys(store, "loose")).length === 0);
      for (; cleared < 3; cleared++) await store.clear("");
      await again;
      const found = await store.get("a/k");
      assert.ok(found === undefined || Buffer.compare(found.body as Uint8Array, bytes) === 0);
      assert.deepEqual(await store.check("", false), []);
      await store.clear("");
      assert.deepEqual(await leftovers(store), nothing);
      await other.close();
    }));

  it("set() begins again when its chunks are gathered right before a head leads to them", () =>
    withHook(async (store, other, once) => {
      const bytes = bytesOf(2_000_000);
      once(async () => void await other.clear(""));
      await store.set("a/k", entryOf(bytes));
      assert.ok(Buffer.compare((await other.get("a/k"))!.body as Uint8Array, bytes) === 0);
      assert.deepEqual(await other.check("", false), []);
      assert.deepEqual(await leftovers(other), { ...nothing, head: 1, chunk: 31 });
    }));

  it("commit() with a lease stores nothing when the lease ends right before, though there is no entry to tell it", () =>
    withHook(async (store, other, once) => {
      const lease = { key: "a/k", owner: "me" };
      for (const end of [() => other.delete("a/k"), () => other.clear("a/"), () => other.deleteMany(["a/k"])]) {
        assert.equal(await store.lease(lease, 60_000), true);
        once(async () => void await end());
        assert.equal(await store.commit([{ key: "a/k", entry: entryOf("stale") }], lease), false);
        assert.deepEqual(await leftovers(other), nothing);
      }
    }));

  it("commit() of many changes finds out when one of them is no longer what was found right before", () =>
    withHook(async (store, other, once) => {
      const changes = Array.from({ length: 20 }, (_, n) => {
        return { key: `a/${n}`, entry: entryOf("x"), found: "absent" } as const;
      });
      once(async () => void await other.set("a/7", entryOf("newer")));
      assert.equal(await store.commit(changes), false);
      assert.deepEqual(await leftovers(other), { ...nothing, head: 1, body: 1 });
      assert.equal((await store.get("a/7"))?.body, "newer");
    }));

  for (const [count, length] of [[60, 60_000], [250, 4_000], [3, 3_000_000]] as const) {
    it(`commit() makes ${count} changes with ${length} bytes each, more than an operation of Deno KV can hold`, () =>
      withStore(async (store) => {
        const changes = Array.from(
          { length: count },
          (_, n) => ({ key: `a/${n}`, entry: entryOf(bytesOf(length + n)) }),
        );
        assert.equal(await store.commit(changes), true);
        for (const { key, entry } of changes) {
          assert.ok(Buffer.compare((await store.get(key))!.body as Uint8Array, entry.body as Uint8Array) === 0, key);
        }
        assert.equal(await store.commit(changes.map(({ key }) => ({ key, entry: undefined }))), true);
        assert.deepEqual(await leftovers(store), nothing);
      }));
  }

  it("commit() throws ERR_CACHE_ENGINE_LIMIT and changes nothing when it is past the limits", () =>
    withStore(async (store) => {
      const change = (key: string, body: Body = "x") => ({ key, entry: entryOf(body) });
      const tooMany = [
        [
          Array.from({ length: 251 }, (_, n) => change(`a/${n}`)),
          /Cannot make 251 changes .*it can make 250; make fewer/,
        ],
        [Array.from({ length: 9 }, (_, n) => change(`s${n}/k`)), /Cannot make changes of 9 functions/],
      ] as const;
      for (const [changes, message] of tooMany) {
        await assert.rejects(async () => await store.commit(changes), { code: "ERR_CACHE_ENGINE_LIMIT", message });
      }
      assert.deepEqual(await leftovers(store), nothing);
    }));

  it("lease() of 1,000 keys is ended by clear(), which finds no entry", () =>
    withStore(async (store) => {
      for (let n = 0; n < 1_000; n++) await store.lease({ key: `a/${n}`, owner: "me" }, 60_000);
      assert.equal(await store.clear("a/"), 0);
      assert.deepEqual(await leftovers(store), nothing);
      assert.equal(await store.lease({ key: "a/1", owner: "other" }, Infinity), true);
      assert.equal(await store.lease({ key: "a/1", owner: "me" }, 60_000), false);
    }));

  it("sweep() leaves no lease behind whose holder is gone, and those that are held", () =>
    withStore(async (store) => {
      for (let n = 0; n < 5; n++) await store.lease({ key: `a/${n}`, owner: "me" }, n < 3 ? 1 : 60_000);
      await until(() => store.lease({ key: "a/2", owner: "other" }, 1), "the short leases are over");
      await until(async () => {
        await store.sweep("", 0);
        return (await leftovers(store)).lease === 2;
      }, "only what is held is left");
    }));

  it("get() gives an entry that has long been gone, for only the core judges, and it is counted until it is swept", () =>
    withStore(async (store) => {
      const past = { storedAt: 1_000, freshUntil: 1_001, goneAt: 1_002 };
      const soon = Date.now() + 20;
      const times = [past, { freshUntil: soon, goneAt: soon }, { freshUntil: 0, goneAt: 0 }, {}];
      for (const [n, time] of times.entries()) await store.set(`a/${n}`, entryOf("x", time));
      while (Date.now() < soon + 50) await store.get("a/0");
      for (const n of times.keys()) assert.equal((await store.get(`a/${n}`))?.body, "x");
      assert.deepEqual(await store.usage("a/"), { entries: 4, bytes: 4 });
      assert.equal(await store.sweep("a/", Date.now()), 3);
      assert.deepEqual(await store.usage("a/"), { entries: 1, bytes: 1 });
    }));

  it("acache() on Deno KV expires at exactly ttl by its clock, whatever the system's says", async () => {
    const clock = new FakeClock();
    let runs = 0;
    const place = { cacheDir: tempFolder(), folderName: "clock", strict: true, version: "1" };
    const options = { name: "clock", engine: engineHere, clock, ttl: "1m", ...place } as const;
    const fn = acache((x: number) => Promise.resolve([x, ++runs]), options);
    assert.deepEqual(await fn(1), [1, 1]);
    for (
      const [ahead, run] of [[59_999, 1], [1, 2], [-30_000, 2], [89_999, 2], [1, 3], [
        10 * 365 * 86_400_000,
        4,
      ]] as const
    ) {
      clock.advance(ahead);
      assert.deepEqual(await fn(1), [1, run], `${ahead} ms later`);
    }
    await fn.cache.close();
  });

  it("usage() is exact when sizes have fractions, are huge, and 200 changes come at once", () =>
    withStore(async (store) => {
      const sizes = [0.5, 5.25, 2 ** 40, 0, 1 / 3];
      await Promise.all(Array.from({ length: 200 }, (_, n) => {
        return store.set(`a/${n % 20}`, entryOf("x", { size: sizes[n % 5]! }));
      }));
      const kept = [...Array(20).keys()].map((n) => sizes[n % 5]!);
      const { entries, bytes } = await store.usage("a/");
      assert.equal(entries, 20);
      assert.ok(Math.abs(bytes - kept.reduce((sum, size) => sum + size, 0)) < 0.01, `${bytes}`);
      for (let n = 0; n < 20; n++) await store.delete(`a/${n}`);
      assert.deepEqual(await store.usage(""), { entries: 0, bytes: 0 });
    }));
});

/**
 * Runs with two stores on one storage, and with a way to have something done once, right before the next operation of
 * the first store that sets a head.
 */
async function withHook(
  run: (store: OpenStore, other: OpenStore, once: (hook: () => Promise<void>) => void) => Promise<void>,
): Promise<void> {
  const folder = `${tempFolder()}/store`;
  let hook: (() => Promise<void>) | undefined;
  const openKv: OpenKv = async (place) => {
    const kv = await openKvHere(place);
    const atomic = (): KvAtomic => {
      const operation = kv.atomic();
      let setsHead = false;
      return {
        check: (...checks) => operation.check(...checks),
        set: (key, value) => (setsHead ||= key[3] === "head", operation.set(key, value)),
        delete: (key) => operation.delete(key),
        sum: (key, n) => operation.sum(key, n),
        async commit() {
          const now = setsHead ? hook : undefined;
          if (now !== undefined) hook = undefined;
          await now?.();
          return await operation.commit();
        },
      };
    };
    const list: KvDatabase["list"] = (selector, options) => kv.list(selector, options);
    return { getMany: (keys) => kv.getMany(keys), list, atomic, close: () => kv.close() };
  };
  const store = await openDenoKv(folder, undefined, denoKvEngine({ openKv }));
  const other = await openDenoKv(folder);
  try {
    await run(store, other, (next) => hook = next);
    assert.equal(hook, undefined, "what was to be done was done");
  } finally {
    await store.close();
    await other.close();
  }
}

type Operation = ReturnType<OpenStore["native"]["atomic"]>;

async function raw(store: OpenStore, change: (operation: Operation) => void): Promise<void> {
  const operation = store.native.atomic();
  change(operation);
  assert.equal((await operation.commit()).ok, true);
}

function damages(): readonly (readonly [string, (store: OpenStore) => Promise<void>])[] {
  const root = ["@twat/cache", 1, "default"];
  const chunkAt = async (store: OpenStore, at: number) => (await rawKeys(store, "chunk")).at(at) as string[];
  return [
    ["its first chunk is gone", async (store) => {
      const key = await chunkAt(store, 0);
      await raw(store, (operation) => operation.delete(key));
    }],
    ["its last chunk is gone", async (store) => {
      const key = await chunkAt(store, -1);
      await raw(store, (operation) => operation.delete(key));
    }],
    ["a chunk is too short", async (store) => {
      const key = await chunkAt(store, 1);
      await raw(store, (operation) => operation.set(key, new Uint8Array(9)));
    }],
    ["a small body is gone", (store) => raw(store, (operation) => operation.delete([...root, "body", "a/small"]))],
    [
      "a small body is too long",
      (store) => raw(store, (operation) => operation.set([...root, "body", "a/small"], new Uint8Array(9))),
    ],
    [
      "its record is garbage",
      (store) => raw(store, (operation) => operation.set([...root, "head", "a/small"], new Uint8Array(9))),
    ],
    [
      "its record is of another kind",
      (store) =>
        raw(store, (operation) => operation.set([...root, "head", "a/small"], new TextEncoder().encode("[1,2]"))),
    ],
  ];
}
