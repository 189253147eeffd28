import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  acache,
  type AsyncStore,
  bcache,
  type Body,
  CacheContext,
  type CacheEvent,
  clearCache,
  copyCache,
  type Engine,
  type Entry,
  fcache,
  on,
  setLogLevel,
} from "../../mod.ts";
import { Versions } from "../../src/flow/versions.ts";
import { runChild } from "../child.ts";
import { fastFolder, persistentHere } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const DAY = 86_400_000;
const CHANGED =
  'info The source of "load" changed: its values are computed anew; those of the version before are kept for 7 days';
const BACK = 'info The source of "load" is one of before: what was kept of it is used again';
const cacheDir = fastFolder();

/** A function of which an edit gives another version, named alike. */
const first = (x: number) => Promise.resolve(x + 1);
const second = (x: number) => Promise.resolve(x + 2);
const third = (x: number) => Promise.resolve(x + 3);

/** A cache of `load` in a storage, as each process opens its own. */
function processes(storage: SharedMap, clock: FakeClock, parts: Partial<Engine> = {}) {
  const logger = new QuietLogger();
  const engine = storage.engine({ persistent: true, ...parts });
  return {
    logger,
    /** Runs a process with some source of `load`, and gives what it said. */
    async run(load: (x: number) => Promise<number>, calls: readonly number[] = [1]): Promise<readonly string[]> {
      const said = logger.lines.length;
      const fn = acache(load, { name: "load", engine, clock, logger });
      if (calls.length === 0) await fn.cache.peek(1);
      for (const x of calls) await fn(x);
      await fn.cache.close();
      return logger.lines.slice(said);
    },
  };
}

/** Runs with the log at level "info". */
async function informed(work: () => Promise<void>): Promise<void> {
  setLogLevel("info");
  try {
    await work();
  } finally {
    setLogLevel("warn");
  }
}

/** The operations of a storage from now on. */
function operationsOf(storage: SharedMap): string[] {
  const operations: string[] = [];
  storage.pause = (operation) => {
    operations.push(operation);
    return Promise.resolve();
  };
  return operations;
}

const records = ({ entries }: SharedMap) => [...entries.keys()].filter((key) => key.startsWith("~versions/"));

for (const engine of persistentHere) {
  test(`an edited source computes again once in a new process on ${engine}, says so once, and a revert hits`, async () => {
    const folder = fastFolder();
    const file = `${folder}/load.mjs`;
    const run = async (source: string, day: number) => {
      writeFileSync(file, source);
      const { code, stdout, stderr } = await runChild(new URL("./children/versioned.ts", import.meta.url), [
        pathToFileURL(file).href,
        engine,
        folder,
        String(1_700_000_000_000 + day * DAY),
      ]);
      assert.equal(code, 0, stderr);
      const { answer, runs, size, lines } = JSON.parse(stdout);
      return [answer, runs, size, lines];
    };
    const one = "export function load(x) { globalThis.runs++; return x + 1; }";
    const same = "export function load( x ) {\n  // an edited comment\n  globalThis.runs++; return x + 1; }";
    const two = "export function load(x) { globalThis.runs++; return x + 2; }";
    assert.deepEqual(await run(one, 0), [2, 1, 1, []]);
    assert.deepEqual(await run(same, 0.5), [2, 0, 1, []], "comments and white space do not count");
    assert.deepEqual(await run(two, 1), [3, 1, 2, [CHANGED]]);
    assert.deepEqual(await run(two, 1), [3, 0, 2, []], "it is said once");
    assert.deepEqual(await run(one, 2), [2, 0, 2, [BACK]], "a revert hits");
    assert.deepEqual(await run(one, 7.9), [2, 0, 2, []]);
    const dropped = 'info Dropped 1 entry of "load": of versions that were not used for 7 days';
    assert.deepEqual((await run(one, 8.1)).at(-1), [dropped], "7 days after the last use of the other");
    assert.deepEqual(await run(two, 8.2), [3, 1, 2, [CHANGED]], "it was collected");
  });
}

