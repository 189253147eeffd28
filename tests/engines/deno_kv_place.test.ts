import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { denoKv, denoKvEngine } from "../../engines/deno_kv.ts";
import type { Globals } from "../../src/contract/engine.ts";
import { startChild } from "../child.ts";
import { until } from "../contract/patience.ts";
import { random } from "../random.ts";
import { Soon } from "../soon.ts";
import { tempFolder } from "../temp_folder.ts";
import { entryOf, noDenoKv, openDenoKv, openKvHere, ownOpenKv, rawKeys, thrownBy } from "./children/deno_kv_open.ts";

const never = () => Promise.reject(new Error("a probe opens nothing"));

/** Globals of a Deno that has a node:fs and grants what is in a list. */
function denoWith(granted: readonly string[]): Globals {
  const querySync = ({ name }: { name: string }) => ({ state: granted.includes(name) ? "granted" : "prompt" });
  const fs = { openSync() {}, open() {} };
  return { Deno: { openKv: never, permissions: { querySync } }, process: { getBuiltinModule: () => fs } };
}

const [all, secret] = [["read", "write", "net", "env"], "https://user:secret@kv.test/1"];
const fs = { process: { getBuiltinModule: () => ({ openSync() {}, open() {} }) } };

describe("probe() of Deno KV", () => {
  const given = denoKvEngine({ openKv: never });
  const remote = denoKvEngine({ remote: true });
  const answers = [
    [denoKv, {}, {}, /^Deno\.openKv is undefined; run Deno with --unstable-kv, or pass openKv of @deno\/kv$/],
    [denoKv, denoWith(all), {}, true],
    [given, fs, {}, true],
    [given, {}, {}, /^this runtime has no node:fs; /],
    [given, fs, { directory: "" }, /^there is no folder for caches here; give one as the option cacheDir$/],
    [denoKv, denoWith([]), {}, /^there is no permission to read "\/c\/store"; run Deno with --allow-read$/],
    [denoKv, denoWith(["read"]), {}, /^there is no permission to write "\/c\/store"; run Deno with --allow-write$/],
    [denoKv, denoWith([]), { url: ":memory:" }, true],
    [
      denoKv,
      denoWith([]),
      { url: secret },
      /^there is no permission to reach kv\.test:443; .* --allow-net=kv\.test:443$/,
    ],
    [denoKv, denoWith(["net"]), { url: "http://kv.test" }, /^there is no permission to read .*DENO_KV_ACCESS_TOKEN; /],
    [denoKv, denoWith(["net", "env"]), { url: secret, directory: "" }, true],
    [
      denoKv,
      denoWith(all),
      { url: "redis://user:secret@kv.test" },
      /^the option url is neither https:.* nor ":memory:"/,
    ],
    [denoKv, denoWith(all), { url: "kv.sqlite3" }, /^the option url is neither /],
    [remote, denoWith([]), { directory: "" }, true],
    [remote, {}, {}, /^Deno\.openKv is undefined; /],
  ] as const;
  for (const [at, [engine, globals, options, expected]] of answers.entries()) {
    it(`answers ${expected} (case ${at + 1})`, () => {
      const answer = engine.probe(globals as Globals, { directory: "/c/store", ...options });
      if (expected === true) return assert.equal(answer, true);
      assert.match(String(answer), expected);
      assert.doesNotMatch(String(answer), /secret/);
    });
  }

  it("asks nobody in Deno without permissions, and open() says why it cannot", {
    skip: process.versions["deno"] === undefined && "only Deno has permissions",
  }, async () => {
    const { Deno } = globalThis as unknown as { Deno: { Command: CommandClass } };
    const engine = new URL("../../engines/deno_kv.ts", import.meta.url).href;
    const code = `const { denoKv } = await import(${JSON.stringify(engine)});
      for (const options of [{ directory: "/c" }, { directory: "/c", url: "https://kv.test" }]) {
        console.log(denoKv.probe(globalThis, options));
        await denoKv.open({ ...options, secure: true }).catch((error) => console.log(error.code, error.message));
      }`;
    const file = join(tempFolder(), "unpermitted.ts");
    writeFileSync(file, code);
    const run = ["run", "--quiet", "--unstable-kv", "--no-check", file];
    const { stdout, stderr } = await new Deno.Command(process.execPath, { args: run, stdin: "null" }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
      'there is no permission to read "/c"; run Deno with --allow-read',
      "ERR_CACHE_ENGINE_NOT_AVAILABLE " +
      'Cannot open engine "deno_kv": there is no permission to read "/c"; run Deno with --allow-read',
      "there is no permission to reach kv.test:443; run Deno with --allow-net=kv.test:443",
      "ERR_CACHE_ENGINE_NOT_AVAILABLE " +
      'Cannot open engine "deno_kv": there is no permission to reach kv.test:443; run Deno with --allow-net=kv.test:443',
    ]);
  });

  it("open() tells openKv the file, the url, or nothing for a remote database without one", async () => {
    const told: unknown[] = [];
    const openKv = (place?: string) => (told.push(place), Promise.reject(new Error("only asked")));
    const folder = join(tempFolder(), "store");
    const bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
    const open = (remote: boolean, url?: string) =>
      thrownBy(() => denoKvEngine({ openKv, remote }).open({ directory: folder, secure: true, bounds, url }));
    for (const url of [undefined, ":memory:", "https://kv.test/1"]) await open(false, url);
    assert.equal(existsSync(`${folder}/kv.sqlite3`), true, "the file is made before it is opened");
    rmSync(folder, { recursive: true });
    for (const url of [undefined, "https://kv.test/1"]) await open(true, url);
    assert.deepEqual(told, [`${folder}/kv.sqlite3`, ":memory:", "https://kv.test/1", undefined, "https://kv.test/1"]);
    assert.equal(existsSync(folder), false, "a remote database has no folder");
  });
});

