import assert from "node:assert/strict";
import { test } from "node:test";
import { bcache, type CacheEvent, mcache, on, setLogger, setLogLevel } from "../mod.ts";
import { gate } from "./gate.ts";
import { QuietLogger } from "./quiet_logger.ts";
import { tempFolder } from "./temp_folder.ts";

/** What happens in the caches of a name while `act` runs, in words. */
async function transcript(name: string, act: () => unknown): Promise<string[]> {
  const seen: string[] = [];
  const stop = on("*", (event: CacheEvent) => {
    if (event.cache !== name) return;
    const detail = event.type === "miss" ? ` ${event.because}` : event.type === "evict" ? ` ${event.reason}` : "";
    seen.push(event.type + detail);
  });
  try {
    await act();
  } finally {
    stop();
  }
  return seen;
}

test("on() tells of a miss, the value set and the hits, in order", async () => {
  const fn = mcache((x: number) => x, { name: "ordered" });
  assert.deepEqual(await transcript("ordered", () => [fn(1), fn(1), fn(2)]), [
    "miss absent",
    "set",
    "hit",
    "miss absent",
    "set",
  ]);
});

test("on() tells of coalesced callers, invalidation, fencing, expiry, eviction and clearing", async () => {
  const opened = gate<number>();
  const fn = mcache((_: string): number | Promise<number> => opened.opened, { name: "eventful", maxSize: 1 });
  const seen = await transcript("eventful", async () => {
    const both = [fn("a"), fn("a")];
    fn.cache.invalidate("a");
    opened.open(1);
    await Promise.all(both);
    fn.cache.set(["b"], 1);
    fn.cache.expire("b");
    await fn("b");
    fn.cache.set(["c"], 1);
    fn.cache.clear();
  });
  assert.deepEqual(seen, [
    "miss absent",
    "coalesced",
    "invalidate",
    "fenced",
    "set",
    "expire",
    "miss stale",
    "set",
    "evict size",
    "set",
    "clear",
  ]);
});

test("on() tells of the function's failure, and of a value that was refused", async () => {
  const fn = bcache((x: number) => {
    if (x < 0) throw new Error("negative");
    return { x, f() {} };
  }, { name: "failing events", cacheDir: tempFolder(), logger: new QuietLogger() });
  const seen = await transcript("failing events", async () => {
    await fn(-1).catch(() => {});
    await fn(1);
  });
  assert.deepEqual(seen, ["miss absent", "failed", "miss absent", "refused"]);
});

test("on() gives keys digested, the same as cache.key() gives", async () => {
  const fn = mcache((x: string | object) => x, { name: "digested" });
  const keys: string[] = [];
  const stop = on("miss", (event) => keys.push(event.key));
  fn("secret text");
  fn({ secret: "object" });
  fn("x".repeat(5_000));
  stop();
  assert.deepEqual(keys, [
    fn.cache.key("secret text"),
    fn.cache.key({ secret: "object" }),
    fn.cache.key("x".repeat(5_000)),
  ]);
  assert.ok(keys.every((key) => !key.includes("secret")));
  await Promise.resolve();
});

test("on() keeps calls going when a listener throws, and says so", () => {
  const logger = new QuietLogger();
  setLogger(logger);
  const stop = on("set", () => {
    throw new Error("listener");
  });
  try {
    assert.equal(mcache((x: number) => x)(1), 1);
    assert.equal(logger.lines.length, 1);
    assert.match(logger.lines[0]!, /^error Cannot tell a listener of "set"/);
  } finally {
    stop();
    setLogger(undefined);
  }
});

test("on() is heard no more after it was stopped, and counting goes on", () => {
  const fn = mcache((x: number) => x);
  let heard = 0;
  const stop = on("hit", () => heard++);
  fn(1);
  fn(1);
  stop();
  fn(1);
  assert.equal(heard, 1);
  assert.equal(fn.cache.stats().hits, 2);
});

test("on() takes the same listener more than once, and each stop ends one", () => {
  const fn = mcache((x: number) => x);
  let heard = 0;
  const listener = () => void heard++;
  const [first, second] = [on("miss", listener), on("miss", listener)];
  fn(1);
  assert.equal(heard, 2);
  first();
  first();
  fn(2);
  assert.equal(heard, 3);
  second();
  fn(3);
  assert.equal(heard, 3);
});

test('setLogLevel() "debug" writes a line per hit and miss, "silent" none', () => {
  const logger = new QuietLogger();
  setLogger(logger);
  try {
    const fn = mcache((x: number) => x, { name: "chatty" });
    setLogLevel("debug");
    fn(1);
    fn(1);
    assert.deepEqual(logger.lines.map((line) => line.replace(/ ….*/, "")), [
      'debug "chatty" miss',
      'debug "chatty" set',
      'debug "chatty" hit',
    ]);
    setLogLevel("silent");
    fn(1);
    mcache((x: number) => x, { ttl: () => NaN })(1);
    assert.equal(logger.lines.length, 3);
  } finally {
    setLogLevel("warn");
    setLogger(undefined);
  }
});

test("a cache leaves the console alone when it has a logger of its own", () => {
  const logger = new QuietLogger();
  const { warn } = console;
  let spoken = 0;
  console.warn = () => spoken++;
  try {
    mcache((x: number) => x, { ttl: () => NaN, logger })(1);
    assert.equal(spoken, 0);
    mcache((x: number) => x, { ttl: () => NaN })(1);
    assert.equal(spoken, 1);
  } finally {
    console.warn = warn;
  }
  assert.equal(logger.warnings.length, 1);
});
