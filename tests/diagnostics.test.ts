import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import {
  acache,
  type CacheEvent,
  type CacheEventType,
  type Engine,
  engines,
  mcache,
  setLogger,
  ucache,
} from "../mod.ts";
import { audience } from "../src/audience.ts";
import { publishDiagnostics } from "../src/diagnostics.ts";
import { FakeClock } from "./fake_clock.ts";
import { gate } from "./gate.ts";
import { QuietLogger } from "./quiet_logger.ts";

/** What comes through the channels of some types while `act` runs, of one cache. */
async function published(
  cache: string,
  types: readonly CacheEventType[],
  act: () => unknown,
): Promise<Omit<CacheEvent, "cache">[]> {
  const seen: Omit<CacheEvent, "cache">[] = [];
  const hear = (message: unknown, channel: string | symbol): void => {
    const { cache: name, ...event } = message as CacheEvent;
    assert.equal(channel, `twat-cache:${event.type}`);
    if (name === cache) seen.push(event);
  };
  for (const type of types) subscribe(`twat-cache:${type}`, hear);
  try {
    await act();
  } finally {
    for (const type of types) unsubscribe(`twat-cache:${type}`, hear);
  }
  return seen;
}

test("publishDiagnostics() gives each event to the channel of its type, in order, until it is stopped", async () => {
  const fn = mcache((x: number) => x, { name: "published" });
  const calls = () => [fn(1), fn(1)];
  assert.deepEqual(await published("published", ["hit", "miss", "set"], calls), []);
  const stop = publishDiagnostics();
  try {
    const key = fn.cache.key(2);
    const seen = await published("published", ["hit", "miss", "set"], () => [fn(2), fn(2)]);
    assert.deepEqual(seen.map(({ type }) => type), ["miss", "set", "hit"]);
    assert.deepEqual(seen[0], { type: "miss", key, because: "absent" });
    assert.deepEqual(await published("published", ["miss"], () => [fn(3), fn(3)]), [
      { type: "miss", key: fn.cache.key(3), because: "absent" },
    ]);
  } finally {
    stop();
  }
  stop();
  assert.deepEqual(await published("published", ["hit", "miss", "set"], calls), []);
  assert.deepEqual(audience, { listening: false, hearing: false });
});

test("publishDiagnostics() of some types publishes those alone, and leaves hits their short way", async () => {
  const fn = mcache((x: number) => x, { name: "some" });
  const stop = publishDiagnostics(["miss", "failed", "miss"]);
  try {
    assert.deepEqual(audience, { listening: false, hearing: true });
    const seen = await published("some", ["hit", "miss", "set"], () => [fn(1), fn(1)]);
    assert.deepEqual(seen, [{ type: "miss", key: fn.cache.key(1), because: "absent" }]);
    const stopHits = publishDiagnostics(["hit"]);
    assert.equal(audience.listening, true);
    stopHits();
    assert.equal(audience.listening, false);
  } finally {
    stop();
  }
  assert.equal(fn.cache.stats().hits, 1);
});

test("publishDiagnostics() lets a caller's context through, so that an agent knows whose call it was", async () => {
  const { AsyncLocalStorage } = await import("node:async_hooks");
  const request = new AsyncLocalStorage<string>();
  const opened = gate<number>();
  const fn = acache((_: number) => opened.opened, { name: "asked" });
  const stop = publishDiagnostics(["miss", "set"]);
  const seen: unknown[] = [];
  const hear = (message: unknown) => {
    const { cache, type } = message as CacheEvent;
    if (cache === "asked") seen.push([type, request.getStore()]);
  };
  for (const type of ["miss", "set"]) subscribe(`twat-cache:${type}`, hear);
  const call = request.run("request 1", () => fn(1));
  opened.open(1);
  await request.run("request 2", () => call);
  for (const type of ["miss", "set"]) unsubscribe(`twat-cache:${type}`, hear);
  stop();
  assert.deepEqual(seen, [["miss", "request 1"], ["set", "request 1"]]);
});

test("publishDiagnostics() warns and does nothing where there is no diagnostics_channel", () => {
  const { process } = globalThis as unknown as { process: { getBuiltinModule?: unknown } };
  const { getBuiltinModule } = process;
  const logger = new QuietLogger();
  setLogger(logger);
  process.getBuiltinModule = undefined;
  try {
    publishDiagnostics()();
    assert.deepEqual(audience, { listening: false, hearing: false });
    assert.match(logger.lines.join(), /^warn Cannot publish diagnostics: there is no node:diagnostics_channel here/);
  } finally {
    process.getBuiltinModule = getBuiltinModule;
    setLogger(undefined);
  }
});

