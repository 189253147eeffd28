import assert from "node:assert/strict";
import test from "node:test";
import { files } from "../../engines/files.ts";
import { memory } from "../../engines/memory.ts";
import { tiered, type TieredNative, type TieredOptions } from "../../engines/tiered.ts";
import type { Engine, Globals } from "../../src/contract/engine.ts";
import type { News, SyncStore } from "../../src/contract/store.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { keyOf, unbounded } from "../contract/subject.ts";
import { mapEngine } from "./map_engine.ts";
import { entryOf } from "./sqlite_engine.ts";

const [a, b, c] = [keyOf("a", 1), keyOf("a", 2), keyOf("b", 3)];

function open(front: Engine, back: Engine, options?: TieredOptions): SyncStore & { readonly native: TieredNative } {
  const engine = tiered(front, back, options);
  return engine.open({ directory: "", secure: true, bounds: unbounded }) as SyncStore & {
    readonly native: TieredNative;
  };
}

/** Runs while `Date.now` says what `at` says. */
function atTimes(run: (at: { now: number }) => void): void {
  const [real, at] = [Date.now, { now: 1_800_000_000_000 }];
  Date.now = () => at.now;
  try {
    run(at);
  } finally {
    Date.now = real;
  }
}

test("get() puts in front what it finds behind, and asks the front from then on", () => {
  const back = mapEngine("back");
  const store = open(memory, back);
  back.map.set(a, entryOf("behind"));
  assert.equal(store.get(a)?.body, "behind");
  assert.ok((store.native.front as Map<string, unknown>).has(a));
  back.asked.length = 0;
  assert.equal(store.get(a)?.body, "behind");
  assert.deepEqual(back.asked, []);
  assert.equal(store.get(b), undefined);
  assert.deepEqual(back.asked, [`get ${b}`]);
});

test("set() writes to both, and delete() and clear() drop from both", () => {
  const [front, back] = [mapEngine("front", { persistent: false }), mapEngine("back")];
  const store = open(front, back);
  for (const key of [a, b, c]) store.set(key, entryOf(key));
  assert.deepEqual([...front.map.keys()], [a, b, c]);
  assert.deepEqual([...back.map.keys()], [a, b, c]);
  assert.equal(store.delete(a), true);
  assert.equal(store.clear("b/"), 1);
  assert.deepEqual([[...front.map.keys()], [...back.map.keys()]], [[b], [b]]);
});

test("set() leaves nothing of the key in front when the back refuses it", () => {
  const [front, back] = [mapEngine("front", { persistent: false }), mapEngine("back")];
  const store = open(front, back);
  store.set(a, entryOf("old"));
  back.fault = new Error("the disk is full");
  assert.throws(() => store.set(a, entryOf("new")), back.fault);
  back.fault = undefined;
  assert.equal(front.map.size, 0);
  assert.equal(store.get(a)?.body, "old");
});

test('set() with write: "back" leaves the back empty until flush(), which writes all', () => {
  const back = mapEngine("back");
  const store = open(memory, back, { write: "back" });
  for (const key of [a, b, c]) store.set(key, entryOf(key));
  store.set(b, entryOf("newer"));
  assert.equal(back.map.size, 0);
  assert.equal(store.get(b)?.body, "newer");
  assert.deepEqual(store.usage("a/"), { entries: 2, bytes: a.length + 5 });
  assert.equal(store.native.flush(), 3);
  assert.deepEqual([...back.map].map(([key, { body }]) => [key, body]), [[a, a], [c, c], [b, "newer"]]);
  assert.equal(store.native.flush(), 0);
  back.asked.length = 0;
  assert.equal(store.get(b)?.body, "newer");
  assert.deepEqual(back.asked, [], "what was flushed is in front");
});

test('close() with write: "back" writes what waits', () => {
  const back = mapEngine("back");
  const store = open(memory, back, { write: "back" });
  store.set(a, entryOf("last"));
  store.close();
  assert.equal(back.map.get(a)?.body, "last");
});

test('close() with write: "back" closes and throws what kept the back from being written', () => {
  const back = mapEngine("back");
  const store = open(memory, back, { write: "back" });
  store.set(a, entryOf("lost"));
  back.fault = new Error("the disk is full");
  assert.throws(() => store.close(), back.fault);
  store.close();
  assert.throws(() => store.get(a), { code: "ERR_CACHE_RESOURCE" });
  assert.throws(() => store.set(a, entryOf("late")), { code: "ERR_CACHE_RESOURCE" });
});

