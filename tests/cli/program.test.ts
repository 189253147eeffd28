import assert from "node:assert/strict";
import { test } from "node:test";
import { bcache } from "../../mod.ts";
import { runChild, startChild } from "../child.ts";
import { tempFolder } from "../temp_folder.ts";
import { deposit, say } from "./deposit.ts";

const program = new URL("../../src/cli.ts", import.meta.url);

test("the program writes what was asked for, and ends with the code that it should", async () => {
  const cacheDir = tempFolder(true);
  await deposit(cacheDir);
  const { code, stdout, stderr } = await runChild(program, ["stats", "--json", "--cache-dir", cacheDir]);
  assert.deepEqual([code, stderr], [0, ""]);
  const { out } = await say(["stats", "--json", "--cache-dir", cacheDir], Date.now());
  assert.deepEqual(JSON.parse(stdout), JSON.parse(out));
  const failed = await runChild(program, ["get", "nothing", "--cache-dir", cacheDir]);
  assert.deepEqual([failed.code, failed.stdout], [1, ""]);
  assert.match(failed.stderr, /^Cannot get "nothing"/);
});

test("the program says how it is used where it is used wrongly", async () => {
  const { code, stdout, stderr } = await runChild(program);
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^twat-cache looks after the caches.*Usage: twat-cache <command>/s);
});

test("the program reads where TWAT_CACHE_DIR says", async () => {
  const cacheDir = tempFolder(true);
  await deposit(cacheDir);
  const { stdout } = await runChild(program, ["list"], { TWAT_CACHE_DIR: cacheDir });
  assert.match(stdout, /^photo +photos +files +1 /m);
});

test("the program ends quietly when its reader leaves", async () => {
  const cacheDir = tempFolder(true);
  const text = bcache((n: number) => "x".repeat(n), { engine: "files", strict: true, cacheDir, name: "text" });
  await text.cache.set([1], "x".repeat(8_000_000));
  await text.cache.close();
  const child = startChild(program, ["get", "text", "f3f5bc94", "--raw", "--cache-dir", cacheDir]);
  child.process.stdout!.destroy();
  const { stderr } = await child.ended;
  assert.equal(stderr, "");
});

test("importing the program starts nothing, and main() runs it in the process at hand", async () => {
  const { main } = await import("../../src/cli.ts");
  assert.equal(await main(["list", "--cache-dir", tempFolder(true), "--json"]), 0);
});
