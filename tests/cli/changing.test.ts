import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { files } from "../../engines/files.ts";
import { bcache, CacheContext } from "../../mod.ts";
import { unbounded } from "../contract/subject.ts";
import { enginesHere } from "../engines_here.ts";
import { tempFolder } from "../temp_folder.ts";
import { deposit, NOW, say } from "./deposit.ts";

/** A folder of caches with what `deposit` leaves, and a command line over it. */
async function filled() {
  const cacheDir = tempFolder(true);
  await deposit(cacheDir);
  return { cacheDir, order: (...args: string[]) => say([...args, "--cache-dir", cacheDir]) };
}

/** How many entries each cache has, by name. */
async function counts(cacheDir: string, ...args: string[]): Promise<Record<string, number>> {
  const { out } = await say(["list", "--json", "--cache-dir", cacheDir, ...args]);
  const caches: { cache: string; entries: number }[] = JSON.parse(out);
  return Object.fromEntries(caches.map(({ cache, entries }) => [cache, entries]));
}

test("clear removes the entries of the cache that is named, and no others", async () => {
  const { cacheDir, order } = await filled();
  const { code, out } = await order("clear", "square");
  assert.deepEqual([code, out], [0, "Removed 3 entries of square (folder default, files)\n"]);
  assert.deepEqual(await counts(cacheDir), { page: 2, photo: 1 });
});

test("clear wants a name or --all, and not both", async () => {
  const { cacheDir, order } = await filled();
  for (const args of [["clear"], ["clear", "square", "--all"]]) {
    const { code, err } = await order(...args);
    assert.deepEqual([code, err], [2, "Cannot clear: give the name of a cache, or --all, and not both\n"]);
  }
  assert.deepEqual(await counts(cacheDir), { page: 2, square: 3, photo: 1 });
});

test("clear --all removes every entry that the options leave, and keeps nothing for itself", async () => {
  const { cacheDir, order } = await filled();
  const { out } = await order("clear", "--all", "--json", "--folder", "default");
  assert.deepEqual(JSON.parse(out), [
    { cache: "page", folder: "default", engine: "files", removed: 2 },
    { cache: "square", folder: "default", engine: "files", removed: 3 },
  ]);
  assert.deepEqual(await counts(cacheDir), { photo: 1 });
  assert.deepEqual(readdirSync(join(cacheDir, "twat_cache", "default")), ["CACHEDIR.TAG"]);
  assert.equal((await order("clear", "--all")).code, 0);
  assert.equal((await order("clear", "--all")).err, "There was nothing to remove\n");
});

test("clear --all --remove-files deletes the folders that this library made, and no others", async () => {
  const { cacheDir, order } = await filled();
  const root = join(cacheDir, "twat_cache");
  for (const [name, tag] of [["unmarked", ""], ["theirs", "Signature: 8a477f597d28d172789f06886806bc55\n"]] as const) {
    mkdirSync(join(root, name, "kept"), { recursive: true });
    if (tag !== "") writeFileSync(join(root, name, "CACHEDIR.TAG"), tag);
  }
  const { code, out, err } = await order("clear", "--all", "--remove-files");
  assert.equal(code, 1);
  assert.match(out, /^Removed folder .*default\nRemoved folder .*photos\n$/);
  assert.match(err, /^Cannot delete folder ".*theirs": it was not made by this library; delete it yourself\n$/);
  assert.deepEqual(readdirSync(root).sort(), ["theirs", "unmarked"]);
  assert.ok(existsSync(join(root, "theirs", "kept")));
});

test("clear --remove-files wants whole folders", async () => {
  const { order } = await filled();
  for (const args of [["square"], ["--all", "--engine", "files"]]) {
    const { code, err } = await order("clear", "--remove-files", ...args);
    assert.equal(code, 2);
    assert.match(err, /^Cannot remove files: a folder goes as a whole/);
  }
});

test("clear --all fails where this runtime cannot open what is there", async () => {
  const { cacheDir, order } = await filled();
  writeFileSync(join(cacheDir, "twat_cache", "photos", "kv.sqlite3"), "", { mode: 0o600 });
  assert.equal((await order("clear", "--all")).code, enginesHere.includes("deno_kv") ? 0 : 1);
  assert.deepEqual(await counts(cacheDir), {});
});

test("prune drops what is gone, also by a tag, and nothing that may be served", async () => {
  const { cacheDir, order } = await filled();
  const { code, out } = await order("prune");
  assert.equal(code, 0);
  assert.equal(
    out,
    `\
Removed 1 entry of page (folder default, files)
Removed 1 entry of square (folder default, files)
Removed 0 entries of photo (folder photos, files)
`,
  );
  assert.deepEqual(await counts(cacheDir), { page: 1, square: 2, photo: 1 });
});

