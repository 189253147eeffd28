import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, CacheContext, ConfigurationError, invalidateTag, mcache, on } from "../../mod.ts";
import { CallCache } from "../../src/decorators/call_cache.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { SharedMap } from "../shared_map.ts";

const cacheDir = fastFolder();

/** The cache behind a wrapped function as a process of its own would reach it. */
const invalidateIn = (fn: { readonly cache: object }, tag: string) =>
  CallCache.of(fn.cache)!.on((values) => values.invalidateTag(tag));

for (const engine of enginesHere) {
  test(`invalidateTag() drops the 50 of 100 entries that carry the tag on ${engine}`, async () => {
    let runs = 0;
    const fn = acache((x: number) => (runs++, Promise.resolve(x)), {
      name: `tagged in ${engine}`,
      tags: (_, x) => ["all", x % 2 === 0 ? "even" : "odd"],
      ...keptIn(engine, cacheDir, "tagged"),
    });
    const call = async () => {
      for (let x = 0; x < 100; x++) assert.equal(await fn(x), x);
      await settled(fn);
    };
    await call();
    assert.deepEqual((await fn.cache.peek(4))!.tags, ["all", "even"]);
    await call();
    assert.equal(runs, 100);
    await invalidateTag("even");
    const kept = [];
    for (let x = 0; x < 100; x++) if (await fn.cache.has(x)) kept.push(x);
    assert.deepEqual(kept, Array.from({ length: 50 }, (_, at) => 2 * at + 1));
    await call();
    assert.equal(runs, 150);
    await invalidateTag("nobody's");
    await call();
    assert.equal(runs, 150);
    await invalidateTag("all");
    await call();
    assert.equal(runs, 250);
    await fn.cache.close();
  });

  test(`what is being computed while its tag is invalidated is not kept on ${engine}`, async () => {
    const done = gate<string>();
    let runs = 0;
    const fn = acache((_: number) => (runs++, runs === 1 ? done.opened : Promise.resolve("new")), {
      name: `fenced in ${engine}`,
      tags: ["t"],
      ...keptIn(engine, cacheDir, "fenced"),
    });
    const running = fn(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await invalidateTag("t");
    done.open("old");
    assert.equal(await running, "old");
    await settled(fn);
    assert.equal(await fn(1), "new");
    assert.equal(await fn(1), "new");
    await fn.cache.close();
  });

  test(`CacheContext.set() takes tags on ${engine}, and keys() lists what is left after invalidateTag()`, async () => {
    const cache = await CacheContext.open({ name: "ctx", tags: ["default"], ...keptIn(engine, cacheDir, "ctx") });
    await cache.set("a", 1, { tags: ["x", "y"] });
    await cache.set("b", 2, { tags: ["y"] });
    await cache.set("c", 3);
    assert.deepEqual((await cache.entries()).map(({ tags }) => tags.join()).sort(), ["default", "x,y", "y"]);
    await cache.invalidateTag("x");
    assert.deepEqual(await cache.getMany(["a", "b", "c"]), [undefined, 2, 3]);
    assert.deepEqual((await cache.keys()).sort(), ["b", "c"].map((key) => cache.key(key)).sort());
    await cache.invalidateTag("default");
    assert.equal(await cache.has("c"), false);
    await cache.close();
  });
}

test("the tags of a cache in memory are forgotten with its entries", async () => {
  let evictions = 0;
  const stop = on("evict", () => evictions++);
  const fn = mcache((x: number) => x, { maxSize: 10, tags: (x) => [`t${x}`] });
  for (let x = 0; x < 1_000; x++) fn(x);
  stop();
  assert.equal(evictions, 990);
  for (let x = 0; x < 1_000; x++) await invalidateIn(fn, `t${x}`);
  assert.equal(fn.cache.stats().size, 0);
});

test("tags that are no list of texts refuse the result, with a warning", () => {
  const logger = new QuietLogger();
  const fn = mcache((x: number) => x, { name: "bad tags", logger, tags: (() => "one") as never });
  assert.equal(fn(1), 1);
  assert.equal(fn.cache.stats().errors, 1);
  assert.match(logger.lines[0]!, /Cannot use the tags of "bad tags": they gave one; give a list of texts/);
  assert.throws(() => mcache((x: number) => x, { tags: "one" as never }), ConfigurationError);
});

test("a tag that another process invalidates is a miss here, and so is one whose epoch was forgotten", async () => {
  const storage = new SharedMap();
  let runs = 0;
  const make = () =>
    acache((x: number) => (runs++, Promise.resolve(x)), { name: "shared tags", engine: storage.engine(), tags: ["t"] });
  const [a, b] = [make(), make()];
  await a(1);
  await settled(a);
  await b(1);
  assert.equal(runs, 1);
  await invalidateIn(b, "t");
  await a(1);
  await settled(a);
  assert.equal(runs, 2);
  const [epoch] = [...storage.entries.keys()].filter((key) => key.startsWith("~tags/"));
  storage.entries.delete(epoch!);
  await b(1);
  assert.equal(runs, 3);
});

test("a value that was computed from before another process's invalidateTag() is not kept", async () => {
  const storage = new SharedMap();
  const done = gate<string>();
  let runs = 0;
  const make = () =>
    acache((_: number) => (runs++, runs === 1 ? done.opened : Promise.resolve("new")), {
      name: "tags across",
      engine: storage.engine(),
      tags: ["t"],
    });
  const [a, b] = [make(), make()];
  const running = a(1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  await invalidateIn(b, "t");
  done.open("old");
  assert.equal(await running, "old");
  await settled(a);
  assert.equal(await b(1), "new");
  assert.equal(await a(1), "new");
});
