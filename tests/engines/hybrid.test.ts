import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { bunSqlite } from "../../engines/bun_sqlite.ts";
import { files } from "../../engines/files.ts";
import { hybrid } from "../../engines/hybrid.ts";
import { memory } from "../../engines/memory.ts";
import { nodeSqlite } from "../../engines/node_sqlite.ts";
import { ucache } from "../../mod.ts";
import type { Engine, Globals } from "../../src/contract/engine.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import type { AsyncStore, SyncStore } from "../../src/contract/store.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { engineContract } from "../contract/engine_contract.ts";
import { until } from "../contract/patience.ts";
import { listing, unbounded } from "../contract/subject.ts";
import { fastFolder } from "../engines_here.ts";
import { type MapEngine, mapEngine } from "./map_engine.ts";

const globals = globalThis as unknown as Globals;
const sqlite = [bunSqlite, nodeSqlite].find((engine) => engine.probe(globals, { directory: "/none" }) === true);
const directory = () => `${fastFolder()}/store`;

engineContract("hybrid of memory and files", {
  engine: hybrid({ small: memory, large: files }),
  accelerators: ["commit", "check"],
  directory,
});

engineContract("hybrid of memory and files, most bodies large", {
  engine: hybrid({ small: memory, large: files, threshold: 5 }),
  accelerators: ["commit", "check"],
  directory,
});

if (sqlite === undefined) {
  test("hybrid of SQLite and files passes the contract", { skip: "this runtime has no node:sqlite" }, () => {});
} else {
  const accelerators = [
    ...["deleteMany", "touch", "sweep", "trim", "commit", "lease", "release", "watch", "check"] as const,
  ];
  engineContract("hybrid of SQLite and files", {
    engine: hybrid({ small: sqlite, large: files }),
    accelerators,
    directory,
  });
  engineContract("hybrid of SQLite and files, most bodies large", {
    engine: hybrid({ small: sqlite, large: files, threshold: 5 }),
    accelerators,
    directory,
  });
  engineContract("hybrid of two that take many at once", {
    engine: hybrid({ small: sqlite, large: { ...mapLike(), name: "map" }, threshold: 5 }),
    accelerators: ["getMany", "setMany", ...accelerators],
    directory,
  });
}

/** An engine over maps of this process, one for each folder, that takes many entries at once. */
function mapLike(): Engine {
  const stores = new Map<string, SyncStore>();
  const engine = mapEngine("map", { shared: true });
  return {
    ...engine,
    open(options) {
      const place = `${options.directory} ${options.folderName}`;
      const inner = stores.get(place) ?? mapEngine("map").open(options) as SyncStore;
      stores.set(place, inner);
      return {
        ...inner,
        getMany: (keys) => keys.map((key) => inner.get(key)),
        setMany: (entries) => entries.forEach(([key, entry]) => inner.set(key, entry)),
        deleteMany: (keys) => [...new Set(keys)].filter((key) => inner.delete(key)).length,
        sweep: (prefix, now) =>
          [...inner.entries(prefix)].filter(({ key, goneAt }) => goneAt <= now && inner.delete(key)).length,
        close: () => {},
      };
    },
  };
}

const key = "s/1-a";
let instant = 1_790_000_000_000;

function entry(body: Body, parts: Partial<Entry<Body>> = {}): Entry<Body> {
  const storedAt = instant += 10;
  const head = { storedAt, freshUntil: Infinity, goneAt: Infinity, cost: 1, size: body.length, tags: [], label: "" };
  return { ...head, form: "1:raw", checksum: storedAt % 1000, ...parts, body };
}

/** A hybrid of two maps that say what they were asked, the first of which can be closed and opened again. */
async function overMaps() {
  const [small, large] = [mapEngine("small"), mapEngine("large")];
  const engine = hybrid({ small, large, threshold: 10 });
  const store = await engine.open({ directory: "", secure: true, bounds: unbounded }) as AsyncStore<Body>;
  const asked = () => [small, large].map(({ asked }) => asked.splice(0).map((one) => one.split(" ")[0]).join());
  asked();
  return { small, large, store, asked };
}

test("hybrid() keeps what is up to the threshold in one engine, and what is over it in the other", async () => {
  const { small, large, store } = await overMaps();
  const [at, over] = [entry(new Uint8Array(10)), entry(new Uint8Array(11))];
  await store.set("s/1-at", at);
  await store.set("s/1-over", over);
  await store.set("s/1-text", entry("zażółć"));
  await store.set("s/1-long", entry("zażółćz"));
  assert.deepEqual([...large.map.keys()], ["s/1-over", "s/1-long"], "text counts by its bytes in UTF-8");
  assert.equal(small.map.size, 4);
  assert.deepEqual([...small.map.values()].map(({ body }) => (body as Body).length), [10, 0, 6, 0]);
  assert.deepEqual(await store.get("s/1-over"), over);
  assert.deepEqual(await store.get("s/1-at"), at);
  const listed = await listing(store, "");
  assert.deepEqual([listed.get("s/1-over")?.form, listed.get("s/1-over")?.size], ["1:raw", 11]);
  assert.equal((await store.usage("s/")).bytes, 10 + 11 + 6 + 7);
});

