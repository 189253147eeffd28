import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, EngineError, on } from "../../mod.ts";
import { Guard } from "../../src/flow/guard.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { SharedMap } from "../shared_map.ts";

const unreachable = { code: "ERR_CACHE_ENGINE_UNREACHABLE" };
const hang = () => new Promise<never>(() => {});

test("Guard run() leaves what answers at once alone, and lets answers and errors through", async () => {
  const guard = new Guard("g");
  assert.equal(guard.run(50, () => 7), 7);
  assert.equal(await guard.run(50, () => Promise.resolve(8)), 8);
  const error = new Error("mine");
  assert.throws(() =>
    guard.run(50, () => {
      throw error;
    }), (thrown) => thrown === error);
  await assert.rejects(async () => await guard.run(50, () => Promise.reject(error)), (thrown) => thrown === error);
});

test("Guard run() rejects when there is no answer within the limit", async () => {
  const guard = new Guard("frozen");
  await assert.rejects(async () => await guard.run(10, hang), (error: EngineError) => {
    assert.ok(error instanceof EngineError && error.engine === "frozen");
    assert.match(error.message, /^Cannot wait for engine "frozen": it did not answer within 10 ms; /);
    return error.code === unreachable.code;
  });
});

test("Guard run() does not count the time in which the process was too busy to hear an answer", async () => {
  const guard = new Guard("g");
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<string>((resolve) => port1.onmessage = () => resolve("heard"));
  try {
    const asked = guard.run(40, () => (port2.postMessage(undefined), answer));
    for (const until = Date.now() + 120; Date.now() < until;);
    assert.equal(await asked, "heard");
  } finally {
    port1.close();
  }
});

test("Guard run() asks no more after three failures in a row, and tries once when it has rested", async () => {
  const guard = new Guard("g");
  let asked = 0;
  const ask = async (answer: () => Promise<unknown>) => await guard.run(5, () => (asked++, answer()));
  for (let failure = 0; failure < 3; failure++) await assert.rejects(ask(hang), unreachable);
  for (let call = 0; call < 100; call++) await assert.rejects(ask(hang), unreachable);
  assert.equal(asked, 3);
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  const trial = ask(() => new Promise((resolve) => setTimeout(resolve, 2)));
  await assert.rejects(ask(hang), unreachable);
  await trial;
  assert.equal(asked, 4);
  assert.equal(await ask(() => Promise.resolve(5)), 5);
});

test("Guard run() counts errors of an unreachable server as failures, and others not", async () => {
  const guard = new Guard("g");
  let asked = 0;
  const fail = (code: string) => () => (asked++, Promise.reject(new EngineError("x", { engine: "g", code })));
  for (let call = 0; call < 5; call++) {
    await assert.rejects(async () => await guard.run(50, fail("ERR_CACHE_ENGINE_BUSY")));
  }
  assert.equal(asked, 5);
  for (let call = 0; call < 5; call++) await assert.rejects(async () => await guard.run(50, fail(unreachable.code)));
  assert.equal(asked, 8);
});

test("Guard run() lets a thousand operations wait, and no more", async () => {
  const guard = new Guard("g");
  let asked = 0;
  const all = Array.from({ length: 1_500 }, async () => await guard.run(50, () => (asked++, hang())));
  const settled = await Promise.allSettled(all);
  assert.ok(settled.every(({ status }) => status === "rejected"));
  assert.equal(asked, 1_000);
});

test("a call waits for a hanging engine no longer than engineTimeout, and the function runs", async () => {
  const storage = new SharedMap();
  storage.pause = hang;
  const logger = new QuietLogger();
  const errors: string[] = [];
  const stop = on("error", ({ operation, error }) => errors.push(`${operation} ${(error as EngineError).code}`));
  let runs = 0;
  const fn = acache((x: number) => (runs++, Promise.resolve(x)), {
    name: "hanging",
    engine: storage.engine(),
    engineTimeout: 20,
    logger,
  });
  for (let call = 0; call < 10; call++) assert.equal(await fn(call), call);
  stop();
  assert.equal(runs, 10);
  assert.ok(errors.includes(`get ${unreachable.code}`));
  assert.equal(new Set(logger.lines).size, logger.lines.length, "a warning was repeated");
  assert.equal(fn.cache.stats().inFlight, 0);
});

test("an engine that hangs at opening gives way to the next, and is moved to when it opens after all", async () => {
  const storage = new SharedMap();
  const engine = storage.engine({ remote: true });
  let opens = 0;
  const slow = { ...engine, open: () => ++opens === 1 ? hang() : engine.open({} as never) };
  const logger = new QuietLogger();
  let runs = 0;
  const fn = acache((x: number) => (runs++, Promise.resolve(x)), {
    name: "late",
    engine: slow,
    engineTimeout: 20,
    logger,
  });
  assert.equal(await fn(1), 1);
  assert.equal(fn.cache.info.engine, "memory");
  assert.match(logger.lines.join(), /"shared_map": it did not open within 20 ms; it is kept in "memory" instead/);
  assert.equal(await fn(1), 1);
  assert.equal(runs, 1);
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  await fn(1);
  for (let turn = 0; turn < 1_000 && fn.cache.info.engine === "memory"; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(fn.cache.info.engine, "shared_map");
  await fn(1);
  assert.equal(runs, 2);
  assert.equal(logger.lines.length, 1);
  await fn.cache.close();
});