interface CommandClass {
  new (
    file: string,
    options: { args: readonly string[]; stdin: "null" },
  ): { output(): Promise<{ stdout: Uint8Array; stderr: Uint8Array }> };
}

const noSqlite = process.getBuiltinModule?.("node:sqlite") === undefined && "Node 20 has no node:sqlite";
const posix = process.platform !== "win32";

describe("the file of Deno KV", { skip: noDenoKv }, () => {
  const inFolder = () => join(tempFolder(), "store");

  it("is for this user alone under umask 0 when secure is on, with those beside it, and mended when it was not", {
    skip: !posix && "Windows has no such permissions",
  }, async () => {
    const folder = inFolder();
    const umask = process.umask(0);
    try {
      for (const [secure, expected] of [[false, 0o644], [true, 0o600]] as const) {
        const bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
        const store = await denoKvEngine({ openKv: openKvHere }).open({ directory: folder, secure, bounds });
        await store.set("s/k", entryOf("x"));
        const modes = readdirSync(folder).filter((name) => name.startsWith("kv.sqlite3")).sort().map((name) =>
          [name, lstatSync(join(folder, name)).mode & 0o777] as const
        );
        const names = ["kv.sqlite3", "kv.sqlite3-shm", "kv.sqlite3-wal"];
        assert.deepEqual(modes, names.map((name) => [name, expected]));
        await store.close();
      }
    } finally {
      process.umask(umask);
    }
  });

  it("is refused when it is a link, and what the link leads to stays as it is", {
    skip: !posix && "links want a right on Windows",
  }, async () => {
    const folder = inFolder();
    const store = await openDenoKv(folder);
    await store.close();
    const target = join(tempFolder(), "target");
    for (const end of ["", "-wal"]) {
      rmSync(`${folder}/kv.sqlite3${end}`, { force: true });
      writeFileSync(target, "somebody's");
      symlinkSync(target, `${folder}/kv.sqlite3${end}`);
      const error = await thrownBy(() => openDenoKv(folder));
      assert.match(error.message, /it is a link; remove it$/);
      assert.equal(readFileSync(target, "utf8"), "somebody's");
      rmSync(`${folder}/kv.sqlite3${end}`);
    }
  });

  it("is set aside, three times at most, when it is garbage, and a fresh one serves", async () => {
    const folder = inFolder();
    mkdirSync(folder, { mode: 0o700 });
    (await openDenoKv(folder)).close();
    for (let round = 1; round <= 5; round++) {
      for (const end of ["-wal", "-shm"]) rmSync(`${folder}/kv.sqlite3${end}`, { force: true });
      writeFileSync(`${folder}/kv.sqlite3`, `no database ${round}\n`.repeat(500));
      const store = await openDenoKv(folder);
      await store.set("s/k", entryOf("x"));
      assert.equal((await store.get("s/k"))?.body, "x");
      await store.close();
    }
    const aside = readdirSync(folder).filter((name) => name.includes("damaged") && !/-(wal|shm)$/.test(name)).sort();
    assert.deepEqual(aside, [3, 4, 5].map((n) => `kv.sqlite3.damaged-${n}`));
    assert.match(readFileSync(join(folder, aside[0]!), "utf8"), /^no database 3/);
  });

  it("is set aside when what Deno KV does by itself would meet damage, and the process goes on", {
    skip: noSqlite,
  }, async () => {
    const folder = inFolder();
    const filling = await openDenoKv(folder);
    await filling.set("s/k", entryOf("x"));
    await filling.close();
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const database = new DatabaseSync(`${folder}/kv.sqlite3`);
    const numberOf = (sql: string) => Number(Object.values(database.prepare(sql).get()!)[0]);
    const root = numberOf("SELECT rootpage FROM sqlite_master WHERE name = 'kv_expiration_ms_idx'");
    const size = numberOf("PRAGMA page_size");
    database.close();
    const bytes = readFileSync(`${folder}/kv.sqlite3`);
    writeFileSync(`${folder}/kv.sqlite3`, bytes.fill(0x55, (root - 1) * size, root * size));
    const store = await openDenoKv(folder);
    assert.equal(await store.get("s/k"), undefined);
    await store.set("s/k", entryOf("again"));
    assert.equal((await store.get("s/k"))?.body, "again");
    assert.equal(readdirSync(folder).filter((name) => /damaged-\d+$/.test(name)).length, 1);
    await store.close();
  });

  it("answers, and keeps what is new, in each of 60 rounds of damage", {
    skip: ownOpenKv === undefined && "only Deno can look through the database before it is opened",
    timeout: 60_000,
  }, async () => {
    const folder = inFolder();
    const bodyOf = (n: number) => `value ${n} `.repeat(30);
    const filling = await openDenoKv(folder);
    for (let n = 0; n < 8; n++) await filling.set(`s/${n}`, entryOf(bodyOf(n)));
    await filling.close();
    const sound = readFileSync(`${folder}/kv.sqlite3`);
    const next = random(20261125);
    let [hits, misses] = [0, 0];
    for (let round = 0; round < 60; round++) {
      for (const name of readdirSync(folder)) if (name.startsWith("kv.")) rmSync(join(folder, name));
      const at = Math.floor(next() * sound.length);
      const cut = next() < 0.4;
      const damaged = cut ? sound.subarray(0, at) : new Uint8Array(sound).fill(next() * 256, at, at + 1 + next() * 600);
      writeFileSync(`${folder}/kv.sqlite3`, damaged, { mode: 0o600 });
      const store = await openDenoKv(folder);
      // A body that has other bytes now is given: its checksum tells the core.
      for (let n = 0; n < 8; n++) {
        if (await store.get(`s/${n}`) === undefined) misses++;
        else hits++;
        await store.set(`s/${n}`, entryOf(bodyOf(n)));
      }
      for (let n = 0; n < 8; n++) assert.equal((await store.get(`s/${n}`))?.body, bodyOf(n), `round ${round}`);
      await store.set("s/new", entryOf("new"));
      assert.equal((await store.get("s/new"))?.body, "new", `round ${round}`);
      await store.close();
    }
    assert.ok(hits > 0 && misses > 0, `${hits} hits, ${misses} misses`);
  });

  it("is made anew within 5 s when it was removed, and others on it follow", { timeout: 60_000 }, async () => {
    const folder = inFolder();
    const [one, other] = [await openDenoKv(folder), await openDenoKv(folder)];
    await one.set("s/k", entryOf("before"));
    assert.equal((await other.get("s/k"))?.body, "before");
    rmSync(folder, { recursive: true });
    const soon = new Soon();
    await until(async () => {
      await one.set("s/k", entryOf("after"));
      return existsSync(`${folder}/kv.sqlite3`);
    }, "the file is there again");
    await until(async () => (await other.get("s/k"))?.body === "after", "the other store reads the new file");
    soon.within(5_000);
    assert.deepEqual(await one.usage("s/"), await other.usage("s/"));
    assert.equal((await rawKeys(other, "head")).length, 1);
    await one.close();
    await other.close();
  });

  it("set() throws ERR_CACHE_ENGINE_BUSY after two seconds, and no sooner, when another process keeps it locked", {
    skip: noSqlite,
    timeout: 60_000,
  }, async () => {
    const folder = inFolder();
    const store = await openDenoKv(folder);
    await store.set("s/k", entryOf("before"));
    const script = new URL("./children/deno_kv_child.ts", import.meta.url);
    const { said, ended } = startChild(script, ["lock", folder, "6000"]);
    await said("locked");
    const start = Date.now();
    let [beats, longest, last] = [0, 0, start];
    const heart = setInterval(() => {
      const now = Date.now();
      longest = Math.max(longest, now - last);
      [beats, last] = [beats + 1, now];
    }, 5);
    const error = await thrownBy(() => store.set("s/k", entryOf("during")));
    clearInterval(heart);
    const took = Date.now() - start;
    assert.equal(error.code, "ERR_CACHE_ENGINE_BUSY", error.message);
    assert.match(error.message, /^Cannot write to engine "deno_kv": database is locked; try again$/);
    assert.ok(took >= 1_900 && took < 6_000, `${took} ms`);
    assert.ok(beats > 20 && longest < 1_500, `the event loop went on: ${beats} beats, ${longest} ms at most`);
    assert.equal((await store.get("s/k"))?.body, "before");
    assert.equal((await ended).code, 0);
    await store.set("s/k", entryOf("after"));
    assert.equal((await store.get("s/k"))?.body, "after");
    await store.close();
  });
});