test("hybrid() looks once where an entry is missing or small, and once more where it is large", async () => {
  const { store, asked } = await overMaps();
  await store.get(key);
  assert.deepEqual(asked(), ["get", ""]);
  await store.set(key, entry("small"));
  asked();
  await store.get(key);
  assert.deepEqual(asked(), ["get", ""]);
  await store.set(key, entry("large enough"));
  asked();
  await store.get(key);
  assert.deepEqual(asked(), ["get", "get"]);
  await store.usage("");
  await listing(store, "");
  assert.equal(asked()[1], "", "counting and listing leave the large values alone");
});

test("hybrid() never gives an old value when one changes sides or is dropped", async () => {
  const { large, store } = await overMaps();
  const [first, second, third] = [entry("large enough"), entry("small"), entry("large again, later")];
  await store.set(key, first);
  await store.set(key, second);
  assert.deepEqual(await store.get(key), second);
  assert.equal(large.map.size, 0, "nothing is left of the large one");
  await store.set(key, third);
  assert.deepEqual(await store.get(key), third);
  assert.deepEqual(await store.usage(""), { entries: 1, bytes: third.size });
  assert.equal(await store.delete(key), true);
  assert.equal(await store.get(key), undefined);
  assert.equal(large.map.size, 0);
  await store.set(key, first);
  assert.equal(await store.clear("s/"), 1);
  assert.equal(large.map.size, 0);
});

test("hybrid() gives nothing when the large value is not the one pointed at", async () => {
  const { large, store } = await overMaps();
  const kept = entry("large enough");
  await store.set(key, kept);
  const mixed: Partial<Entry>[] = [{ storedAt: kept.storedAt + 1 }, { checksum: 7_777 }, { form: "1:json" }];
  for (const parts of mixed) {
    large.map.set(key, { ...kept, body: "another's value", ...parts });
    assert.equal(await store.get(key), undefined, JSON.stringify(parts));
  }
  large.map.set(key, kept);
  assert.deepEqual(await store.get(key), kept);
  large.map.delete(key);
  assert.equal(await store.get(key), undefined);
});

/** An engine over a map whose stores also take many keys at once, commit and trim. */
function takingMany(engine: MapEngine): Engine {
  return {
    ...engine,
    open(options) {
      const store = engine.open(options) as SyncStore<Body>;
      const deleteMany = (keys: readonly string[]) => keys.filter((key) => store.delete(key)).length;
      return {
        ...store,
        deleteMany,
        getMany: (keys) => keys.map((key) => store.get(key)),
        setMany: (entries) => entries.forEach(([key, entry]) => store.set(key, entry as Entry<Body>)),
        commit(changes) {
          for (const { key, entry } of changes) entry ? store.set(key, entry as Entry<Body>) : store.delete(key);
          return true;
        },
        trim: () => [...engine.map.keys()].filter((key) => store.delete(key)),
      };
    },
  };
}

test("hybrid() leaves no large value behind, whichever way its entry goes", async () => {
  const large = mapEngine("large");
  const engine = hybrid({ small: takingMany(mapEngine("small")), large: takingMany(large), threshold: 10 });
  const store = await engine.open({ directory: "", secure: true, bounds: unbounded }) as AsyncStore<Body>;
  const ways: Record<string, () => unknown> = {
    setMany: () => store.setMany!([[key, entry("small")], ["s/1-b", entry("small")]]),
    deleteMany: () => store.deleteMany!([key, "s/1-b"]),
    "commit of another": () => store.commit!([{ key, entry: entry("small") }, { key: "s/1-b", entry: entry("small") }]),
    "commit of none": () => store.commit!([{ key, entry: undefined }, { key: "s/1-b", entry: undefined }]),
    trim: () => store.trim!("s/", { maxSize: 0, maxBytes: 0, policy: "lru" }),
    clear: () => store.clear(""),
  };
  for (const [name, go] of Object.entries(ways)) {
    await store.setMany!([[key, entry("large enough")], ["s/1-b", entry("large enough")]]);
    assert.equal(large.map.size, 2, name);
    await go();
    assert.equal(large.map.size, 0, name);
  }
});

test("get() of a hybrid looks again when the entry is replaced between its two looks", async () => {
  const { large, store } = await overMaps();
  const [first, second] = [entry("large enough"), entry("large enough, later")];
  await store.set(key, first);
  const get = large.map.get.bind(large.map);
  large.map.get = (key) => {
    large.map.get = get;
    store.set(key, second);
    return get(key);
  };
  assert.deepEqual(await store.get(key), second);
});

