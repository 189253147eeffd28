import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  acache,
  bcache,
  type Engine,
  EngineNotAvailableError,
  engines,
  fcache,
  on,
  PathError,
  SerializationError,
  ucache,
} from "../../mod.ts";
import { FakeClock } from "../fake_clock.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { tempFolder } from "../temp_folder.ts";

const cacheDir = tempFolder();
let folders = 0;
const fresh = () => ({ cacheDir, folderName: `f${++folders}` });

for (const [called, decorator] of [["bcache", bcache], ["fcache", fcache]] as const) {
  test(`${called}() keeps falsy results, and gives a promise for a synchronous function`, async () => {
    for (const value of [undefined, null, 0, "", false, NaN, -0]) {
      let runs = 0;
      const fn = decorator((_: number) => (runs++, value), { name: "falsy", ...fresh() });
      const promise = fn(1);
      assert.ok(promise instanceof Promise);
      assert.ok(Object.is(await promise, value));
      await fn.cache.close();
      assert.ok(Object.is(await fn(1), value));
      assert.equal(runs, 1, String(value));
    }
  });

  test(`${called}() expires at exactly ttl and holds maxSize, after reopening, too`, async () => {
    const clock = new FakeClock();
    let runs = 0;
    const fn = decorator((x: number) => (runs++, x), { name: "bounds", ttl: "1m", maxSize: 3, clock, ...fresh() });
    await fn(1);
    await fn.cache.close();
    clock.advance(59_999);
    await fn(1);
    assert.equal(runs, 1);
    clock.advance(1);
    await fn(1);
    assert.equal(runs, 2);
    for (let x = 0; x < 10; x++) {
      await fn(x);
      await fn.cache.close();
      assert.ok(fn.cache.stats().size <= 3);
    }
    assert.equal(fn.cache.stats().size, 3);
  });

  test(`${called}() holds maxBytes`, async () => {
    const fn = decorator((x: number) => new Uint8Array(300_000).fill(x), { name: "bytes", maxBytes: 1e6, ...fresh() });
    for (let x = 0; x < 8; x++) {
      await fn(x);
      await settled(fn);
    }
    const { bytes, size } = fn.cache.stats();
    assert.ok(bytes <= 1e6 && size === 3, `${size} entries, ${bytes} bytes`);
  });

  for (const [policy, gone] of [["lru", "b"], ["lfu", "b"], ["fifo", "a"], ["lifo", "b"], ["mru", "a"]] as const) {
    test(`${called}() with policy ${policy} evicts ${gone} after a, b, a, c at 2`, async () => {
      const fn = decorator((x: string) => x, { name: "trace", maxSize: 2, policy, ...fresh() });
      for (const x of policy === "lfu" ? ["a", "b", "a", "a", "c"] : ["a", "b", "a", "c"]) {
        await fn(x);
        await settled(fn);
      }
      const kept: string[] = [];
      for (const x of ["a", "b", "c"]) if (await fn.cache.has(x)) kept.push(x);
      assert.deepEqual(kept, ["a", "b", "c"].filter((x) => x !== gone));
    });
  }

  test(`${called}() never shares entries between functions, even in one folder with equal arguments`, async () => {
    const place = fresh();
    const double = decorator((x: number) => x * 2, { name: "double", ...place });
    const triple = decorator((x: number) => x * 3, { name: "triple", ...place });
    assert.deepEqual([await double(2), await triple(2), await double(2), await triple(2)], [4, 6, 4, 6]);
    assert.equal(await double.cache.clear(), 1);
    assert.equal(await triple.cache.has(2), true);
  });

  test(`${called}() computes again when the source of the function changes, and hits when it is back`, async () => {
    const place = fresh();
    let runs = 0;
    const versions = [
      (x: number) => (runs++, x + 1),
      (x: number) => (runs++, x + 2),
      (x: number) => (runs++, /* a comment does not count */ x + 1),
    ];
    const answers: number[] = [];
    for (const fn of versions) {
      const cached = decorator(fn, { name: "changing", ...place });
      answers.push(await cached(1));
      await cached.cache.close();
    }
    assert.deepEqual(answers, [2, 3, 2]);
    assert.equal(runs, 2);
    await decorator(versions[1]!, { name: "changing", version: "mine", ...place })(1);
    assert.equal(runs, 3);
  });

  test(`${called}() returns a value that would not survive, warns once, and keeps nothing`, async () => {
    class Thing {
      readonly x = 1;
    }
    const logger = new QuietLogger();
    const errors: unknown[] = [];
    const stop = on("refused", ({ error }) => errors.push(error));
    let runs = 0;
    const fn = decorator((_: number) => (runs++, new Thing()), { name: "thing", logger, ...fresh() });
    assert.ok(await fn(1) instanceof Thing);
    assert.ok(await fn(1) instanceof Thing);
    stop();
    assert.equal(runs, 2);
    assert.equal(errors.length, 2);
    assert.ok(errors.every((error) => error instanceof SerializationError && error.code === "ERR_CACHE_SERIALIZATION"));
    assert.equal(logger.warnings.length, 1);
    assert.match(logger.warnings[0]!, /Thing/);
    await assert.rejects(fn.cache.set([1], new Thing()), SerializationError);
  });

  test(`${called}() runs the function once and gives its error as the same object`, async () => {
    const error = new Error("mine");
    let runs = 0;
    const fn = decorator((_: number) => {
      runs++;
      throw error;
    }, { name: "failing", ...fresh() });
    await assert.rejects(fn(1), (thrown) => thrown === error);
    assert.equal(runs, 1);
  });

  test(`${called}() shares one run among concurrent callers`, async () => {
    let runs = 0;
    const fn = decorator(async (x: number) => (runs++, await Promise.resolve(x)), { name: "shared", ...fresh() });
    assert.deepEqual(await Promise.all(Array.from({ length: 20 }, () => fn(7))), Array(20).fill(7));
    assert.equal(runs, 1);
    const { hits, misses, coalesced } = fn.cache.stats();
    assert.deepEqual([hits, misses, coalesced], [0, 20, 19]);
  });

  test(`${called}() with secure, the default, writes no argument text`, async () => {
    const place = fresh();
    const fn = decorator((secret: string) => secret.length, { name: "discreet", ...place });
    await fn("correct horse battery staple");
    await fn.cache.close();
    const bytes = allBytes(join(cacheDir, "twat_cache", place.folderName));
    assert.ok(bytes.length > 0);
    assert.equal(bytes.includes("battery staple"), false);
  });

  test(`${called}.sync() keeps a synchronous function synchronous`, async () => {
    const place = fresh();
    let runs = 0;
    const fn = decorator.sync((x: number) => (runs++, { x, at: new Date(x) }), { name: "sync", ...place });
    const first = fn(1);
    assert.deepEqual(first, { x: 1, at: new Date(1) });
    assert.deepEqual(fn(1), first);
    assert.equal(runs, 1);
    assert.equal(fn.cache.has(1), true);
    assert.equal(fn.cache.invalidate(1), true);
    fn.cache.close();
    fn(1);
    assert.equal(runs, 2);
    fn.cache.close();
    const later = decorator((x: number) => (runs++, { x, at: new Date(x) }), { name: "sync", ...place });
    assert.deepEqual(await later(1), first);
  });

  test(`${called}() refuses a folder name that leads out of the cache folder`, () => {
    for (const folderName of ["..", ".", "../x", "/etc", "a/b", "C:\\x", "nul", "a\0b", "ａ", "x".repeat(300)]) {
      assert.throws(() => decorator((x: number) => x, { name: "hostile", cacheDir, folderName }), {
        name: /PathError|ConfigurationError/,
      });
    }
  });
}