test("prune drops what is beyond the limits, of the cache that is named", async () => {
  const { cacheDir, order } = await filled();
  const removed = async (...args: string[]) => {
    const { out } = await order("prune", "--json", ...args);
    return JSON.parse(out).map((row: { cache: string; removed: number }) => [row.cache, row.removed]);
  };
  assert.deepEqual(await removed("square", "--max-age", "1h"), [["square", 2]]);
  assert.deepEqual(await removed("--max-bytes", "1KB"), [["page", 1], ["square", 0], ["photo", 1]]);
  assert.deepEqual(await removed("--max-size", "0"), [["page", 1], ["square", 1]]);
  assert.deepEqual(await counts(cacheDir), {});
});

test("prune drops first what was used longest ago", async () => {
  const cacheDir = tempFolder(true);
  let now = NOW;
  const options = { engine: "files", strict: true, cacheDir, name: "used", clock: { now: () => now } } as const;
  const cache = await CacheContext.open(options);
  for (const key of [1, 2, 3]) {
    now += 1_000;
    await cache.set(key, key);
  }
  const second = cache.key(2);
  await cache.close();
  const store = await files.open({
    directory: join(cacheDir, "twat_cache", "default"),
    secure: true,
    bounds: unbounded,
  });
  await store.touch!([{ key: second, accessedAt: now + 1_000, hits: 1 }]);
  await store.close();
  await say(["prune", "--max-size", "1", "--cache-dir", cacheDir], now);
  const left = JSON.parse((await say(["inspect", "--json", "--cache-dir", cacheDir], now)).out);
  assert.deepEqual(left.map(({ key }: { key: string }) => key), [second]);
});

test("prune and bench refuse limits that mean nothing", async () => {
  const { order } = await filled();
  for (const [name, value] of [["max-age", "soon"], ["max-size", "some"], ["max-bytes", "1 pound"]]) {
    const { code, err } = await order("prune", `--${name}`, value!);
    assert.equal(code, 2);
    assert.match(err, /^Cannot prune a cache: max\w+ is /);
  }
  const { code, err } = await say(["bench", "--time", "soon"]);
  assert.deepEqual([code, err], [2, 'Cannot measure for "soon": it is no span of time; give text such as "1s"\n']);
});

test("migrate copies entries as they are into another place, where caches find them", async () => {
  const { cacheDir, order } = await filled();
  const there = tempFolder(true);
  const { code, out } = await order("migrate", "--to-cache-dir", there);
  assert.equal(code, 0);
  assert.match(
    out,
    /^Copied \d+ entries \(folder default, files\), left out 1 .*\nCopied 1 entry \(folder photos, files\)\n$/,
  );
  const inspect = (dir: string) => say(["inspect", "--json", "--cache-dir", dir]).then(({ out }) => JSON.parse(out));
  const before = (await inspect(cacheDir)).filter(({ key }: { key: string }) => !key.endsWith("d4898855"));
  assert.deepEqual(await inspect(there), before);
  const square = bcache((n: number) => n * n, {
    engine: "files",
    cacheDir: there,
    name: "square",
    version: "1",
    clock: { now: () => NOW },
  });
  assert.equal(await square.cache.has(2), true);
  await square.cache.close();
  assert.match(
    (await order("migrate", "--to-cache-dir", there)).out,
    /^Copied 0 entries .*, left out \d+ that were there or gone\n/,
  );
});

test("migrate wants one place to go to, which is another one", async () => {
  const { order } = await filled();
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^Cannot migrate: nothing says where to/],
    [["--to-folder", "one"], /^Cannot migrate: several folders have entries, and in "one" their caches would mix/],
    [["--to-engine", "floppy"], /^Cannot migrate: no engine of that name, "floppy"/],
    [["--to-engine", "files", "--to-url", "redis://localhost"], /^Cannot migrate: a server is another place/],
    [["--to-engine", "files", "--folder", "photos"], /^Cannot copy entries: it is where the entries are already/],
    [
      ["--to-folder", "one", "--folder", "photos", "--overwrite", "perhaps"],
      /^Cannot copy entries: overwrite is "perhaps"/,
    ],
    [["--to-folder", "../up", "--folder", "photos"], /^Cannot use folder name "\.\.\/up"/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await order("migrate", ...args);
    assert.match(err, message);
    assert.equal(code, 2);
  }
});

test("migrate --to-folder leaves what was there already where it is", async () => {
  const { cacheDir, order } = await filled();
  assert.equal((await order("migrate", "--folder", "photos", "--to-folder", "pictures")).code, 0);
  assert.deepEqual(await counts(cacheDir, "--folder", "pictures"), { photo: 1 });
  assert.deepEqual(await counts(cacheDir, "--folder", "photos"), { photo: 1 });
});