test("a version is noted behind the call, by one read where nothing is new", async () => {
  const [storage, clock] = [new SharedMap(), new FakeClock()];
  const door = gate();
  storage.pause = () => door.opened;
  const fn = acache(first, { name: "load", engine: storage.engine({ persistent: true }), clock, lock: false });
  const call = fn(1);
  door.open();
  assert.equal(await call, 2);
  await fn.cache.close();
  assert.deepEqual(records(storage).length, 1);
  const operations = operationsOf(storage);
  const { run } = processes(storage, clock);
  const unopened = acache(second, { name: "load", engine: storage.engine({ persistent: true }), clock });
  await unopened.cache.close();
  assert.deepEqual(operations, [], "a cache that is not opened notes nothing");
  await run(first);
  const withNote = operations.splice(0).sort();
  const context = await CacheContext.open({ name: "load", engine: storage.engine({ persistent: true }), clock });
  operations.splice(0);
  await context.get(1);
  assert.deepEqual(operations, ["get"], "contexts have no versions");
  const reads = withNote.filter((operation) => operation !== "usage");
  assert.deepEqual(reads, ["get", "get"], "one for the value, one for the note");
  await context.close();
});

test("the note is written for a version that is not the last one used, and once a day for the last one", async () => {
  await informed(async () => {
    const [storage, clock] = [new SharedMap(), new FakeClock()];
    const { run } = processes(storage, clock);
    const operations = operationsOf(storage);
    const writes = async (load: typeof first) => {
      operations.splice(0);
      const lines = await run(load, []);
      return [operations.filter((operation) => operation === "commit" || operation === "set").length, lines.length];
    };
    assert.deepEqual(await writes(first), [1, 0]);
    assert.deepEqual(await writes(first), [0, 0]);
    clock.advance(DAY - 1);
    assert.deepEqual(await writes(first), [0, 0]);
    clock.advance(1);
    assert.deepEqual(await writes(first), [1, 0]);
    assert.deepEqual(await writes(second), [1, 1]);
    assert.deepEqual(await writes(second), [0, 0]);
    assert.deepEqual(await writes(first), [1, 1]);
    assert.deepEqual(await writes(first), [0, 0]);
  });
});

test("only what versions left is dropped that were not used for 7 days, with the cache's clock", async () => {
  await informed(async () => {
    const [storage, clock] = [new SharedMap(), new FakeClock()];
    const { run } = processes(storage, clock);
    const other = acache(first, { name: "other", engine: storage.engine({ persistent: true }), clock });
    await other(1);
    await other.cache.close();
    const context = await CacheContext.open({ name: "load", engine: storage.engine({ persistent: true }), clock });
    await context.set("k", 1);
    await context.close();
    assert.deepEqual(await run(first, [1, 2, 3]), []);
    assert.deepEqual(await run(second, [1, 2]), [CHANGED]);
    clock.advance(4 * DAY);
    assert.deepEqual(await run(third, [1]), [CHANGED]);
    assert.deepEqual(await run(second, [1]), [BACK]);
    const held = () => [...storage.entries.keys()].filter((key) => !key.startsWith("~")).length;
    assert.equal(held(), 8);
    clock.advance(3 * DAY - 1);
    assert.deepEqual(await run(second), []);
    // Stamps of one instant differ by fractions.
    clock.advance(2);
    const operations = operationsOf(storage);
    assert.deepEqual(await run(second), [
      'info Dropped 3 entries of "load": of versions that were not used for 7 days',
    ]);
    assert.equal(operations.filter((operation) => operation === "entries").length, 1);
    assert.equal(held(), 5);
    operations.splice(0);
    assert.deepEqual(await run(second), []);
    assert.ok(!operations.includes("entries"), "the record forgot it");
    clock.advance(30 * DAY);
    await run(second);
    assert.equal(held(), 4, "the version in use stays, and the context, and the other function");
  });
});