test("publishDiagnostics() tells of every type of event with all that belongs to it", async () => {
  const clock = new FakeClock();
  const logger = new QuietLogger();
  const stop = publishDiagnostics();
  const types: readonly CacheEventType[] = [
    ...["hit", "miss", "coalesced", "set", "skipped", "refused", "fenced", "failed", "refresh", "stale"] as const,
    ...["invalidate", "expire", "evict", "clear"] as const,
  ];
  const error = new RangeError("out of range");
  let [broken, failing] = [false, false];
  const opened = gate<string>();
  const fn = acache(async (what: string): Promise<unknown> => {
    await Promise.resolve();
    if (failing) throw error;
    if (what === "fenced") await fn.cache.invalidate(what);
    if (what === "shared") return await opened.opened;
    return what;
  }, {
    name: "every type",
    maxSize: 2,
    policy: "fifo",
    ttl: (value) => value === "refused" ? NaN : 1_000,
    staleWhileRevalidate: 1_000,
    staleIfError: 60_000,
    shouldCache: (value) => value !== "skipped",
    validate: () => !broken,
    clock,
    logger,
  });
  const key = (what: string) => fn.cache.key(what);
  const costs = new Set<number>();
  const told = async (act: () => unknown): Promise<unknown[]> => {
    const seen = await published("every type", types, act);
    return seen.map((event) => {
      const { cost, size, ...rest } = event as { cost?: number; size?: number } & Omit<CacheEvent, "cache">;
      if (cost !== undefined) costs.add(cost);
      return { ...rest, ...cost !== undefined && { cost: "ms" }, ...size !== undefined && { size: "bytes" } };
    });
  };
  const set = (what: string) => ({ type: "set", key: key(what), size: "bytes", cost: "ms" });
  const miss = (what: string, because = "absent") => ({ type: "miss", key: key(what), because });

  assert.deepEqual(await told(() => fn("kept")), [miss("kept"), set("kept")]);
  clock.advance(400);
  assert.deepEqual(await told(() => fn("kept")), [{ type: "hit", key: key("kept"), age: 400, state: "fresh" }]);
  assert.deepEqual(await told(() => fn("skipped")), [
    miss("skipped"),
    { type: "skipped", key: key("skipped"), cost: "ms" },
  ]);
  const refused = await told(() => fn("refused"));
  const { error: why } = refused[1] as { error: Error };
  assert.deepEqual(refused, [
    miss("refused"),
    { type: "refused", key: key("refused"), error: why, cost: "ms" },
  ]);
  assert.equal(why.name, "ConfigurationError");
  assert.deepEqual(await told(() => fn("fenced")), [
    miss("fenced"),
    { type: "invalidate", key: key("fenced") },
    { type: "fenced", key: key("fenced"), cost: "ms" },
  ]);
  const shared = () => {
    const both = [fn("shared"), fn("shared")];
    opened.open("shared");
    return Promise.all(both);
  };
  assert.deepEqual(await told(shared), [miss("shared"), { type: "coalesced", key: key("shared") }, set("shared")]);
  assert.deepEqual(await told(() => fn("evicting")), [
    miss("evicting"),
    { type: "evict", key: key("kept"), reason: "size" },
    set("evicting"),
  ]);
  clock.advance(1_500);
  const revalidated = async () => {
    await fn("shared");
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  assert.deepEqual(await told(revalidated), [
    { type: "hit", key: key("shared"), age: 1_500, state: "stale" },
    { type: "refresh", key: key("shared"), because: "stale" },
    set("shared"),
  ]);
  failing = true;
  clock.advance(10_000);
  assert.deepEqual(await told(() => fn("shared")), [
    miss("shared", "stale"),
    { type: "failed", key: key("shared"), error, cost: "ms" },
    { type: "stale", key: key("shared"), because: "failed", age: 10_000 },
  ]);
  failing = false;
  broken = true;
  await fn.cache.clear();
  await fn("shared");
  assert.deepEqual(await told(() => fn("shared")), [miss("shared", "invalid"), set("shared")]);
  assert.deepEqual(await told(() => fn.cache.expire("shared")), [{ type: "expire", key: key("shared") }]);
  assert.deepEqual(await told(() => fn.cache.clear()), [{ type: "clear", entries: 1 }]);
  assert.deepEqual([...costs].filter((cost) => !(cost >= 0)), []);

  stop();
});

test("publishDiagnostics() tells of an engine that fails, and of one that cannot be opened", async () => {
  const stop = publishDiagnostics(["error", "fallback"]);
  const memory = engines.get("memory")!;
  const fault = new Error("the disk is full");
  const failing: Engine = {
    ...memory,
    name: "failing",
    open: (options) => {
      const throws = () => {
        throw fault;
      };
      return Object.assign(memory.open(options), { set: throws });
    },
  };
  const lost: Engine = {
    ...memory,
    name: "lost",
    open: () => {
      throw new Error("it is gone");
    },
  };
  const logger = new QuietLogger();
  const told = await published(
    "failing",
    ["error"],
    () => ucache((x: number) => x, { name: "failing", engine: failing, logger })(1),
  );
  assert.deepEqual(told, [{ type: "error", operation: "set", error: fault }]);
  const moved = await published(
    "moved",
    ["fallback"],
    () => ucache((x: number) => x, { name: "moved", engine: lost, logger })(1),
  );
  assert.deepEqual(moved, [{ type: "fallback", wanted: "lost", chosen: "memory", reason: '"lost": it is gone' }]);
  stop();
});
