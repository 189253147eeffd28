import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { bcache, type CacheOptions } from "../../mod.ts";
import { enginesHere } from "../engines_here.ts";
import { tempFolder } from "../temp_folder.ts";
import { deposit, NOW, say } from "./deposit.ts";

const filled = tempFolder(true);
await deposit(filled);

/** Runs a command line over what was deposited. */
const look = (...args: string[]) => say([...args, "--cache-dir", filled]);

/** A cache in a folder of its own, of which values can be deposited. */
function cacheIn(cacheDir: string, name: string, options: CacheOptions = {}) {
  const only = { engine: "files", strict: true, version: "1" } as const;
  return bcache((n: number): unknown => n, { ...only, cacheDir, name, ...options });
}

test("list shows each cache with what it holds", async () => {
  const { code, out, err } = await look("list");
  assert.deepEqual({ code, err }, { code: 0, err: "" });
  assert.equal(
    out,
    `\
cache   folder   engine  entries    size  last stored
page    default  files         2    55 B      1 s ago
square  default  files         3     4 B   30 min ago
photo   photos   files         1  1.5 KB     0 ms ago
`,
  );
});

test("list --json gives numbers and instants, of the folder that is named", async () => {
  const { out } = await look("list", "--json", "--folder=photos");
  assert.deepEqual(JSON.parse(out), [
    { cache: "photo", folder: "photos", engine: "files", entries: 1, bytes: 1500, storedAt: NOW },
  ]);
});

test("stats counts what is fresh, stale and gone, also by a tag that was invalidated", async () => {
  const { code, out } = await look("stats");
  assert.equal(code, 0);
  assert.equal(
    out,
    `\
cache   folder   engine  entries  fresh  stale  gone  versions    size  oldest  newest  cost
page    default  files         2      1      0     1         1    55 B     2 s     1 s  0 ms
square  default  files         3      1      1     1         1     4 B    10 h  30 min  0 ms
photo   photos   files         1      1      0     0         1  1.5 KB    0 ms    0 ms  0 ms
`,
  );
  const [square, ...others] = JSON.parse((await look("stats", "square", "--json")).out);
  assert.deepEqual(others, []);
  assert.equal(square.oldestAt, NOW - 600 * 60_000);
  assert.equal(square.costMs, 0);
});

test("inspect shows entries without values, the last stored first, and the call where labels tell it", async () => {
  const { code, out } = await look("inspect");
  assert.equal(code, 0);
  assert.equal(
    out,
    `\
cache   folder   engine  key        version      age  expires in    size  tags         call
page    default  files   …428f1e61  6b86b273     1 s        gone    29 B  pages, /old  page("/old")
page    default  files   …72f8fdaa  6b86b273     2 s       never    26 B  pages, /     page("/")
square  default  files   …49950d30  6b86b273  30 min      30 min     1 B
square  default  files   …fa799543  6b86b273   1.5 h       stale     1 B
square  default  files   …d4898855  6b86b273    10 h        gone     2 B
photo   photos   files   …90737a21  6b86b273    0 ms       never  1.5 KB
`,
  );
});

test("inspect --json tells whole keys, and never as null", async () => {
  const [page] = JSON.parse((await look("inspect", "page", "--json")).out).slice(1);
  assert.match(page.key, /^page-[0-9a-f]{8}\/6b86b273-[0-9a-f]{32}72f8fdaa$/);
  assert.equal(page.freshUntil, null);
  assert.deepEqual(page.tags, ["pages", "/"]);
  assert.equal(page.state, "fresh");
});

test("inspect finds a cache by its scope, too, and says which name is near to one that there is not", async () => {
  const [{ key }] = JSON.parse((await look("inspect", "square", "--json")).out);
  assert.equal((await look("inspect", key.split("/")[0])).code, 0);
  const { code, err } = await look("inspect", "sqare");
  assert.equal(code, 1);
  assert.equal(err, 'Cannot find cache "sqare": none of that name lies there; did you mean "square"?\n');
});