test("a version that a process uses for long, without opening anew, is not dropped while its entries show it", async () => {
  await informed(async () => {
    const [storage, clock] = [new SharedMap(), new FakeClock()];
    const { run } = processes(storage, clock);
    const server = acache(first, { name: "load", engine: storage.engine({ persistent: true }), clock });
    for (let day = 0; day < 10; day++) {
      await server(day);
      clock.advance(DAY);
    }
    await settled(server);
    assert.deepEqual(await run(second), [CHANGED]);
    assert.equal((await server.cache.peek(0))!.value, 1);
    const operations = operationsOf(storage);
    await run(second);
    assert.ok(!operations.includes("entries"), "the later use was noted");
    clock.advance(7 * DAY);
    assert.deepEqual(await run(second), [
      'info Dropped 10 entries of "load": of versions that were not used for 7 days',
    ]);
    await server.cache.close();
  });
});

test("two processes that note at once lose neither note, on engines with commit", async () => {
  await informed(async () => {
    const [storage, clock] = [new SharedMap(), new FakeClock()];
    const { run } = processes(storage, clock);
    await run(first);
    await Promise.all([run(second), run(third)]);
    const uses = JSON.parse(storage.entries.get(records(storage)[0]!)!.body as string) as [string, number][];
    assert.equal(uses.length, 3);
    assert.equal(new Set(uses.map(([version]) => version)).size, 3);
  });
});

test("what the version in use left is kept even if its use cannot be noted", async () => {
  const [storage, clock] = [new SharedMap(), new FakeClock()];
  await processes(storage, clock).run(first, [1, 2]);
  clock.advance(8 * DAY);
  const full = processes(storage, clock, {
    shared: false,
    open: (options) => ({ ...storage.engine().open(options) as AsyncStore, commit: () => false }),
  });
  await full.run(first, [1]);
  assert.equal([...storage.entries.keys()].filter((key) => !key.startsWith("~")).length, 2);
});

test("a store without commit or with deleteMany, and a record that is damaged or in bytes, do as well", async () => {
  await informed(async () => {
    const [storage, clock] = [new SharedMap(), new FakeClock()];
    const many: number[] = [];
    const changed = (methods: (store: AsyncStore) => Partial<AsyncStore>): Partial<Engine> => ({
      shared: false,
      open: (options) => {
        const { commit: _, lease: __, release: ___, ...store } = storage.engine().open(options) as AsyncStore;
        return { ...store, ...methods(store) };
      },
    });
    const plain = processes(storage, clock, changed(() => ({})));
    assert.deepEqual(await plain.run(first, [1, 2]), []);
    const [record] = records(storage);
    const entry = storage.entries.get(record!)!;
    storage.entries.set(record!, { ...entry, body: new TextEncoder().encode(entry.body as string) });
    assert.deepEqual(await plain.run(second), [CHANGED]);
    clock.advance(8 * DAY);
    const withMany = processes(
      storage,
      clock,
      changed((store) => ({
        deleteMany: async (keys) => {
          many.push(keys.length);
          for (const key of keys) await store.delete(key);
          return keys.length;
        },
      })),
    );
    assert.deepEqual(await withMany.run(second), [
      'info Dropped 2 entries of "load": of versions that were not used for 7 days',
    ]);
    assert.deepEqual(many, [2]);
    for (const body of ["{", "[[1,2]]", "7", ""]) {
      storage.entries.set(record!, { ...entry, body });
      assert.deepEqual(await plain.run(third), []);
      assert.match(storage.entries.get(record!)!.body as string, /^\[\["[0-9a-f]{8}",\d+\]\]$/);
    }
  });
});

test("an edited function in deps is an edited source, and a comment in it is none", async () => {
  await informed(async () => {
    const [storage, clock, logger] = [new SharedMap(), new FakeClock(), new QuietLogger()];
    let runs = 0;
    const load = (x: number) => Promise.resolve((runs++, x));
    const deps = [
      (x: number) => x * 2,
      (x: number) => x * 3,
      (x: number) => /* a comment does not count, nor does  white space */ x * 2,
    ];
    for (const dep of deps) {
      const engine = storage.engine({ persistent: true });
      const fn = acache(load, { name: "load", engine, clock, logger, deps: [dep] });
      await fn(1);
      await fn.cache.close();
    }
    assert.equal(runs, 2);
    assert.deepEqual(logger.lines, [CHANGED, BACK]);
  });
});

