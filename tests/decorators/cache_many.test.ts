import assert from "node:assert/strict";
import { test } from "node:test";
import { invalidateTag } from "../../mod.ts";
import { cacheMany } from "../../src/decorators/cache_many.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const cacheDir = fastFolder();

/** A loader that squares and notes what it was asked for. */
function squares() {
  const asked: number[][] = [];
  const load = (ids: readonly number[]): Promise<number[]> => {
    asked.push([...ids]);
    return Promise.resolve(ids.map((id) => id * id));
  };
  return { asked, load };
}

/** Lets everything go on that waits for nothing else. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await undefined;
}

for (const engine of enginesHere) {
  test(`cacheMany() with keys [1, 2, 3], of which 2 is kept, asks the loader for [1, 3] on ${engine}`, async () => {
    const { asked, load } = squares();
    const many = cacheMany(load, { name: `many in ${engine}`, ...keptIn(engine, cacheDir, "many") });
    await many([2]);
    await settled(many);
    assert.deepEqual(await many([1, 2, 3]), [1, 4, 9]);
    assert.deepEqual(asked, [[2], [1, 3]]);
    await settled(many);
    assert.deepEqual(await many([3, 1, 2, 1]), [9, 1, 4, 1]);
    assert.deepEqual(asked.length, 2);
    assert.equal(many.cache.info.engine, engine);
    await many.cache.close();
  });

  test(`cacheMany() keeps undefined, null, 0, "" and false like any value on ${engine}`, async () => {
    const values = [undefined, null, 0, "", false];
    let runs = 0;
    const many = cacheMany(
      (keys: readonly number[]) => (runs++, keys.map((key) => values[key])),
      { name: `falsy in ${engine}`, ...keptIn(engine, cacheDir, "falsy") },
    );
    assert.deepEqual(await many([0, 1, 2, 3, 4]), values);
    await settled(many);
    assert.deepEqual(await many([0, 1, 2, 3, 4]), values);
    assert.equal(runs, 1);
    await many.cache.close();
  });
}

test("cacheMany() gives the loader each key once, in the order in which they appear", async () => {
  const { asked, load } = squares();
  const many = cacheMany(load);
  assert.deepEqual(await many([5, 3, 5, 4, 3]), [25, 9, 25, 16, 9]);
  assert.deepEqual(asked, [[5, 3, 4]]);
});

test("cacheMany() gives the loader keys in the order in which they appear where the engine answers in another one", async () => {
  const storage = new SharedMap();
  const { asked, load } = squares();
  const many = cacheMany(load, { name: "out of order", version: "1", engine: storage.engine() });
  await many.cache.has(0);
  const first = gate();
  let reads = 0;
  storage.pause = (operation) => operation === "get" && reads++ === 0 ? first.opened : Promise.resolve();
  const values = many([7, 8, 9]);
  await turns();
  assert.deepEqual(asked, []);
  first.open();
  assert.deepEqual(await values, [49, 64, 81]);
  assert.deepEqual(asked, [[7, 8, 9]]);
});

test("cacheMany() gives nothing for no keys, and asks for nothing", async () => {
  const { asked, load } = squares();
  assert.deepEqual(await cacheMany(load)([]), []);
  assert.deepEqual(asked, []);
});

test("cacheMany() shares what a batch at the same time loads", async () => {
  const asked: string[][] = [];
  const gates = [gate<string[]>(), gate<string[]>()];
  const many = cacheMany((keys: readonly string[]) => gates[asked.push([...keys]) - 1]!.opened);
  const first = many(["a", "b"]);
  const second = many(["b", "c", "a"]);
  await turns();
  assert.deepEqual(asked, [["a", "b"], ["c"]]);
  gates[1]!.open(["C"]);
  gates[0]!.open(["A", "B"]);
  assert.deepEqual(await Promise.all([first, second]), [["A", "B"], ["B", "C", "A"]]);
});

test("cacheMany() asks once for a key that batches and calls of the cache want at the same time", async () => {
  const { asked, load } = squares();
  const many = cacheMany(load);
  await Promise.all([many([1]), many([1]), many([1, 2]), many([2, 1])]);
  assert.deepEqual(asked, [[1], [2]]);
});

test("cacheMany() keeps the others when the loader gives an Error for one key, and asks only for that again", async () => {
  const asked: number[][] = [];
  const broken = new Set([2, 3]);
  const errors = new Map([2, 3].map((id) => [id, new RangeError(`no ${id}`)]));
  const many = cacheMany((ids: readonly number[]) => {
    asked.push([...ids]);
    return ids.map((id) => broken.has(id) ? errors.get(id)! : `user ${id}`);
  });
  await assert.rejects(many([1, 3, 2, 4]), (error) => error === errors.get(3));
  broken.delete(3);
  await assert.rejects(many([1, 2, 3, 4]), (error) => error === errors.get(2));
  broken.delete(2);
  assert.deepEqual(await many([1, 2, 3, 4]), ["user 1", "user 2", "user 3", "user 4"]);
  assert.deepEqual(asked, [[1, 3, 2, 4], [2, 3], [2]]);
});

test("cacheMany() rejects only when every key is settled", async () => {
  const gates = [gate<(string | Error)[]>(), gate<string[]>()];
  let batches = 0;
  const many = cacheMany((_: readonly string[]) => gates[batches++]!.opened);
  const failing = many(["bad"]);
  let settled = false;
  const both = many(["bad", "slow"]).finally(() => settled = true);
  gates[0]!.open([new Error("bad")]);
  await assert.rejects(failing, { message: "bad" });
  await turns();
  assert.equal(settled, false);
  gates[1]!.open(["slow"]);
  await assert.rejects(both, { message: "bad" });
  assert.equal((await many.cache.peek("slow"))?.value, "slow");
});

test("cacheMany() takes a Map, and fails a key that it lacks with a CacheOperationError that says which", async () => {
  const asked: string[][] = [];
  const known = new Map<string, string | null>([["a", "A"], ["none", null]]);
  const many = cacheMany((keys: readonly string[]) => (asked.push([...keys]), Promise.resolve(known)), {
    name: "users",
  });
  assert.deepEqual(await many(["none", "a"]), [null, "A"]);
  await assert.rejects(many(["a", "x", "b"]), (error: Error & { code?: string }) => {
    assert.equal(error.name, "CacheOperationError");
    assert.equal(error.code, "ERR_CACHE_OPERATION");
    assert.ok(error.message.includes(many.cache.key("x")), error.message);
    assert.match(error.message, /^Cannot load key users-\S+ with "users": .*keys\[0\]/);
    return true;
  });
  known.set("x", "X").set("b", "B");
  assert.deepEqual(await many(["a", "x", "b"]), ["A", "X", "B"]);
  assert.deepEqual(asked, [["none", "a"], ["x", "b"], ["x", "b"]]);
});

test("cacheMany() fails all keys of a batch with the very error that the loader throws, and keeps what was kept", async () => {
  const asked: number[][] = [];
  let error: Error | undefined = new Error("database is down");
  const many = cacheMany((ids: readonly number[]) => {
    asked.push([...ids]);
    if (error !== undefined && ids.includes(2)) throw error;
    return ids;
  });
  await many([1]);
  await assert.rejects(many([1, 2, 3]), (thrown) => thrown === error);
  error = undefined;
  assert.deepEqual(await many([1, 2, 3]), [1, 2, 3]);
  assert.deepEqual(asked, [[1], [2, 3], [2, 3]]);
});

for (
  const [what, given, message] of [
    ["too few values", [1], /it gave 1 values; give one for each key/],
    ["too many values", [1, 2, 3], /it gave 3 values; give one for each key/],
    ["no list", { 1: 1 }, /it gave a value of type object; give a list/],
    ["nothing", undefined, /it gave a value of type undefined; give a list/],
    ["null", null, /it gave null; give a list/],
  ] as const
) {
  test(`cacheMany() refuses a loader that gives ${what}`, async () => {
    const many = cacheMany((_: readonly number[]) => given as unknown as number[], { name: "wrong" });
    await assert.rejects(many([1, 2]), { name: "CacheOperationError", code: "ERR_CACHE_OPERATION", message });
    assert.equal(await many.cache.has(1), false);
  });
}

test("cacheMany() fails a key that no key can be made of, and loads the others", async () => {
  const asked: unknown[][] = [];
  const many = cacheMany((keys: readonly unknown[]) => (asked.push([...keys]), keys));
  await assert.rejects(many([1, () => {}, 2]), { name: "CacheKeyError" });
  assert.deepEqual(asked, [[1, 2]]);
  assert.deepEqual(await many([1, 2]), [1, 2]);
  assert.equal(asked.length, 1);
});

test("cacheMany() takes keys of any type that a key can be made of", async () => {
  const asked: unknown[][] = [];
  const many = cacheMany((keys: readonly { id: number }[]) => {
    asked.push([...keys]);
    return new Map(keys.map((key) => [key, key.id * 10]));
  });
  assert.deepEqual(await many([{ id: 1 }, { id: 2 }, { id: 1 }]), [10, 20, 10]);
  assert.deepEqual(await many([{ id: 2 }, { id: 3 }]), [20, 30]);
  assert.deepEqual(asked, [[{ id: 1 }, { id: 2 }], [{ id: 3 }]]);
});

test("cacheMany() hands its options one value and one key", async () => {
  const clock = new FakeClock();
  const { asked, load } = squares();
  const many = cacheMany(load, {
    clock,
    ttl: (value, key) => value === 4 ? 1_000 : key * 10_000,
    tags: (value, key) => [`value ${value}`, `key ${key}`],
    shouldCache: (_, key) => key !== 9,
    keyRound: 0,
  });
  await many([1, 2, 9, 1.2]);
  assert.deepEqual((await many.cache.peek(2))?.tags, ["value 4", "key 2"]);
  clock.advance(1_000);
  await many([1, 2, 9]);
  await invalidateTag("key 1");
  await many([1, 2, 1.4]);
  assert.deepEqual(asked, [[1, 2, 9], [2, 9], [1]]);
});

test("cacheMany() asks for keys that are not fresh any more together with those that are missing", async () => {
  const clock = new FakeClock();
  const { asked, load } = squares();
  const many = cacheMany(load, { ttl: 1_000, clock });
  await many([1, 2]);
  clock.advance(500);
  await many([3]);
  clock.advance(500);
  assert.deepEqual(await many([4, 3, 2, 1]), [16, 9, 4, 1]);
  assert.deepEqual(asked, [[1, 2], [3], [4, 2, 1]]);
});

test("cacheMany() gives stale values at once and loads them anew behind, together", async () => {
  const clock = new FakeClock();
  const asked: number[][] = [];
  const many = cacheMany((ids: readonly number[]) => {
    const batch = asked.push([...ids]);
    return Promise.resolve(ids.map((id) => `${id} of batch ${batch}`));
  }, { ttl: 1_000, staleWhileRevalidate: 1_000, clock });
  await many([1, 2]);
  clock.advance(1_500);
  assert.deepEqual(await many([1, 2]), ["1 of batch 1", "2 of batch 1"]);
  await turns();
  assert.deepEqual(await many([1, 2]), ["1 of batch 2", "2 of batch 2"]);
  assert.deepEqual(asked, [[1, 2], [1, 2]]);
});

test("cacheMany() gives the stale value of a key that fails where staleIfError says so", async () => {
  const clock = new FakeClock();
  let down = false;
  const many = cacheMany((ids: readonly number[]) => {
    if (down) throw new Error("down");
    return ids;
  }, { ttl: 1_000, staleIfError: "1h", clock });
  await many([1, 2]);
  clock.advance(1_000);
  down = true;
  assert.deepEqual(await many([2, 1]), [2, 1]);
  await assert.rejects(many([1, 3]), { message: "down" });
});

test("cacheMany() with enabled: false asks for every key every time, each once", async () => {
  const { asked, load } = squares();
  const many = cacheMany(load, { enabled: false });
  assert.deepEqual(await many([1, 2, 1]), [1, 4, 1]);
  assert.deepEqual(await many([2]), [4]);
  assert.deepEqual(asked, [[1, 2], [2]]);
});

test("cacheMany() gives callers copies of their own with copy: clone", async () => {
  const many = cacheMany((ids: readonly number[]) => ids.map((id) => ({ id })), { copy: "clone" });
  const [first, again] = await many([1, 1]);
  first!.id = 99;
  assert.deepEqual(again, { id: 1 });
  assert.deepEqual(await many([1]), [{ id: 1 }]);
});

test("cacheMany() is not confused by a caller who changes its list of keys, or a loader that does", async () => {
  const many = cacheMany((ids: readonly number[]) => {
    const values = ids.map((id) => id * 10);
    (ids as number[]).length = 0;
    return Promise.resolve(values);
  });
  const keys = [1, 2];
  const values = many(keys);
  keys.push(3);
  assert.deepEqual(await values, [10, 20]);
  assert.deepEqual(await many.cache.peek(2).then((found) => found?.value), 20);
});

test("cacheMany().cache is the cache of single keys", async () => {
  const { asked, load } = squares();
  const many = cacheMany(load, { name: "squares" });
  await many([1, 2]);
  assert.equal((await many.cache.peek(2))?.value, 4);
  await many.cache.set([3], 99);
  assert.equal(await many.cache.invalidate(1), true);
  assert.deepEqual(await many([1, 2, 3]), [1, 4, 99]);
  assert.equal(await many.cache.refresh(3), 9);
  assert.equal(await many.cache.bypass(3), 9);
  assert.deepEqual(asked, [[1, 2], [1], [3], [3]]);
  const { hits, misses, sets } = many.cache.stats();
  assert.deepEqual({ hits, misses, sets }, { hits: 2, misses: 3, sets: 5 });
  assert.equal(many.cache.info.name, "squares");
  assert.equal(many.name, "load");
  assert.equal(await many.cache.clear(), 3);
});

test("cacheMany() tells a loader that waits for its own keys, instead of waiting for ever", async () => {
  const many = cacheMany(async (ids: readonly number[]): Promise<number[]> => {
    if (ids.includes(9)) return [9];
    return [...await many([9, ids.at(-1)!]), ...ids].slice(0, ids.length);
  });
  await assert.rejects(many([1, 2]), { name: "ReentryError" });
  assert.deepEqual(await many([9]), [9]);
});

test("cacheMany() follows the source of the loader where values outlive the process, and its name", async () => {
  const storage = new SharedMap();
  const engine = storage.engine({ persistent: true });
  const one = cacheMany(function load(ids: readonly number[]) {
    return ids.map((id) => id + 1);
  }, { engine });
  const other = cacheMany(function load(ids: readonly number[]) {
    return ids.map((id) => id + 2);
  }, { engine });
  assert.equal(one.cache.info.name, "load");
  assert.deepEqual([await one([1]), await other([1])], [[2], [3]]);
  const named = { engine, name: "load", version: "7" };
  let runs = 0;
  const third = cacheMany((ids: readonly number[]) => (runs++, ids), named);
  await third([1]);
  await settled(third);
  assert.deepEqual(await cacheMany((ids: readonly number[]) => ids.map(() => 0), named)([1]), [1]);
  assert.equal(runs, 1);
  assert.throws(() => cacheMany((ids: readonly number[]) => ids, { engine, name: undefined }), {
    name: "ConfigurationError",
  });
});

/** Two caches of one loader, as two processes have them, on one storage. */
function processes(storage: SharedMap, load: (process: number, keys: readonly string[]) => Promise<string[]>) {
  return [0, 1].map((process) =>
    cacheMany((keys: readonly string[]) => load(process, keys), {
      name: "shared",
      version: "1",
      engine: storage.engine(),
    })
  ) as [ReturnType<typeof cacheMany<string, string>>, ReturnType<typeof cacheMany<string, string>>];
}

