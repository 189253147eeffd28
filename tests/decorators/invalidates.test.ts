import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acache,
  bcache,
  CacheContext,
  type CacheEvent,
  ConfigurationError,
  type Engine,
  EngineNotAvailableError,
  invalidates,
  mcache,
  on,
  setLogger,
  tiered,
} from "../../mod.ts";
import { memory } from "../../engines/memory.ts";
import { openStoreCount } from "../../src/decorators/open_stores.ts";
import { enginesHere, fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const cacheDir = fastFolder();

/** Counts runs of a reader and keeps what it gives under a tag. */
function reader(tag = "t") {
  const runs = { count: 0 };
  const read = mcache((x: number) => x + ++runs.count, { tags: (_, x) => [tag, `${tag}:${x}`] });
  return { runs, read };
}

for (const engine of enginesHere) {
  test(`invalidates() of an asynchronous writer drops what readers on ${engine} keep, before its promise settles`, async () => {
    const names = new Map([[1, "Ann"], [2, "Bob"]]);
    let runs = 0;
    const nameOf = acache((id: number) => Promise.resolve((runs++, names.get(id))), {
      name: `names in ${engine}`,
      tags: (_, id) => [`user:${id}`],
      ...keptIn(engine, cacheDir, "writers"),
    });
    const rename = invalidates(
      async (id: number, name: string) => void names.set(id, await Promise.resolve(name)),
      (_, id) => [`user:${id}`],
    );
    const both = async () => [await nameOf(1), await nameOf(2)];
    assert.deepEqual(await both(), ["Ann", "Bob"]);
    await settled(nameOf);
    await rename(1, "Anna");
    assert.deepEqual(await both(), ["Anna", "Bob"]);
    assert.equal(runs, 3);
    await nameOf.cache.close();
  });
}

for (const engine of persistentHere.filter((name) => /sqlite|files/.test(name))) {
  test(`invalidates() of a synchronous writer is done at once on ${engine}, which answers at once`, () => {
    let runs = 0;
    const read = bcache.sync((x: number) => x + ++runs, {
      name: "sync reader",
      tags: ["sync"],
      ...keptIn(engine, cacheDir, "sync-writers"),
    });
    const write = invalidates((by: number) => void (runs += by), ["sync"]);
    assert.equal(read(0), 1);
    write(10);
    assert.equal(read(0), 12);
    assert.equal(read(0), 12);
    read.cache.close();
  });
}

test("invalidates() of a synchronous writer is done in memory before it returns, and behind on an engine that takes its time", async () => {
  const storage = new SharedMap();
  const { runs, read } = reader("here and there");
  const far = acache((x: number) => Promise.resolve(x + runs.count), {
    name: "far",
    engine: storage.engine(),
    tags: ["here and there"],
  });
  assert.equal(read(0), 1);
  assert.equal(await far(0), 1);
  await settled(far);
  const door = gate();
  storage.pause = () => door.opened;
  const write = invalidates(() => "written", ["here and there"]);
  assert.equal(write(), "written");
  assert.equal(read(0), 2, "the engine has not answered yet");
  door.open();
  await settled(far);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(await far(0), 2);
});

test("the promise of a writer settles when an engine that takes its time has heard of it", async () => {
  const storage = new SharedMap();
  const far = acache((x: number) => Promise.resolve(x), {
    name: "slow to hear",
    engine: storage.engine(),
    tags: ["slow"],
  });
  await far(0);
  await settled(far);
  const door = gate();
  storage.pause = () => door.opened;
  let done = false;
  const written = invalidates(() => Promise.resolve("written"), ["slow"])().then((result) => {
    done = true;
    return result;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(done, false);
  door.open();
  assert.equal(await written, "written");
});

test("a storage is told once, whatever the number of caches that share it, and all of them let go", async () => {
  const storage = new SharedMap();
  const engine = tiered(memory, storage.engine());
  let runs = 0;
  const readers = Array.from({ length: 5 }, (_, at) => {
    return acache((x: number) => Promise.resolve(x + ++runs), { name: `reader ${at}`, engine, tags: ["told once"] });
  });
  const read = () => Promise.all(readers.map((fn) => fn(0)));
  await read();
  for (const fn of readers) await settled(fn);
  const before = await read();
  const operations: string[] = [];
  storage.pause = (operation) => {
    operations.push(operation);
    return Promise.resolve();
  };
  await invalidates(() => Promise.resolve(), ["told once"])();
  assert.deepEqual(operations, ["set"]);
  const after = await read();
  assert.ok(after.every((value, at) => value > before[at]!), `${before} ${after}`);
  assert.equal(runs, 10);
});

test("a cache that was closed drops what it kept all the same, and is not left open", async () => {
  const storage = new SharedMap();
  const engine = storage.engine();
  let runs = 0;
  const fn = acache((x: number) => Promise.resolve(x + ++runs), { name: "closed", engine, tags: ["closed"] });
  const open = openStoreCount();
  assert.equal(await fn(0), 1);
  await fn.cache.close();
  await invalidates(() => Promise.resolve(), ["closed"])();
  assert.equal(openStoreCount(), open);
  assert.equal(await fn(0), 2);
  await fn.cache.close();
});

test("invalidates() makes of a function one of its type, name, length, properties and this", async () => {
  async function save(this: { readonly prefix: string }, id: number, _name: string, _more?: boolean): Promise<string> {
    return await Promise.resolve(this.prefix + id);
  }
  const known = Object.assign(save, { table: "users" });
  const saved: typeof known = invalidates(known, ["save"]);
  assert.deepEqual([saved.name, saved.length, saved.table], ["save", 3, "users"]);
  assert.equal(Object.prototype.toString.call(saved), "[object AsyncFunction]");
  assert.equal(await saved.call({ prefix: "#" }, 1, "x"), "#1");
  const tagged = invalidates(save, function (this: { prefix: string }, result, id, name) {
    const all: [string, number, string] = [result, id, name];
    return [this.prefix, ...all.map(String)];
  });
  assert.equal(await tagged.call({ prefix: "@" }, 2, "y"), "@2");
  const curried = invalidates(["curried"])((x: number) => x + 1);
  const given: number = curried(1);
  assert.equal(given, 2);
});

test("invalidates() on a method, static method or setter gives tags its object, its result and its arguments", () => {
  const seen: unknown[] = [];
  const tags = function (this: unknown, result: unknown, ...args: unknown[]) {
    seen.push([this, result, args]);
    return [`user:${args[0]}`];
  };
  const decorate = invalidates(tags) as unknown as <F>(
    member: F,
    context: { kind: string; name: string; static: boolean },
  ) => F;
  class Users {
    save(id: number) {
      return this.#save(id);
    }
    #save(id: number) {
      return `saved ${id}`;
    }
  }
  Users.prototype.save = decorate(Users.prototype.save, { kind: "method", name: "save", static: false });
  const setName = decorate(function (this: Users, _: string) {}, { kind: "setter", name: "name", static: false });
  Object.defineProperty(Users.prototype, "name", { set: setName });
  let runs = 0;
  const read = mcache((_: number) => ++runs, { tags: (_, id) => [`user:${id}`] });
  read(7);
  const users = new Users() as Users & { name: unknown };
  assert.equal(users.save(7), "saved 7");
  assert.equal(read(7), 2);
  users.name = 7;
  assert.equal(read(7), 3);
  assert.deepEqual(seen, [[users, "saved 7", [7]], [users, undefined, [7]]]);
  for (const kind of ["getter", "field", "class"]) {
    assert.throws(
      () => decorate(() => 1, { kind, name: "x", static: false }),
      (error: unknown) =>
        error instanceof ConfigurationError && error.message.startsWith(`Cannot decorate ${kind} "x"`),
    );
  }
});

test("a writer that fails invalidates nothing and throws its very error, in its colour", async () => {
  const { runs, read } = reader("failing");
  read(0);
  const error = new Error("mine");
  let asked = 0;
  const tags = () => (asked++, ["failing"]);
  const soon = invalidates((): void => {
    throw error;
  }, tags);
  const late = invalidates(() => Promise.reject(error), tags);
  assert.throws(soon, (thrown) => thrown === error);
  await assert.rejects(late(), (thrown) => thrown === error);
  assert.deepEqual([read(0), runs.count, asked], [1, 1, 0]);
});

test("what is computed while a writer writes is not kept", async () => {
  const door = gate<string>();
  let runs = 0;
  const read = acache(() => (runs++, runs === 1 ? door.opened : Promise.resolve("new")), { tags: ["raced"] });
  const running = read();
  await invalidates(async () => await Promise.resolve(), ["raced"])();
  door.open("old");
  assert.equal(await running, "old");
  assert.equal(await read(), "new");
  assert.equal(await read(), "new");
  assert.equal(runs, 2);
});

test("tags that throw or give no list are an event and a warning, and the writer's result is given", () => {
  const logger = new QuietLogger();
  const operations: string[] = [];
  const stop = on("error", ({ cache, operation }) => operations.push(`${cache} ${operation}`));
  setLogger(logger);
  function write() {
    return 1;
  }
  try {
    const bad = invalidates(write, () => "one" as never);
    assert.deepEqual([bad(), bad()], [1, 1]);
    assert.equal(
      invalidates(write, () => {
        throw new Error("oh");
      })(),
      1,
    );
  } finally {
    stop();
    setLogger(undefined);
  }
  assert.deepEqual(operations, Array(3).fill("write invalidate"));
  assert.deepEqual(logger.warnings, [
    'warn Cannot use the tags of "write": they are one; give a list of texts; this is said once',
    'warn Cannot use the tags of "write": oh; this is said once',
  ]);
  for (const bad of ["t", [1], null, {}]) {
    assert.throws(() => invalidates(bad as never)(write), ConfigurationError);
    assert.throws(() => invalidates(write, bad as never), ConfigurationError);
  }
  for (const fn of [1, null, "x"]) {
    assert.throws(
      () => invalidates(["t"])(fn as never),
      /^ConfigurationError: Cannot wrap .* with invalidates: it is not/,
    );
  }
});

test("invalidates() reaches contexts, and other processes on the same engine", async () => {
  const storage = new SharedMap();
  await using cache = await CacheContext.open({ name: "context", engine: storage.engine() });
  await cache.set("k", 1, { tags: ["far and wide"] });
  // Another process is one whose caches this one does not list: they share the storage alone.
  const epochs = [...storage.entries].filter(([key]) => key.startsWith("~tags/"));
  await invalidates(() => Promise.resolve(), ["far and wide"])();
  assert.equal(await cache.get("k"), undefined);
  for (const [key, entry] of epochs) assert.notEqual(storage.entries.get(key)!.body, entry.body);
  assert.equal(epochs.length, 1);
});

test("an engine that fails is an event, a warning and no error of the writer, and the other caches are done", async () => {
  const logger = new QuietLogger();
  const opening = new SharedMap().engine();
  let door = false;
  const engine: Engine = {
    ...opening,
    name: "cannot_open",
    open: (options) => door ? opening.open(options) : Promise.reject(new Error("no door")),
  };
  const broken = acache((x: number) => Promise.resolve(x), { name: "broken", engine, strict: true, tags: ["faulty"] });
  const storage = new SharedMap();
  const failing = acache((x: number) => Promise.resolve(x), {
    name: "fails",
    engine: storage.engine(),
    tags: ["faulty"],
    logger,
  });
  await failing(1);
  await settled(failing);
  const { read } = reader("faulty");
  read(0);
  const events: CacheEvent[] = [];
  const stop = on("error", (event) => {
    // Caches of other tests may still be closing.
    if (event.cache === "broken" || event.cache === "fails") events.push(event);
  });
  setLogger(logger);
  storage.pause = (operation) => operation === "set" ? Promise.reject(new Error("no room")) : Promise.resolve();
  try {
    assert.equal(await invalidates(() => Promise.resolve("written"), ["faulty"])(), "written");
    const soon = invalidates(function soon() {
      return "at once";
    }, ["faulty"]);
    assert.deepEqual([soon(), soon()], ["at once", "at once"]);
    assert.equal(read(0), 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    stop();
    setLogger(undefined);
  }
  const told = events.map((event) => `${event.type} ${event.cache} ${"operation" in event && event.operation}`);
  assert.deepEqual(told.sort(), [
    ...Array(3).fill("error broken invalidate"),
    ...Array(3).fill("error fails set"),
  ]);
  const errors = events.flatMap((event) => event.type === "error" && event.cache === "broken" ? [event.error] : []);
  assert.ok(errors.every((error) => error instanceof EngineNotAvailableError));
  const dropping = logger.warnings.filter((line) => line.startsWith('warn Cannot drop from "broken" what '));
  assert.deepEqual(dropping.map((line) => /what "(.*)" changed/.exec(line)![1]), ["anonymous", "soon"]);
  // It is in use until here, and others in this process invalidate tags, too.
  door = true;
  assert.equal(await broken(1), 1);
});