test("no version is noted in memory, in an engine that is not persistent, and far away where notes could be lost", async () => {
  const [storage, clock] = [new SharedMap(), new FakeClock()];
  const parts: Partial<Engine>[] = [
    { persistent: false },
    {
      remote: true,
      shared: false,
      open: (options) => {
        const { commit: _, lease: __, release: ___, ...store } = storage.engine().open(options) as AsyncStore;
        return store;
      },
    },
  ];
  for (const part of parts) {
    await processes(storage, clock, part).run(first);
    assert.deepEqual(records(storage), []);
  }
  await processes(storage, clock, { remote: true }).run(first);
  assert.equal(records(storage).length, 1);
});

test("an engine that fails to note a version is an event, and nothing else", async () => {
  const [storage, clock] = [new SharedMap(), new FakeClock()];
  const { run, logger } = processes(storage, clock);
  const events: CacheEvent[] = [];
  const stop = on("error", (event) => events.push(event));
  storage.pause = (operation) => operation === "commit" ? Promise.reject(new Error("no room")) : Promise.resolve();
  const fn = acache(first, { name: "load", engine: storage.engine({ persistent: true }), clock, lock: false, logger });
  assert.equal(await fn(1), 2);
  await fn.cache.close();
  stop();
  assert.deepEqual(events.map((event) => event.type === "error" && event.operation), ["note version"]);
  assert.deepEqual(logger.lines, []);
  assert.equal(fn.cache.stats().errors, 0);
  void run;
});

test("the records of versions are in no listing, usage or count of the function, and clearing leaves them", async () => {
  const [storage, clock] = [new SharedMap(), new FakeClock()];
  const engine = storage.engine({ persistent: true });
  const fn = acache(first, { name: "listed", engine, clock });
  await fn(1);
  await settled(fn);
  await fn(1);
  const shown: string[] = [];
  assert.equal(await fn.cache.invalidateWhere(({ key }) => shown.push(key) === 0), 0);
  assert.deepEqual(shown, [fn.cache.key(1)]);
  const { hits, misses, sets, errors, size } = fn.cache.stats();
  assert.deepEqual([hits, misses, sets, errors, size], [1, 1, 1, 0, 1]);
  assert.equal(await clearCache("listed"), 1);
  await fn.cache.close();
  assert.equal(records(storage).length, 1);
  assert.equal(storage.entries.size, 1);
});

test("copyCache() copies the records of versions along with the entries, and counts the entries", async () => {
  await informed(async () => {
    const [from, to, clock] = [new SharedMap(), new SharedMap(), new FakeClock()];
    const source = processes(from, clock, { name: "from" });
    await source.run(first, [1, 2]);
    await source.run(second, [1]);
    const places = [from, to].map((storage, at) => ({
      engine: storage.engine({ persistent: true, name: `at ${at}` }),
    }));
    const seen: number[] = [];
    const onProgress = ({ copied, total }: { readonly copied: number; readonly total: number }) =>
      seen.push(copied, total);
    assert.deepEqual(await copyCache(places[0]!, places[1]!, { clock, onProgress }), {
      copied: 3,
      skipped: 0,
      refused: [],
    });
    assert.deepEqual(seen, [3, 3]);
    const target = processes(to, clock);
    clock.advance(1);
    assert.deepEqual(await target.run(first), [BACK]);
    assert.deepEqual(await copyCache(places[0]!, places[1]!, { clock }), { copied: 0, skipped: 3, refused: [] });
    assert.deepEqual(await target.run(first), [], "what is newer there stays");
  });
});

