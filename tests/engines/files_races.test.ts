import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { files } from "../../engines/files.ts";
import { startChild } from "../child.ts";
import { random } from "../random.ts";
import { tempFolder } from "../temp_folder.ts";
import { times } from "../times.ts";
import { checkedEntry, isWhole } from "./children/checked_entry.ts";

const unbounded = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
const keys = ["s/one", "s/two", "s/three"];
const SPAN = 2_000 * times;
const KILLS = 20 * times;
const worker = new URL("./children/files_worker.ts", import.meta.url);

interface Seen {
  whole: number;
  torn: number;
  missing: number;
}

async function beside(writers: readonly string[], directory: string): Promise<Seen> {
  const working = writers.map((task, at) => startChild(worker, [task, directory, `${at + 1}`, `${SPAN}`]));
  const reading = Array.from(
    { length: 8 },
    (_, at) => startChild(worker, ["read", directory, `${at + 1}`, `${SPAN}`]),
  );
  const sum: Seen = { whole: 0, torn: 0, missing: 0 };
  for (const { code, stderr } of await Promise.all(working.map((child) => child.ended))) assert.equal(code, 0, stderr);
  for (const { code, stdout, stderr } of await Promise.all(reading.map((child) => child.ended))) {
    assert.equal(code, 0, stderr);
    const seen = JSON.parse(stdout) as Seen;
    for (const what of ["whole", "torn", "missing"] as const) sum[what] += seen[what];
  }
  return sum;
}

describe("files, many processes", () => {
  it("get() finds a whole entry when 8 readers work beside 8 writers", { timeout: 60_000 * times }, async () => {
    const directory = join(tempFolder(), "store");
    const store = files.openSync!({ directory, secure: true, bounds: unbounded });
    for (const key of keys) store.set(key, checkedEntry(7, 10));
    const seen = await beside([
      "write",
      "write-at-once",
      "write",
      "write-at-once",
      "write",
      "write-at-once",
      "write",
      "write-at-once",
    ], directory);
    assert.ok(seen.whole > 100, JSON.stringify(seen));
    assert.deepEqual({ torn: seen.torn, missing: seen.missing }, { torn: 0, missing: 0 });
    assert.deepEqual(store.usage("s/").entries, keys.length);
    const bytes = keys.reduce((sum, key) => sum + store.get(key)!.size, 0);
    assert.equal([...store.entries("s/")].length, keys.length);
    assert.ok(bytes > 0);
    for (const key of keys) assert.ok(store.delete(key));
  });

  it(
    "get() finds a whole entry or none when entries are deleted and written again",
    { timeout: 60_000 * times },
    async () => {
      const directory = join(tempFolder(), "store");
      const seen = await beside(["replace", "replace", "replace", "replace"], directory);
      assert.ok(seen.whole > 100, JSON.stringify(seen));
      assert.equal(seen.torn, 0);
    },
  );

  it(`sweep() leaves nothing behind when ${KILLS} writers were killed`, { timeout: 60_000 * times }, async () => {
    const directory = join(tempFolder(), "store");
    const next = random(20);
    for (let round = 0; round < KILLS; round += 2) {
      await Promise.all([1, 2].map(async (n) => {
        const child = startChild(worker, ["write-until-killed", directory, `${round + n}`]);
        await child.said("writing");
        await new Promise((resolve) => setTimeout(resolve, next() * 30));
        child.process.kill("SIGKILL");
        const { stdout, stderr } = await child.ended;
        assert.equal(stdout, "writing\n", stderr);
      }));
    }
    const scope = join(directory, "s");
    const strays = () =>
      readdirSync(scope).filter((name) => name !== "journal.log").flatMap((name) => {
        const names = readdirSync(join(scope, name));
        const meta = JSON.parse(readFileSync(join(scope, name, "meta.json"), "utf8")) as { file: string };
        return names.filter((other) => other !== "meta.json" && other !== meta.file);
      });
    assert.ok(strays().length > 0, "kills left something to sweep");
    const store = files.openSync!({ directory, secure: true, bounds: unbounded });
    store.sweep!("", 0);
    assert.ok(strays().length > 0, "what is younger than a minute may belong to a living writer");
    const past = Date.now() / 1000 - 120;
    for (const name of readdirSync(scope, { recursive: true })) utimesSync(join(scope, `${name}`), past, past);
    const later = files.openSync!({ directory, secure: true, bounds: unbounded });
    later.sweep!("", 0);
    assert.deepEqual(strays(), []);
    for (const key of keys) {
      const found = later.get(key);
      assert.ok(found !== undefined && isWhole(found), key);
    }
    assert.equal(later.usage("").entries, keys.length);
  });

  it("a process ends by itself when its stores were never closed", { timeout: 60_000 }, async () => {
    const directory = join(tempFolder(), "store");
    const { code, stdout, stderr } = await startChild(worker, ["leave-open", directory]).ended;
    assert.deepEqual([code, stdout], [0, "done\n"], stderr);
    assert.ok(existsSync(directory));
  });
});