function allBytes(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return Buffer.concat(files.map((file) => readFileSync(join(file.parentPath, file.name))));
}

test("fcache() keeps a compressed 1000×1000 Float64Array bit for bit", async () => {
  const place = fresh();
  const matrix = (size: number) => Float64Array.from({ length: size * size }, (_, index) => Math.sin(index / 1000));
  const fn = fcache(matrix, { name: "matrix", compress: true, ...place });
  const plain = matrix(1000);
  await fn(1000);
  await fn.cache.close();
  const back = await fn(1000);
  assert.equal(back.constructor, Float64Array);
  assert.deepEqual(new Uint8Array(back.buffer, back.byteOffset, back.byteLength), new Uint8Array(plain.buffer));
  assert.equal(fn.cache.stats().hits, 1);
});

test("fcache() writes a file of less than half the size when the value is compressible", async () => {
  const place = fresh();
  const fn = fcache((size: number) => "all work and no play ".repeat(size), { name: "text", compress: true, ...place });
  await fn(10_000);
  await fn.cache.close();
  const folder = join(cacheDir, "twat_cache", place.folderName);
  const largest = Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
      .map((file) => statSync(join(file.parentPath, file.name)).size),
  );
  assert.ok(largest < 210_000 / 2, `${largest} bytes`);
});

