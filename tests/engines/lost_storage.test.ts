import assert from "node:assert/strict";
import { chmodSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { acache, getCachePath, ucache } from "../../mod.ts";
import { fastFolder, keptIn, robustHere } from "../engines_here.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { settled } from "../settled.ts";
import { Soon } from "../soon.ts";

/* Storage that is taken away while a cache is in use: calls go on, with one warning, and writing resumes by itself. */

const cacheDir = fastFolder();
const posix = process.platform !== "win32";

/** Runs while nothing below a folder has more than some permissions. Root, who may do anything, is nobody meanwhile. */
async function permitting(allowed: number, folder: string, run: () => Promise<void>): Promise<void> {
  const user = process as { getuid?(): number; seteuid?(id: number): void };
  const root = user.getuid?.() === 0;
  const paths = [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))];
  const modes = paths.map((path) => statSync(path).mode & 0o777);
  for (const path of paths) chmodSync(path, allowed & (statSync(path).isDirectory() ? 0o555 : 0o444));
  if (root) user.seteuid!(65534);
  try {
    await run();
  } finally {
    if (root) user.seteuid!(0);
    for (const [at, path] of paths.entries()) chmodSync(path, modes[at]!);
  }
}

/** Runs while writing to files fails as it does on a full disk. */
async function withFullDisk(run: () => Promise<void>): Promise<void> {
  const fs = process.getBuiltinModule("node:fs") as unknown as Record<string, (...args: unknown[]) => unknown>;
  const { write, writeSync } = fs;
  const full = () => Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  fs.write = (...args) => (args.at(-1) as (error: Error) => void)(full());
  fs.writeSync = () => {
    throw full();
  };
  try {
    await run();
  } finally {
    Object.assign(fs, { write, writeSync });
  }
}

for (const engine of robustHere) {
  const opened = (folder: string, logger: QuietLogger, runs: number[]) => {
    const options = { name: "lost", logger, ...keptIn(engine, cacheDir, folder) };
    return acache((x: number) => (runs.push(x), Promise.resolve({ x })), options);
  };
  const place = (folder: string) => getCachePath(keptIn(engine, cacheDir, folder).folderName, { cacheDir });

  for (const [lost, allowed] of [["writing", 0o777], ["writing and reading", 0]] as const) {
    test(`calls on ${engine} go on when ${lost} is no longer permitted, and are kept again when it is`, {
      skip: posix ? false : "Windows has no such permissions",
      timeout: 60_000,
    }, async () => {
      const [logger, runs] = [new QuietLogger(), [] as number[]];
      const folder = `permission-${allowed}`;
      const fn = opened(folder, logger, runs);
      await fn(0);
      await settled(fn);
      await permitting(allowed, allowed === 0 ? place(folder) : cacheDir, async () => {
        for (let x = 1; x < 20; x++) assert.deepEqual(await fn(x), { x });
        await settled(fn);
      });
      assert.deepEqual(runs, Array.from({ length: 20 }, (_, x) => x));
      // One of each operation at most; an open database handle still does what a newly opened file may not.
      const operations = logger.lines.map((line) => /^warn Cannot (\w+)/.exec(line)?.[1]);
      assert.equal(new Set(operations).size, operations.length, logger.lines.join("\n"));
      runs.length = 0;
      for (const _ of [1, 2]) {
        for (let x = 100; x < 105; x++) assert.deepEqual(await fn(x), { x });
        await settled(fn);
      }
      assert.deepEqual(runs, [100, 101, 102, 103, 104]);
      await fn.cache.close();
      await fn(100);
      assert.equal(runs.length, 5, "it is on disk again");
      assert.equal(fn.cache.info.engine, engine);
      await fn.cache.close();
    });
  }

  test(
    `calls on ${engine} go on when its folder is deleted, and are kept again within 5 s`,
    { timeout: 60_000 },
    async () => {
      const [logger, runs] = [new QuietLogger(), [] as number[]];
      const fn = opened("deleted", logger, runs);
      for (let x = 0; x < 5; x++) await fn(x);
      await settled(fn);
      rmSync(place("deleted"), { recursive: true });
      const soon = new Soon();
      const other = opened("deleted", logger, runs);
      for (let x = 100;; x++) {
        assert.deepEqual(await fn(x), { x });
        await settled(fn);
        const found = readdirSync(cacheDir, { recursive: true }).map(String).some((path) =>
          path.includes(`deleted-${engine}`) && /(cache\.sqlite|value\.json)$/.test(path)
        );
        if (found) break;
        soon.within(5_000);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await fn(7);
      await settled(fn);
      await fn.cache.close();
      runs.length = 0;
      assert.deepEqual(await other(7), { x: 7 });
      assert.deepEqual(runs, [], "another handle finds what was kept since");
      assert.ok(logger.lines.length <= 1, logger.lines.join("\n"));
      await other.cache.close();
    },
  );

  for (const sync of [false, true]) {
    test(`calls on ${engine} go on when the disk is full, and are kept again when there is room (${sync ? "sync" : "async"})`, async () => {
      const logger = new QuietLogger();
      let runs = 0;
      const options = { name: "full", logger, ...keptIn(engine, cacheDir, `full-${sync}`) };
      const large = "x".repeat(100_000);
      const fn = sync
        ? ucache((x: number) => (runs++, x + large), options)
        : acache((x: number) => (runs++, Promise.resolve(x + large)), options);
      await fn(0);
      await settled(fn);
      const { errors } = fn.cache.stats();
      const calls = async () => {
        for (let x = 1; x < 20; x++) assert.equal(await fn(x), x + large);
        await settled(fn);
      };
      if (engine === "files") await withFullDisk(calls);
      else {
        const database = fn.cache.native as { exec(sql: string): void };
        database.exec("PRAGMA max_page_count = 1");
        await calls();
        database.exec("PRAGMA max_page_count = 1000000");
      }
      assert.equal(runs, 20);
      assert.ok(fn.cache.stats().errors >= errors + 19, "each is counted");
      assert.equal(logger.lines.length, 1, logger.lines.join("\n"));
      assert.equal(await fn(0), 0 + large);
      assert.equal(runs, 20, "what was kept before is still there");
      await fn(1);
      await settled(fn);
      await fn(1);
      assert.equal(runs, 21, "what comes after is kept again");
      await fn.cache.close();
    });
  }
}