test("two batches of different processes that wait for each other's keys both proceed", async () => {
  const storage = new SharedMap();
  const asked: [number, readonly string[]][] = [];
  const [one, other] = processes(storage, (process, keys) => {
    asked.push([process, keys]);
    return Promise.resolve(keys.map((key) => `${key} of ${process}`));
  });
  await Promise.all([one.cache.has("open"), other.cache.has("open")]);
  // Each process is given the right to its first key before either asks for its second one.
  const both = gate();
  let leases = 0;
  storage.pause = (operation) => operation === "lease" && ++leases % 2 === 0 ? both.opened : Promise.resolve();
  const batches = Promise.all([one(["a", "b"]), other(["b", "a"])]);
  while (leases < 4) await undefined;
  await turns();
  storage.pause = () => Promise.resolve();
  both.open();
  assert.deepEqual(await batches, [["a of 0", "b of 1"], ["b of 1", "a of 0"]]);
  assert.deepEqual(asked, [[0, ["a"]], [1, ["b"]]]);
});

test("a batch loads by itself what another process had begun and does not deliver", async () => {
  const storage = new SharedMap();
  const asked: [number, readonly string[]][] = [];
  const failing = gate<string[]>();
  const [one, other] = processes(storage, (process, keys) => {
    asked.push([process, keys]);
    return process === 0 ? failing.opened : Promise.resolve(keys.map((key) => key.toUpperCase()));
  });
  const first = one(["a", "b"]);
  while (asked.length < 1) await new Promise<void>((resolve) => setTimeout(resolve, 0));
  const second = other(["a", "b", "c"]);
  while (asked.length < 2) await new Promise<void>((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(asked[1], [1, ["c"]]);
  failing.fail(new Error("crashed"));
  await assert.rejects(first, { message: "crashed" });
  assert.deepEqual(await second, ["A", "B", "C"]);
  assert.deepEqual(asked.slice(2).flatMap(([, keys]) => keys).sort(), ["a", "b"]);
});

test("cacheMany() refuses options and loaders that mean nothing to it", () => {
  const load = (keys: readonly number[]) => keys;
  assert.throws(() => cacheMany(load, { signal: true } as object), {
    name: "ConfigurationError",
    message: /cacheMany: signal means nothing to cacheMany/,
  });
  assert.throws(() => cacheMany(load, { tll: 5 } as object), {
    name: "ConfigurationError",
    message: /did you mean ttl/,
  });
  assert.throws(() => cacheMany("load" as unknown as typeof load), {
    name: "ConfigurationError",
    message: "Cannot wrap a string with cacheMany: it is not a function; pass one",
  });
});

test("cacheMany() has the types of its loader", async () => {
  const users = cacheMany((ids: readonly number[]): Promise<({ id: number } | Error)[]> =>
    Promise.resolve(ids.map((id) => ({ id })))
  );
  const [user] = await users([1]);
  const id: number | undefined = user?.id;
  assert.equal(id, 1);
  // @ts-expect-error: keys are numbers
  const wrong: Promise<unknown> = users(["1"]);
  await wrong;
  const byName = cacheMany((names: readonly string[]) => new Map(names.map((name) => [name, name.length])), {
    ttl: (length, name) => length + name.length,
  });
  const lengths: number[] = await byName(["abc"]);
  assert.deepEqual(lengths, [3]);
});