test("bcache() and fcache() make folders for this user alone, unless secure is off", {
  skip: process.platform === "win32" && "Windows has no such modes",
}, async () => {
  for (const decorator of [bcache, fcache]) {
    for (const secure of [true, false]) {
      const place = fresh();
      const fn = decorator((x: number) => x, { name: "modes", secure, ...place });
      await fn(1);
      await fn.cache.close();
      const folder = join(cacheDir, "twat_cache", place.folderName);
      assert.equal(statSync(folder).mode & 0o777, secure ? 0o700 : 0o755);
    }
  }
});

test("bcache() falls back to memory with exactly one warning when no folder can be used", async () => {
  const blocked = join(cacheDir, "a-file");
  writeFileSync(blocked, "");
  const logger = new QuietLogger();
  const fallbacks: unknown[] = [];
  const stop = on("fallback", (event) => fallbacks.push(event));
  let runs = 0;
  const fn = bcache((x: number) => (runs++, x), { name: "blocked", cacheDir: blocked, logger });
  assert.equal(await fn(1), 1);
  assert.equal(await fn(1), 1);
  stop();
  assert.equal(runs, 1);
  assert.equal(fn.cache.info.engine, "memory");
  assert.ok(fn.cache.info.refused.length >= 2);
  assert.equal(logger.warnings.length, 1);
  assert.equal(fallbacks.length, 1);
  assert.match(logger.warnings[0]!, /Cannot keep "blocked" in ".+": .+; it is kept in "memory" instead/);
});

test("bcache() with strict throws EngineNotAvailableError that names what was tried", async () => {
  const blocked = join(cacheDir, "another-file");
  writeFileSync(blocked, "");
  const fn = bcache((x: number) => x, { name: "strict", cacheDir: blocked, engine: ["sqlite", "files"], strict: true });
  await assert.rejects(fn(1), (error: EngineNotAvailableError) => {
    assert.ok(error instanceof EngineNotAvailableError, String(error));
    assert.equal(error.code, "ERR_CACHE_ENGINE_NOT_AVAILABLE");
    assert.ok(error.tried.length >= 2);
    return true;
  });
  assert.throws(
    () => bcache((x: number) => x, { name: "s2", engine: "sqllite", strict: true }),
    /did you mean "sqlite"\?/,
  );
});

test("engine takes a name, another library's name, an engine, or a list, and says when it is not there", async () => {
  for (
    const [engine, expected] of [
      ["files", ["files"]],
      ["sqlite", ["bun_sqlite", "node_sqlite"]],
      ["joblib", ["files"]],
      ["diskcache", ["bun_sqlite", "node_sqlite"]],
    ] as const
  ) {
    const logger = new QuietLogger();
    const fn = acache(async (x: number) => await Promise.resolve(x), {
      engine,
      logger,
      name: "named",
      version: engine,
      ...fresh(),
    });
    assert.equal(await fn(1), 1);
    if (engine === "files" || engines.available().some(({ name, available }) => name === "node_sqlite" && available)) {
      assert.ok((expected as readonly string[]).includes(fn.cache.info.engine), fn.cache.info.engine);
      assert.deepEqual(logger.warnings, []);
    }
    await fn.cache.close();
  }
  const logger = new QuietLogger();
  const fn = bcache((x: number) => x, { engine: "bogus", name: "bogus", logger, ...fresh() });
  await fn(1);
  assert.equal(logger.warnings.length, 1);
  assert.match(logger.warnings[0]!, /no engine has that name/);
});

