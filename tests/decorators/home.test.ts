import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
  ucache,
} from "../../mod.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { tempFolder } from "../temp_folder.ts";

const cacheDir = tempFolder();
let folders = 0;
const fresh = () => ({ cacheDir, folderName: `f${++folders}` });

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