test('set() with write: "back" writes by itself when 1,001 entries or more than 16 MB wait', () => {
  const back = mapEngine("back");
  const store = open(memory, back, { write: "back" });
  for (let n = 1; n <= 1_000; n++) store.set(keyOf("many", n), entryOf("x"));
  assert.equal(back.map.size, 0);
  store.set(a, entryOf("one too many"));
  assert.equal(back.map.size, 1_001);
  store.set(b, entryOf("", { body: new Uint8Array(16_000_001) }));
  assert.equal(back.map.size, 1_002);
});

test('set() with write: "back" throws and keeps the bound when the back cannot be written', () => {
  const back = mapEngine("back");
  const store = open(memory, back, { write: "back" });
  for (let n = 1; n <= 1_000; n++) store.set(keyOf("many", n), entryOf("x"));
  back.fault = new Error("the disk is full");
  assert.throws(() => store.set(a, entryOf("one too many")), back.fault);
  assert.throws(() => store.native.flush(), back.fault);
  back.fault = undefined;
  assert.equal(store.get(a), undefined);
  assert.equal(store.native.flush(), 1_000, "what could not be written went on waiting");
});

test("preload() fetches the entries under a prefix into the front, the ones used last if there is no room for all", () => {
  const back = mapEngine("back");
  const store = open(memory, back);
  for (let n = 0; n < 10_100; n++) back.map.set(keyOf("a", n), entryOf(`${n}`, { storedAt: 1_790_000_000_000 + n }));
  back.map.set(c, entryOf("c"));
  assert.equal(store.native.preload("b/"), 1);
  assert.deepEqual([...(store.native.front as Map<string, unknown>).keys()], [c]);
  assert.equal(store.native.preload(), 10_000);
  back.asked.length = 0;
  for (let n = 10_099; n > 200; n--) assert.equal(store.get(keyOf("a", n))?.body, `${n}`);
  assert.deepEqual(back.asked, []);
});

test("a front that fails is left alone, emptied and used again a second later", () =>
  atTimes((at) => {
    const [front, back] = [mapEngine("front", { persistent: false }), mapEngine("back")];
    const store = open(front, back);
    store.set(a, entryOf("old"));
    front.fault = new Error("the front is broken");
    store.set(a, entryOf("new"));
    assert.equal(store.get(a)?.body, "new");
    assert.equal(store.native.fault, front.fault);
    assert.match(
      store.check!("", false)[0]?.reason ?? "",
      /^the front is not used, because it failed: the front is broken$/,
    );
    front.fault = undefined;
    front.asked.length = 0;
    at.now += 999;
    assert.equal(store.get(a)?.body, "new");
    assert.deepEqual(front.asked, []);
    at.now += 1;
    assert.equal(store.get(a)?.body, "new", "the old entry, which could not be replaced, is gone");
    assert.equal(front.map.get(a)?.body, "new");
    assert.deepEqual([store.native.fault, store.check!("", false)], [undefined, []]);
  }));

for (const method of ["get", "set", "delete", "clear"] as const) {
  test(`every method answers as the back does when ${method}() of the front throws`, () => {
    const back = mapEngine("back");
    const front = mapEngine("front", { persistent: false });
    const failing: Engine = {
      ...front,
      open: (options) => ({
        ...front.open(options) as SyncStore,
        [method]: () => {
          throw new Error("the front is broken");
        },
      }),
    };
    const store = open(failing, back);
    for (let round = 0; round < 3; round++) {
      store.set(a, entryOf(`round ${round}`));
      assert.equal(store.get(a)?.body, `round ${round}`);
      assert.equal(store.delete(a), true);
      assert.equal(store.get(a), undefined);
      store.set(a, entryOf("again"));
      assert.equal(store.clear(""), 1);
      assert.equal(store.get(a), undefined);
    }
    store.close();
  });
}

test("open() goes without the front when it cannot be opened", () => {
  const [back, reason] = [mapEngine("back"), new Error("no room for a front")];
  const store = open({
    ...mapEngine("front"),
    open: () => {
      throw reason;
    },
  }, back);
  store.set(a, entryOf("kept"));
  assert.equal(store.get(a)?.body, "kept");
  assert.equal(store.native.fault, reason);
});

