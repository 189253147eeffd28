import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { bcache } from "../../mod.ts";
import { expectedEngines, runtimeName } from "../contract/expected_engines.ts";
import { persistentHere } from "../engines_here.ts";
import { redisMissing, startRedis } from "../redis_server.ts";
import { tempFolder } from "../temp_folder.ts";
import { deposit, say } from "./deposit.ts";

for (const engine of persistentHere) {
  const kind = engine.endsWith("sqlite") ? "sqlite" : engine;

  test(`each command works on what ${engine} keeps`, async () => {
    const cacheDir = tempFolder(true);
    await deposit(cacheDir, engine);
    const order = (...args: string[]) => say([...args, "--cache-dir", cacheDir]);
    const json = async (...args: string[]) => JSON.parse((await order(...args, "--json")).out);
    const list = (await json("list", "--engine", kind)) as { cache: string; engine: string; entries: number }[];
    assert.deepEqual(list.map(({ cache, engine, entries }) => [cache, engine, entries]), [
      ["page", kind, 2],
      ["square", kind, 3],
      ["photo", kind, 1],
    ]);
    const [square] = await json("stats", "square");
    assert.deepEqual([square.fresh, square.stale, square.gone], [1, 1, 1]);
    assert.equal((await json("inspect", "page"))[0].state, "gone");
    assert.equal((await order("get", "…49950d30")).out, "4\n");
    assert.deepEqual((await order("get", "…90737a21", "--raw")).bytes, new Uint8Array(1_500).fill(7));
    assert.deepEqual((await json("prune", "square")).map(({ removed }: { removed: number }) => removed), [1]);
    if (kind === "files") assert.equal((await order("migrate", "--to-folder", "f2", "--folder", "default")).code, 0);
    else assert.equal((await order("migrate", "--to-engine", "files")).code, 0);
    assert.equal((await order("clear", "--all")).code, 0);
    assert.deepEqual(await json("list"), []);
  });
}

test("a folder that others may read stays so", async () => {
  const cacheDir = tempFolder(true);
  const engine = persistentHere[0]!;
  const square = bcache((n: number) => n * n, { engine, strict: true, cacheDir, name: "square", secure: false });
  await square.cache.set([2], 4);
  await square.cache.close();
  const folder = join(cacheDir, "twat_cache", "default");
  const modes = () => readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
  const before = modes();
  const { code, out } = await say(["list", "--cache-dir", cacheDir]);
  assert.equal(code, 0);
  assert.match(out, /^square /m);
  if (process.platform !== "win32") {
    assert.deepEqual(modes().filter(([name]) => before.some(([other]) => other === name)), before);
  }
});

test("bench compares the engines of this runtime with memory", async () => {
  const { code, out } = await say(["bench", "--time", "1ms", "--json"]);
  assert.equal(code, 0);
  const rows: { engine: string; setMs: number; getMs: number; setRatio: number; getRatio: number }[] = JSON.parse(out);
  assert.deepEqual(rows.map(({ engine }) => engine).sort(), [...expectedEngines[runtimeName()]].sort());
  assert.deepEqual([rows[0]!.engine, rows[0]!.setRatio, rows[0]!.getRatio], ["memory", 1, 1]);
  for (const { setMs, getMs } of rows) assert.ok(setMs > 0 && getMs > 0);
});

test("bench shows what operations take, and how many times as long as in memory", async () => {
  const { out } = await say(["bench", "--time", "1ms"]);
  assert.match(
    out,
    /^engine +set +get +set \/ memory +get \/ memory\nmemory +[\d.]+ [µm]s +[\d.]+ [µm]s +× 1\.0 +× 1\.0\n/,
  );
});

test("--url looks at one folder on a server, and migrate brings entries there and back", {
  skip: redisMissing ?? false,
}, async () => {
  const server = await startRedis();
  try {
    const cacheDir = tempFolder(true);
    await deposit(cacheDir);
    assert.equal((await say(["migrate", "--cache-dir", cacheDir, "--to-url", server.url])).code, 0);
    const { code, out } = await say(["inspect", "square", "--url", server.url]);
    assert.equal(code, 0);
    assert.match(out, /^square {2}default {2}redis {3}…49950d30 {2}6b86b273 {2}30 min {6}30 min {3}1 B$/m);
    assert.equal((await say(["get", "90737a21", "--url", server.url, "--folder", "photos"])).code, 0);
    const back = tempFolder(true);
    const target = ["--to-cache-dir", back];
    assert.equal((await say(["migrate", "--url", server.url, ...target])).code, 2);
    assert.equal((await say(["migrate", "--url", server.url, "--to-engine", "files", ...target])).code, 0);
    assert.match((await say(["list", "--cache-dir", back])).out, /^square +default +files +2 /m);
    assert.equal((await say(["clear", "square", "--url", server.url])).code, 0);
    assert.doesNotMatch((await say(["list", "--url", server.url])).out, /square/);
  } finally {
    await server.close();
  }
});

test("--url fails at a server that does not answer, and is refused where it means nothing", async () => {
  assert.equal((await say(["list", "--url", "redis://127.0.0.1:1"])).code, 1);
  assert.equal((await say(["list", "--url", "gopher://localhost"])).code, 2);
  assert.equal((await say(["list", "--url", "redis://localhost", "--engine", "files"])).code, 2);
});