test("get shows a value by the end of its key, however that is copied", async () => {
  for (const key of ["49950d30", "…49950d30", "...49950d30", "6b86b273-11c4f3aceec5a9bfec8195da1285e13b49950d30"]) {
    assert.deepEqual(await look("get", key).then(({ code, out, err }) => ({ code, out, err })), {
      code: 0,
      out: "4\n",
      err: "",
    });
  }
  assert.deepEqual(JSON.parse((await look("get", "72f8fdaa")).out), { path: "/", links: [1, 2] });
});

test("get --json says of the entry what inspect says, and gives the value", async () => {
  const found = JSON.parse((await look("get", "…fa799543", "--json")).out);
  assert.equal(found.cache, "square");
  assert.equal(found.state, "stale");
  assert.equal(found.value, 9);
  assert.equal(found.thrown, false);
});

test("get says that a value is stale, and shows none that is gone", async () => {
  const stale = await look("get", "…fa799543");
  assert.deepEqual([stale.code, stale.out, stale.err], [0, "9\n", "It has been stale for 30 min\n"]);
  for (const gone of ["…d4898855", "…428f1e61", "00000000"]) {
    const { code, out, err } = await look("get", gone);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^Cannot get "\w+": no entry has a key that ends so; see twat-cache inspect\n$/);
  }
});

test("get counts bytes, and writes them with --raw", async () => {
  assert.equal((await look("get", "…90737a21")).out, "1,500 bytes of Uint8Array; --raw writes them\n");
  assert.deepEqual((await look("get", "…90737a21", "--raw")).bytes, new Uint8Array(1_500).fill(7));
});

test("get asks for more of a key that several have, and takes the name of the cache for it", async () => {
  const cacheDir = tempFolder(true);
  for (const name of ["one", "two"]) {
    const { cache } = cacheIn(cacheDir, name);
    await cache.set([1], name);
    await cache.close();
  }
  const end = "f3f5bc94";
  const { code, err } = await say(["get", end, "--cache-dir", cacheDir]);
  assert.equal(code, 1);
  assert.match(err, /^ {2}one-.+f3f5bc94\n {2}two-.+f3f5bc94\nCannot get "f3f5bc94": 2 keys end so; give more of it/);
  assert.equal((await say(["get", "two", end, "--cache-dir", cacheDir])).out, '"two"\n');
});

test("get shows what JSON cannot hold as the runtime does, texts raw, flows whole, and errors as errors", async () => {
  const cacheDir = tempFolder(true);
  const cases: readonly (readonly [unknown, RegExp, RegExp?])[] = [
    [new Map([["a", 1n]]), /Map.*"?a"?.*1n/s],
    ["text", /^"text"\n$/, /^text$/],
    [
      new Response("<p>", { headers: { "content-type": "text/html" } }),
      /^Response 200\ncontent-type: text\/html\n3 bytes of its body/,
      /^<p>$/,
    ],
  ];
  for (const [at, [value, shown, raw]] of cases.entries()) {
    const { cache } = cacheIn(cacheDir, `value${at}`);
    await cache.set([1], value);
    await cache.close();
    const show = (...more: string[]) => say(["get", `value${at}`, "f3f5bc94", "--cache-dir", cacheDir, ...more]);
    assert.match((await show()).out, shown);
    if (raw !== undefined) assert.match((await show("--raw")).out, raw);
    else assert.match((await show("--raw")).err, /^Cannot write the value raw: it is neither text nor bytes/);
  }
  const lines = bcache(async function* lines(n: number) {
    for (let at = 0; at < n; at++) yield `${at}\n`;
  }, { engine: "files", strict: true, cacheDir });
  for await (const _ of await lines(1));
  await lines.cache.close();
  assert.equal((await say(["get", "lines", "f3f5bc94", "--raw", "--cache-dir", cacheDir])).out, "0\n");
  const broken = bcache((_: number): number => {
    throw new RangeError("no such thing");
  }, { name: "broken", engine: "files", strict: true, cacheDir, errorTtl: "1h" });
  await assert.rejects(broken(1), RangeError);
  await broken.cache.close();
  const thrown = await say(["get", "broken", "f3f5bc94", "--cache-dir", cacheDir], Date.now());
  assert.equal(thrown.err, "The function threw this:\n");
  assert.match(thrown.out, /RangeError: no such thing/);
});