test("what others change leaves the front when the back tells of it", () => {
  const [front, back] = [mapEngine("front", { persistent: false }), mapEngine("back", { watched: true })];
  const store = open(front, back);
  store.set(a, entryOf("old"));
  assert.equal(front.map.size, 0, "nothing is kept in front before it is known that changes are heard");
  back.tell("live");
  for (const [key, news] of [[a, { keys: [c, a] }], [a, { prefix: "a/" }], [a, { prefix: "" }]] as [string, News][]) {
    store.set(key, entryOf("old"));
    store.set(b, entryOf("other"));
    assert.equal(front.map.get(key)?.body, "old");
    back.map.set(key, entryOf("new"));
    back.tell(news);
    assert.equal(store.get(key)?.body, "new", JSON.stringify(news));
    assert.equal(store.get(b)?.body, "other");
  }
});

test("the front is empty and left alone from when changes may go unheard until they are heard again", () => {
  const [front, back] = [mapEngine("front", { persistent: false }), mapEngine("back", { watched: true })];
  const store = open(front, back);
  const heard: News[] = [];
  back.tell("live");
  store.set(a, entryOf("old"));
  const stop = store.watch!((news) => {
    if (news === "lost") assert.equal(front.map.size, 0, "the front is true before anybody is told");
    heard.push(news);
  });
  back.tell("lost");
  back.map.set(a, entryOf("new"));
  front.asked.length = 0;
  assert.equal(store.get(a)?.body, "new");
  store.set(b, entryOf("b"));
  assert.deepEqual(front.asked, []);
  back.tell("live");
  store.get(a);
  back.asked.length = 0;
  assert.equal(store.get(a)?.body, "new");
  assert.deepEqual(back.asked, []);
  stop();
  back.tell("lost");
  assert.deepEqual(heard, ["live", "lost", "live"]);
});

test("the front is trusted for ttl milliseconds when the back is shared and tells nothing", () =>
  atTimes((at) => {
    const back = { ...mapEngine("back"), shared: true };
    const store = open(memory, back, { ttl: 500 });
    const fresh = { freshUntil: at.now + 60_000 };
    store.set(a, entryOf("first", fresh));
    back.map.set(a, entryOf("second", fresh));
    at.now += 499;
    assert.equal(store.get(a)?.body, "first");
    at.now += 1;
    assert.equal(store.get(a)?.body, "second");
    back.map.set(a, entryOf("third", fresh));
    at.now += 499;
    assert.equal(store.get(a)?.body, "second");
    at.now -= 1_000;
    assert.equal(store.get(a)?.body, "third", "a clock that was set back is no reason to trust");
  }));

test("the front is not trusted with what is no longer fresh when others may have renewed it untold", () =>
  atTimes((at) => {
    const back = { ...mapEngine("back"), shared: true };
    const store = open(memory, back);
    store.set(a, entryOf("first", { freshUntil: at.now + 10 }));
    back.map.set(a, entryOf("renewed", { freshUntil: at.now + 60_000 }));
    assert.equal(store.get(a)?.body, "first");
    at.now += 10;
    assert.equal(store.get(a)?.body, "renewed");
  }));

test("a front that others share, or that outlives the process, gives nothing but what was put there here", () => {
  const [front, back] = [mapEngine("front"), mapEngine("back")];
  const [mine, other] = [open(front, back), open(front, back)];
  front.map.set(a, entryOf("of an earlier life"));
  assert.equal(mine.get(a), undefined);
  mine.set(a, entryOf("mine", { storedAt: 1 }));
  front.map.set(a, entryOf("put late by another process", { storedAt: 0 }));
  assert.equal(mine.get(a)?.body, "mine");
  front.asked.length = back.asked.length = 0;
  assert.equal(mine.get(a)?.body, "mine");
  assert.deepEqual([front.asked, back.asked], [[`get ${a}`], []]);
  assert.equal(other.get(a)?.body, "mine");
});

test("a front without bounds of its own is kept within bounds", () => {
  const [front, back] = [mapEngine("front"), mapEngine("back")];
  const store = open(front, back);
  for (let n = 0; n < 12_000; n++) store.set(keyOf("a", n), entryOf("x", { storedAt: 1_790_000_000_000 + n }));
  assert.ok(front.map.size <= 10_256 && front.map.size > 8_000, `${front.map.size}`);
  assert.ok(front.map.has(keyOf("a", 11_999)));
  assert.equal(back.map.size, 12_000);
});