test("check() of a hybrid finds what is on one side only, and drops it", async () => {
  const { large, store } = await overMaps();
  for (const name of ["whole", "lost", "other's"]) await store.set(`s/1-${name}`, entry("large enough"));
  await store.set("s/1-small", entry("small"));
  large.map.delete("s/1-lost");
  large.map.set("s/1-other's", entry("another's value"));
  large.map.set("s/1-orphan", entry("nobody's value"));
  const found = async (fix: boolean) => [...await store.check!("s/", fix)].map(({ key, fixed }) => `${key} ${fixed}`);
  assert.deepEqual((await found(false)).sort(), ["s/1-lost false", "s/1-orphan false", "s/1-other's false"]);
  assert.equal((await found(true)).length, 3);
  assert.deepEqual([...(await listing(store, "")).keys()].sort(), ["s/1-small", "s/1-whole"]);
  assert.deepEqual([...large.map.keys()], ["s/1-whole"]);
  assert.deepEqual(await found(true), []);
});

test("hybrid() sends small values to the large engine when memory is full", async () => {
  const large = mapEngine("large");
  const engine = hybrid({ small: memory, large, smallBytes: 30 });
  const store = await engine.open({ directory: "/none", secure: true, bounds: unbounded }) as AsyncStore<Body>;
  const kept = [1, 2, 3, 4].map((n) => [`s/1-${n}`, entry(`ten bytes${n}`)] as const);
  for (const [key, one] of kept) await store.set(key, one);
  assert.deepEqual([...large.map.keys()], ["s/1-4"]);
  for (const [key, one] of kept) assert.equal((await store.get(key))?.body, one.body);
  await store.delete("s/1-1");
  await store.set("s/1-5", entry("ten bytes5"));
  assert.deepEqual([...large.map.keys()], ["s/1-4"], "there is room again");
  await store.close();
  assert.equal(large.map.size, 0, "what memory pointed at goes with it");
});

test("hybrid() drops large values of a process that died a day ago, and no younger ones", async () => {
  const large = mapEngine("large");
  const now = Date.now();
  large.map.set("s/1-old", entry("large enough", { storedAt: now - 90_000_000 }));
  large.map.set("s/1-young", entry("large enough", { storedAt: now - 80_000_000 }));
  await hybrid({ small: memory, large }).open({ directory: "/none", secure: true, bounds: unbounded });
  assert.deepEqual([...large.map.keys()], ["s/1-young"]);
});

test("hybrid() keeps 1 KB in memory and 2 MB on disk when ucache runs each function once", async () => {
  const cacheDir = fastFolder();
  const runs: number[] = [];
  const bytes = ucache((length: number) => (runs.push(length), Promise.resolve(new Uint8Array(length).fill(7))), {
    name: "bytes",
    engine: hybrid({ small: memory, large: files }),
    strict: true,
    cacheDir,
    folderName: "two-sizes",
  });
  const onDisk = () => {
    const folder = `${cacheDir}/twat_cache/two-sizes.hybrid`;
    const names = existsSync(folder) ? readdirSync(folder, { recursive: true }) as string[] : [];
    return names.filter((name) => name.endsWith("value.bin")).length;
  };
  assert.equal((await bytes(1_000)).length, 1_000);
  assert.equal((await bytes(1_000)).length, 1_000);
  assert.equal(onDisk(), 0);
  await bytes(2_000_000);
  assert.equal((await bytes(2_000_000))[1_999_999], 7);
  assert.deepEqual(runs, [1_000, 2_000_000]);
  assert.equal(bytes.cache.info.engine, "hybrid_memory_files");
  await until(() => onDisk() === 1, "the value is on disk");
  await bytes.cache.close();
  assert.equal(onDisk(), 0, "with memory gone nothing points at it");
});

test("hybrid() refuses engines that do not go together", () => {
  const bad: [Parameters<typeof hybrid>[0], RegExp][] = [
    [{ small: files, large: files }, /choose two engines/],
    [{ small: files, large: memory }, /holds references/],
    [{ small: memory, large: files, threshold: NaN }, /threshold is NaN/],
    [{ small: memory, large: files, smallBytes: -1 }, /smallBytes is -1/],
    [{ small: { ...memory, holds: "clones" }, large: files }, /holds clones/],
  ];
  for (const [options, message] of bad) {
    assert.throws(() => hybrid(options), (error) => error instanceof ConfigurationError && message.test(error.message));
  }
});

test("probe() of a hybrid says which side cannot be opened", () => {
  const missing: Engine = { ...files, name: "missing", probe: () => "it is not there" };
  const place = { directory: "/none" };
  const engine = hybrid({ small: memory, large: missing });
  assert.equal(engine.probe(globals, place), "for large values, it is not there");
  assert.equal(
    hybrid({ small: missing, large: files }).probe(globals, place),
    "for small values, it is not there",
  );
  assert.equal(engine.probe(globals, { directory: "" }), "for large values, there is no folder");
});
