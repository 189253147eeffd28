import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { acache, bcache, engines, fcache, on, setLogger, setLogLevel, ucache } from "../../mod.ts";
import { offered } from "../contract/expected_engines.ts";
import { fastFolder } from "../engines_here.ts";
import { QuietLogger } from "../quiet_logger.ts";

const cacheDir = fastFolder();
let folders = 0;
const place = () => ({ cacheDir, folderName: `f${++folders}` });

const host = globalThis as { Deno?: { openKv?: unknown } };

/** Runs while this runtime has no Deno KV and no built-in modules of some names. */
async function without(modules: readonly string[], run: () => Promise<void>): Promise<void> {
  const real = process.getBuiltinModule;
  const kv = engines.get("deno_kv")!;
  engines.register({ ...kv, probe: () => "this runtime has no Deno KV" }, { replace: true });
  process.getBuiltinModule =
    ((name: string) => modules.includes(name) ? undefined : real.call(process, name)) as typeof real;
  try {
    await run();
  } finally {
    process.getBuiltinModule = real;
    engines.register(kv, { replace: true });
  }
}

const SQLITE = ["bun:sqlite", "node:sqlite"];
const EVERYTHING = [...SQLITE, "node:fs"];

const CASES: readonly [called: string, decorator: typeof bcache, options: object, missing: string[], chosen: string][] =
  [
    ["bcache", bcache, { engine: "sqlite" }, SQLITE, "files"],
    ["bcache", bcache, { engine: "bun_sqlite" }, SQLITE, "files"],
    ["acache", acache as typeof bcache, { engine: "sqlite" }, SQLITE, "memory"],
    ["bcache", bcache, {}, EVERYTHING, "memory"],
    ["fcache", fcache, {}, EVERYTHING, "memory"],
    ["ucache", ucache as typeof bcache, { persist: true }, EVERYTHING, "memory"],
  ];

for (const [called, decorator, options, missing, chosen] of CASES) {
  test(`${called}() with ${JSON.stringify(options)} keeps results in ${chosen} and warns once when the runtime lacks ${missing}`, () =>
    without(missing, async () => {
      const logger = new QuietLogger();
      const fallbacks: { wanted: string; chosen: string; reason: string }[] = [];
      const stop = on("fallback", ({ wanted, chosen, reason }) => fallbacks.push({ wanted, chosen, reason }));
      let runs = 0;
      const fn = decorator(async (x: number) => (runs++, await Promise.resolve(x)), {
        name: "falling",
        logger,
        ...options,
        ...place(),
      });
      for (let call = 0; call < 5; call++) assert.equal(await fn(1), 1);
      stop();
      assert.equal(runs, 1);
      assert.equal(fn.cache.info.engine, chosen);
      assert.equal(logger.lines.length, 1, logger.lines.join("\n"));
      assert.equal(fallbacks.length, 1);
      const { wanted, reason } = fallbacks[0]!;
      assert.equal(
        logger.lines[0],
        `warn Cannot keep "falling" in "${wanted}": ${reason}; it is kept in "${chosen}" instead`,
      );
      assert.match(reason, /this runtime has no/);
      if ("engine" in options) assert.equal(wanted, options.engine);
      await fn.cache.close();
    }));
}

test("fcache() goes from files to the first database, with one warning, when files are refused", async () => {
  const files = engines.get("files")!;
  engines.register({ ...files, probe: () => "somebody forbade it" }, { replace: true });
  try {
    const logger = new QuietLogger();
    let runs = 0;
    const fn = fcache((x: number) => (runs++, x), { name: "refused", logger, ...place() });
    for (let call = 0; call < 3; call++) assert.equal(await fn(1), 1);
    assert.equal(runs, 1);
    const expected = host.Deno?.openKv !== undefined
      ? "deno_kv"
      : offered("bun_sqlite")
      ? "bun_sqlite"
      : offered("node_sqlite")
      ? "node_sqlite"
      : "memory";
    assert.equal(fn.cache.info.engine, expected);
    assert.equal(logger.lines.length, 1);
    assert.match(logger.lines[0]!, /Cannot keep "refused" in "files": "files": somebody forbade it/);
    await fn.cache.close();
  } finally {
    engines.register(files, { replace: true });
  }
});

test("names of other libraries' engines are resolved with a hint at the name here", () => {
  const logger = new QuietLogger();
  setLogger(logger);
  setLogLevel("info");
  try {
    for (const name of ["functools", "cachebox", "cachetools", "aiocache", "joblib", "diskcache", "klepto"]) {
      logger.lines.length = 0;
      const { engine } = engines.select({ engine: name, cacheDir, folderName: "old-names" });
      assert.ok(logger.lines.length > 0, name);
      assert.match(logger.lines[0]!, new RegExp(`^info Engine "${name}" means "\\w+"( or "\\w+")* here$`));
      if (offered("node_sqlite")) assert.ok(logger.lines[0]!.includes(`"${engine.name}"`), logger.lines[0]);
    }
  } finally {
    setLogLevel("warn");
    setLogger(undefined);
  }
});
