import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { acache, CacheContext, on, registerValueType, SerializationError } from "../../mod.ts";
import { FIXTURES } from "../codec/fixture_values.ts";
import { randomValue } from "../codec/random_value.ts";
import { enginesHere, fastFolder, keptIn, persistentHere } from "../engines_here.ts";
import { gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { random } from "../random.ts";
import { settled } from "../settled.ts";
import { difference } from "../structural_equality.ts";

/* What comes back from each engine, as users meet it: through a cached function, after the store was opened again. */

const cacheDir = fastFolder();
const { versions } = process;
const seed = versions["bun"] ? 1 : versions["deno"] ? 2 : 3;

for (const engine of enginesHere) {
  test(`${engine} keeps undefined, null, 0, -0, empty text, false and NaN as results`, async () => {
    const values = [undefined, null, 0, -0, "", false, NaN];
    let runs = 0;
    const options = { name: "falsy", ...keptIn(engine, cacheDir, "falsy") };
    const fn = acache((index: number) => (runs++, Promise.resolve(values[index])), options);
    for (let round = 0; round < 3; round++) {
      for (const [index, value] of values.entries()) assert.ok(Object.is(await fn(index), value), String(value));
    }
    assert.equal(runs, values.length);
    assert.deepEqual([fn.cache.stats().hits, fn.cache.stats().misses], [2 * values.length, values.length]);
    await fn.cache.close();
  });
}

for (const engine of persistentHere) {
  test(`${engine} brings back every kind of value the same in type, structure and prototype`, async () => {
    const runs: string[] = [];
    const logger = new QuietLogger();
    const options = { name: "kinds", logger, ...keptIn(engine, cacheDir, "kinds") };
    const fn = acache((name: string) => (runs.push(name), Promise.resolve(FIXTURES[name]!())), options);
    const names = Object.keys(FIXTURES);
    for (const name of names) assert.equal(difference(await fn(name), FIXTURES[name]!()), undefined, name);
    await fn.cache.close();
    for (const name of names) assert.equal(difference(await fn(name), FIXTURES[name]!()), undefined, name);
    assert.deepEqual(runs, names);
    assert.deepEqual(logger.lines, []);
    await fn.cache.close();
  });

  test(`${engine} brings back 300 random values the same in type, structure and prototype`, async () => {
    const next = random(seed);
    const made = Array.from({ length: 300 }, () => randomValue(next));
    const cache = await CacheContext.open({ name: "random", ...keptIn(engine, cacheDir, "random") });
    await cache.setMany(made.map((value, index) => [index, value] as const));
    await cache.close();
    const again = await CacheContext.open({ name: "random", ...keptIn(engine, cacheDir, "random") });
    for (const [index, value] of made.entries()) {
      assert.equal(await again.has(index), true, `value ${index} is there`);
      assert.equal(difference(await again.get(index), value), undefined, `value ${index}`);
    }
    await again.close();
  });

  test(`${engine} refuses an instance of a class until registerValueType() tells how it is kept`, async () => {
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    const logger = new QuietLogger();
    const refused: unknown[] = [];
    const stop = on("refused", ({ error }) => refused.push(error));
    let runs = 0;
    const options = { name: "classes", logger, ...keptIn(engine, cacheDir, "classes") };
    const fn = acache((x: number) => (runs++, Promise.resolve({ at: new Point(x) })), options);
    for (let call = 0; call < 2; call++) assert.ok((await fn(1)).at instanceof Point);
    stop();
    assert.equal(runs, 2);
    assert.ok(refused.length === 2 && refused.every((error) => error instanceof SerializationError));
    registerValueType(Point, {
      name: `Point in ${engine}`,
      encode: ({ x }): number => x,
      decode: (x) => new Point(x),
    });
    for (let call = 0; call < 2; call++) {
      const { at } = await fn(1);
      assert.ok(at instanceof Point && at.x === 1);
      await fn.cache.close();
    }
    assert.equal(runs, 3);
  });

  test(`${engine} keeps what the option serializer makes of a value`, async () => {
    let runs = 0;
    const serializer = {
      encode: (value: unknown) => new TextEncoder().encode(`mine ${JSON.stringify(value)}`),
      decode: (body: string | Uint8Array) => JSON.parse(new TextDecoder().decode(body as Uint8Array).slice(5)),
    };
    const options = { name: "own", serializer, ...keptIn(engine, cacheDir, "own") };
    const fn = acache((x: number) => (runs++, Promise.resolve({ x })), options);
    for (let call = 0; call < 3; call++) {
      assert.deepEqual(await fn(1), { x: 1 });
      await fn.cache.close();
    }
    assert.equal(runs, 1);
  });
}

for (const engine of enginesHere) {
  const copy = engine === "memory" ? { copy: "clone" } as const : {};
  const make = () => ({ list: [1], map: new Map([["k", [1]]]), bytes: Uint8Array.of(1), at: new Date(1) });
  const spoil = (value: ReturnType<typeof make>) => {
    value.list.push(2);
    value.map.get("k")!.push(2);
    value.bytes[0] = 2;
    value.at.setTime(2);
  };

  test(`what one caller does to a value from ${engine} never reaches a later caller`, async () => {
    let runs = 0;
    const options = { name: "changed", ...copy, ...keptIn(engine, cacheDir, "changed") };
    const fn = acache((_: number) => (runs++, Promise.resolve(make())), options);
    for (let call = 0; call < 4; call++) {
      const value = await fn(1);
      assert.equal(difference(value, make()), undefined, `call ${call}`);
      spoil(value);
      const peeked = (await fn.cache.peek(1))!.value;
      assert.equal(difference(peeked, make()), undefined, `peek ${call}`);
      spoil(peeked);
    }
    const mine = make();
    await fn.cache.set([1], mine);
    spoil(mine);
    assert.equal(difference(await fn(1), make()), undefined);
    assert.equal(runs, 1);
    await fn.cache.close();
  });

  test(`what one caller does to a value from ${engine} never reaches one who waited for the same run`, async () => {
    const opened = gate<ReturnType<typeof make>>();
    const options = { name: "cold", ...copy, ...keptIn(engine, cacheDir, "cold") };
    const fn = acache((_: number) => opened.opened, options);
    const waiting = [fn(1), fn(1), fn(1)];
    opened.open(make());
    for (const [caller, promise] of waiting.entries()) {
      const value = await promise;
      assert.equal(difference(value, make()), undefined, `caller ${caller}`);
      spoil(value);
    }
    await fn.cache.close();
  });

  test(`what one caller does to a value from ${engine} never reaches one who waited for the same read`, async () => {
    const options = { name: "warm", ...copy, ...keptIn(engine, cacheDir, "warm") };
    const fn = acache((_: number) => Promise.resolve(make()), options);
    await fn(1);
    await fn.cache.close();
    await fn.cache.set([1], make());
    await settled(fn);
    const waiting = [fn(1), fn(1), fn(1)];
    for (const [caller, promise] of waiting.entries()) {
      const value = await promise;
      assert.equal(difference(value, make()), undefined, `caller ${caller}`);
      spoil(value);
    }
    assert.equal(fn.cache.stats().hits, 3);
    await fn.cache.close();
  });
}