test("what is encrypted is listed under its scope, and its value is not shown", async () => {
  const cacheDir = tempFolder(true);
  const { cache } = cacheIn(cacheDir, "salary", { encrypt: new Uint8Array(32).fill(1) });
  await cache.set([1], 3_000);
  await cache.close();
  assert.match((await say(["list", "--cache-dir", cacheDir])).out, /^salary-[0-9a-f]{8} /m);
  const { code, err } = await say(["get", "f3f5bc94", "--cache-dir", cacheDir]);
  assert.equal(code, 1);
  assert.equal(err, "Cannot read the value: it is encrypted; have the program read it that has the key\n");
});

test("names are shown without what a terminal would take for commands", async () => {
  const cacheDir = tempFolder(true);
  const { cache } = cacheIn(cacheDir, "red\x1b[31m");
  await cache.set([1], 1);
  await cache.close();
  assert.match((await say(["list", "--cache-dir", cacheDir])).out, /^red\\u001b\[31m /m);
});

test("reading makes nothing where there is nothing", async () => {
  const cacheDir = join(tempFolder(true), "absent");
  for (const command of ["list", "stats", "inspect"]) {
    const { code, out } = await say([command, "--json", "--cache-dir", cacheDir]);
    assert.deepEqual([code, JSON.parse(out)], [0, []]);
  }
  assert.deepEqual(await say(["list", "--cache-dir", cacheDir]).then(({ code, out, err }) => [code, out, err]), [
    0,
    "",
    "There are no caches\n",
  ]);
  assert.equal(existsSync(cacheDir), false);
});

test("folders that are no caches are left alone, and one that is somebody else's fails without keeping others from being seen", async () => {
  const cacheDir = tempFolder(true);
  await deposit(cacheDir);
  const root = join(cacheDir, "twat_cache");
  mkdirSync(join(root, "notes", "diary"), { recursive: true });
  assert.equal((await say(["list", "--cache-dir", cacheDir])).code, 0);
  writeFileSync(
    join(root, "notes", "CACHEDIR.TAG"),
    "Signature: 8a477f597d28d172789f06886806bc55\n# of another program\n",
  );
  const { code, out, err } = await say(["list", "--cache-dir", cacheDir]);
  assert.equal(code, 1);
  assert.equal(out.split("\n").length, 5);
  assert.match(err, /^Cannot use cache folder ".*notes": it holds a CACHEDIR\.TAG that is not ours/);
});

test("a storage that this runtime cannot open is told of", async () => {
  const cacheDir = tempFolder(true);
  await deposit(cacheDir);
  writeFileSync(join(cacheDir, "twat_cache", "photos", "kv.sqlite3"), "", { mode: 0o600 });
  const { code, err } = await say(["list", "--cache-dir", cacheDir]);
  assert.equal(code, 0);
  if (enginesHere.includes("deno_kv")) assert.equal(err, "");
  else {assert.match(
      err,
      /^Cannot open deno_kv in folder "photos": Deno\.openKv is undefined; run Deno with --unstable-kv/,
    );}
});

test("TWAT_CACHE_DIR says where caches lie, unless --cache-dir does", async () => {
  const before = process.env["TWAT_CACHE_DIR"];
  process.env["TWAT_CACHE_DIR"] = filled;
  try {
    assert.equal((await say(["list"])).out, (await look("list")).out);
    assert.equal((await say(["list", "--cache-dir", tempFolder(true)])).out, "");
  } finally {
    if (before === undefined) delete process.env["TWAT_CACHE_DIR"];
    else process.env["TWAT_CACHE_DIR"] = before;
  }
});