test("set() leaves out of the front what is too large for it", () => {
  const front = mapEngine("front", { limits: { keyBytes: 200, bodyBytes: 30 } });
  const store = open(front, mapEngine("back"));
  store.set(a, entryOf("small"));
  store.set(a, entryOf("", { body: new Uint8Array(31) }));
  assert.equal(front.map.size, 0);
  assert.equal((store.get(a)?.body as Uint8Array).length, 31);
  assert.equal(store.native.fault, undefined);
});

test("tiered() declares what the back is, and answers at once where both do", () => {
  const both: Engine = {
    ...mapEngine("both"),
    mode: "both",
    openSync: mapEngine("both").open as Engine["openSync"] & object,
  };
  const later: Engine = { ...mapEngine("later"), mode: "async" };
  const modes = [[memory, mapEngine("back")], [memory, both], [mapEngine("front"), later], [later, both]] as const;
  assert.deepEqual(modes.map(([front, back]) => tiered(front, back).mode), ["sync", "both", "async", "async"]);
  const remote = { ...mapEngine("server"), remote: true, protocols: ["server:"], shared: true };
  const engine = tiered(memory, remote, { write: "back", ttl: 5 });
  assert.deepEqual(
    [engine.name, engine.persistent, engine.shared, engine.remote, engine.onDisk, engine.protocols],
    ["tiered_memory_server", true, true, true, false, ["server:"]],
  );
  assert.deepEqual(engine.tiers, { front: memory, back: remote, write: "back", ttl: 5 });
  assert.deepEqual([tiered(memory, files).tiers.write, tiered(memory, files).tiers.ttl], ["through", 1_000]);
  assert.equal(tiered(files, remote).onDisk, true);
});

test("probe() says which of the two cannot be opened", () => {
  const globals = globalThis as unknown as Globals;
  const no: Engine = { ...mapEngine("no"), probe: () => "nobody has it" };
  assert.equal(tiered(memory, no).probe(globals, { directory: "/x" }), "nobody has it");
  assert.equal(tiered(no, mapEngine("back")).probe(globals, { directory: "/x" }), "in front, nobody has it");
  assert.equal(tiered(memory, mapEngine("back")).probe(globals, { directory: "/x" }), true);
});

test("open() gives each tier a folder and a url of its own", () => {
  const opened: Record<string, readonly unknown[]> = {};
  const noting = (name: string, parts: Partial<Engine>): Engine => {
    const engine = mapEngine(name, parts);
    return {
      ...engine,
      open: (options) => {
        opened[name] = [options.directory, options.url, options.bounds.maxSize];
        return engine.open(options);
      },
    };
  };
  const place = { directory: "/data/x", url: "server://host", secure: true, bounds: { ...unbounded, maxSize: 7 } };
  tiered(noting("front", { onDisk: true }), noting("back", { onDisk: true })).open(place);
  assert.deepEqual(opened, { front: ["/data/x/.front", undefined, 10_000], back: ["/data/x", "server://host", 7] });
  tiered(noting("front", { onDisk: true, protocols: ["server:"] }), noting("back", {})).open(place);
  assert.deepEqual(opened["front"], ["/data/x", "server://host", 10_000]);
});

test("tiered() throws a ConfigurationError that lists what does not go together", () => {
  const clones = mapEngine("clones", { holds: "clones" });
  const wrong: readonly [() => unknown, RegExp][] = [
    [() => tiered(files, files), /front is "files", as the back is; choose two engines/],
    [() => tiered(clones, files), /"clones", which holds clones, but "files" holds bytes; put memory in front/],
    [() => tiered(mapEngine("front"), memory), /back is "memory", which keeps to one function; put it in front/],
    [() => tiered(memory, files, { write: "later" as "back" }), /write is "later"; use "through" or "back"/],
    [() => tiered(memory, files, { ttl: -1 }), /ttl is -1; give milliseconds, 0 or more/],
    [() => tiered(memory, files, { ttl: NaN }), /ttl is NaN/],
    [() => tiered(memory, files, { ttl: "1s" as unknown as number }), /ttl is 1s/],
  ];
  for (const [make, message] of wrong) {
    assert.throws(
      make,
      (error) => error instanceof ConfigurationError && message.test(error.message) && error.issues.length > 0,
    );
  }
});