test("two functions of one folder share one open store, and the last to close closes it", async () => {
  const place = fresh();
  let opened = 0;
  let closed = 0;
  const real = engines.get("files")!;
  const counting: Engine = {
    ...real,
    name: "counting",
    open: (options) => {
      opened++;
      const store = real.open(options) as Exclude<ReturnType<typeof real.open>, Promise<unknown>>;
      return new Proxy(store, {
        get(target, name) {
          if (name === "close") closed++;
          const value = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    },
  };
  const a = bcache((x: number) => x, { name: "a", engine: counting, ...place });
  const b = bcache((x: number) => x, { name: "b", engine: counting, ...place });
  await Promise.all([a(1), b(1)]);
  assert.equal(opened, 1);
  await a.cache.close();
  assert.equal(closed, 0);
  await b.cache.close();
  assert.equal(closed, 1);
});

test("two functions with one name and source in one folder are told apart or refused", () => {
  const place = fresh();
  const make = (factor: number) => {
    function scale(x: number): number {
      return x * factor;
    }
    return scale;
  };
  const two = make(2);
  bcache(two, place);
  bcache(two, place);
  assert.throws(
    () => bcache(make(3), place),
    /Cannot keep "scale" in folder .+: another function of that name and source/,
  );
  bcache(make(4), { name: "scale by 4", ...place });
});

test("an anonymous or native function needs a name, a version, where values outlive the process", () => {
  assert.throws(() => bcache((() => (x: number) => x)(), fresh()), /name/);
  assert.throws(() => bcache(Math.max.bind(null), { name: "max", ...fresh() }), /version/);
  bcache(Math.max.bind(null), { name: "max", version: "1", ...fresh() });
});

test("ucache() goes by its hints, and says why", () => {
  const expected: [object, string[]][] = [
    [{}, ["memory"]],
    [{ ttl: "5m" }, ["memory"]],
    [{ folderName: "u1" }, ["deno_kv", "bun_sqlite", "node_sqlite", "files"]],
    [{ persist: true }, ["deno_kv", "bun_sqlite", "node_sqlite", "files"]],
    [{ folderName: "u2", persist: false }, ["memory"]],
    [{ compress: true }, ["files"]],
    [{ folderName: "u3", compress: "gzip" }, ["files"]],
    [{ engine: "files" }, ["files"]],
  ];
  for (const [options, engine] of expected) {
    for (const fn of [(x: number) => x, async (x: number) => await Promise.resolve(x)]) {
      const { info } = ucache(fn, { cacheDir, name: "hinted", ...options }).cache;
      assert.ok(engine.includes(info.engine), `${JSON.stringify(options)} gave ${info.engine}`);
      assert.equal(info.persistent, engine[0] !== "memory");
      assert.ok(info.reason.length > 10);
    }
  }
});

test("ucache() leaves functions their colour on persistent engines, too", async () => {
  const place = fresh();
  const sync = ucache((x: number) => x * 2, { name: "u sync", ...place });
  assert.equal(sync(2), 4);
  assert.equal(sync(2), 4);
  const promising = ucache((x: number) => Promise.resolve(x * 2), { name: "u promising", ...place });
  assert.equal(await promising(2), 4);
  assert.ok(promising(2) instanceof Promise);
  assert.equal(await promising(2), 4);
  assert.equal(promising.cache.stats().hits, 2);
});

test("acache() refuses a folder without an engine to put it in", () => {
  assert.throws(() => acache(async (x: number) => await Promise.resolve(x), { folderName: "x" }), /folderName/);
});

test("a directory that others made is neither used nor deleted", async () => {
  const folder = join(cacheDir, "twat_cache", "foreign");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "precious.txt"), "mine");
  const logger = new QuietLogger();
  const fn = fcache((x: number) => x, { name: "foreign", cacheDir, folderName: "foreign", logger });
  assert.equal(await fn(1), 1);
  assert.equal(fn.cache.info.engine, "memory");
  assert.equal(readFileSync(join(folder, "precious.txt"), "utf8"), "mine");
  assert.equal(new PathError("x").code, "ERR_CACHE_PATH");
});