for (const engine of persistentHere.filter((name) => /sqlite|files/.test(name))) {
  test(`a synchronous cache on ${engine} notes its version at the latest when it closes, at once`, async () => {
    await informed(async () => {
      const logger = new QuietLogger();
      const decorator = engine === "files" ? fcache : bcache;
      const place = { name: "load", engine, strict: true, cacheDir, folderName: `sync-${engine}`, logger };
      const sources = [(x: number) => x + 1, (x: number) => x + 2, (x: number) => x + 1];
      for (const source of sources) {
        const fn = decorator.sync(source, place);
        const said = logger.lines.length;
        fn(1);
        assert.equal(logger.lines.length, said, "it is behind the call");
        assert.equal(fn.cache.close(), undefined);
      }
      await Promise.resolve();
      assert.deepEqual(logger.lines, [CHANGED, BACK]);
      const named = decorator.sync(sources[0]!, { ...place, version: "2" });
      named(1);
      named.cache.close();
      assert.equal(logger.lines.length, 2, "versions that were given are left to whoever gave them");
    });
  });
}

for (const engine of persistentHere.filter((name) => /sqlite|files/.test(name))) {
  test(`what is dropped on ${engine} delays no call, and a synchronous cache that closes leaves the rest to the next time`, async () => {
    await informed(async () => {
      const [clock, logger] = [new FakeClock(), new QuietLogger()];
      const decorator = engine === "files" ? fcache : bcache;
      const place = { name: "load", engine, strict: true, cacheDir, folderName: `calm-${engine}`, clock, logger };
      const before = decorator.sync((x: number) => x + 1, place);
      for (let x = 0; x < 20; x++) before(x);
      before.cache.close();
      const source = (x: number) => x + 2;
      const after = decorator.sync(source, place);
      after(1);
      after.cache.close();
      clock.advance(8 * DAY);
      after(1);
      await Promise.resolve();
      after.cache.close();
      assert.deepEqual(logger.lines.splice(0), [CHANGED]);
      const later = decorator(source, { ...place, version: "source" });
      assert.equal(await later(1), 3);
      assert.deepEqual(logger.lines, [], "the call came first");
      await later.cache.close();
      assert.deepEqual(logger.lines, ['info Dropped 20 entries of "load": of versions that were not used for 7 days']);
    });
  });
}

test("Versions.collect() lets others work between its steps while it is calm, and asks nothing more once it is stopped", async () => {
  const clock = new FakeClock();
  const entries = new Map<string, Entry<Body>>();
  const head = { storedAt: clock.now(), freshUntil: Infinity, goneAt: Infinity, cost: 0, size: 1, tags: [], label: "" };
  for (let n = 0; n < 1_200; n++) {
    entries.set(`load/aaaaaaaa-${n}`, { body: "1", form: "1:json", checksum: 0, ...head });
  }
  clock.advance(8 * DAY);
  let asked = 0;
  const count = <T>(given: T): T => (asked++, given);
  const store: AsyncStore<Body> = {
    native: entries,
    get: (key) => count(entries.get(key)),
    set: (key, entry) => count(void entries.set(key, entry)),
    delete: (key) => count(entries.delete(key)),
    *entries() {
      for (const [key, { body: _, ...entry }] of entries) yield count({ ...entry, key, accessedAt: 0, hits: 0 });
    },
    clear: () => 0,
    usage: () => ({ entries: 0, bytes: 0 }),
    close: () => {},
  };
  const versions = new Versions({
    store: store as AsyncStore,
    prefix: "load/",
    version: "bbbbbbbb",
    clock,
    changed: () => {},
  });
  const over = new Map([["aaaaaaaa", 0]]);
  assert.equal(await versions.collect(over, () => "stopped"), 0);
  assert.equal(asked, 0);
  assert.equal(await versions.collect(over, () => asked < 10 ? "hurried" : "stopped"), 0);
  assert.equal(asked, 10);
  let between = 0;
  let collecting = true;
  const work = (): void => {
    between++;
    if (collecting) setTimeout(work, 0);
  };
  work();
  assert.equal(await versions.collect(over, () => "calm"), 1_200);
  collecting = false;
  assert.ok(between >= 4, `others worked ${between} times`);
  assert.deepEqual([...entries.keys()], ["~versions/load"]);
});
