import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { entry, everything, home, key, latest, opened } from "./files_folder.ts";
import { interrupted } from "./troubled_file_system.ts";

const posix = process.platform !== "win32";

describe("files, layout", () => {
  it("set() writes a value.bin that equals the bytes and a meta.json that a person can read", () => {
    const { directory, store } = opened();
    const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at * 7);
    const kept = entry(bytes, { storedAt: Date.UTC(2026, 10, 23), freshUntil: Date.UTC(2026, 10, 24), form: "1:raw" });
    store.set(key, kept);
    assert.deepEqual(readdirSync(home(directory)).sort(), ["meta.json", "value.bin"]);
    assert.deepEqual(new Uint8Array(readFileSync(join(home(directory), "value.bin"))), bytes);
    const meta = JSON.parse(readFileSync(join(home(directory), "meta.json"), "utf8"));
    const { check, ...rest } = meta;
    assert.equal(typeof check, "number");
    assert.deepEqual(rest, {
      key,
      label: "f(1)",
      file: "value.bin",
      bytes: 1000,
      form: "1:raw",
      checksum: 7,
      size: 1000,
      cost: 1.5,
      tags: ["t"],
      storedAt: kept.storedAt,
      freshUntil: kept.freshUntil,
      goneAt: "Infinity",
      readable: { storedAt: "2026-11-23T00:00:00.000Z", freshUntil: "2026-11-24T00:00:00.000Z", goneAt: "never" },
    });
    assert.equal(store.native, directory);
  });

  it("set() writes text as UTF-8 in a value.json or value.txt", () => {
    const { directory, store } = opened();
    store.set("f-1/json", entry('{"a":"🦉"}', { form: "1:json" }));
    store.set("f-1/text", entry("zażółć", { form: "1:own" }));
    assert.equal(readFileSync(join(home(directory, "f-1", "json"), "value.json"), "utf8"), '{"a":"🦉"}');
    assert.equal(readFileSync(join(home(directory, "f-1", "text"), "value.txt"), "utf8"), "zażółć");
  });

  it("set() leaves one body beside meta.json when it is called again, and value.bin when that comes after delete()", () => {
    const { directory, store } = opened();
    for (let n = 0; n < 5; n++) store.set(key, entry(Uint8Array.of(n)));
    const { file } = JSON.parse(readFileSync(join(home(directory), "meta.json"), "utf8"));
    assert.match(file, /^value-[a-z0-9]{8}\.bin$/);
    assert.deepEqual(readdirSync(home(directory)).sort(), ["meta.json", file]);
    assert.deepEqual([...readFileSync(join(home(directory), file))], [4]);
    store.delete(key);
    assert.equal(existsSync(home(directory)), false);
    store.set(key, entry(Uint8Array.of(9)));
    assert.deepEqual(readdirSync(home(directory)).sort(), ["meta.json", "value.bin"]);
  });

  it("clear() leaves nothing but the marker", () => {
    const { directory, store } = opened();
    for (let n = 0; n < 5; n++) store.set(`f-${n}/abc`, entry("x"));
    store.touch!([{ key: "f-1/abc", accessedAt: latest(), hits: 1 }]);
    assert.equal(store.clear(""), 5);
    assert.deepEqual(everything(directory), ["CACHEDIR.TAG"]);
  });
});

describe("files, housekeeping", () => {
  it("usage() counts nothing that clear() removed while another count was reading it", {
    skip: !posix && "no reading of what was deleted",
  }, () => {
    const { directory, store, again } = opened();
    store.set(key, entry("abc"));
    rmSync(join(directory, "f-1", "journal.log"));
    const counting = again();
    interrupted("readSync", ([, bytes]) => (bytes as Uint8Array).length === 4096, () => {
      assert.equal(counting.clear("f-1/"), 1);
      assert.deepEqual(counting.usage("f-1/"), { entries: 0, bytes: 0 });
    }, () => counting.usage("f-1/"));
    assert.deepEqual(counting.usage("f-1/"), { entries: 0, bytes: 0 });
  });

  it("sweep() removes what died writers left a minute ago, and nothing else", () => {
    const { directory, store, again } = opened();
    store.set(key, entry("body"));
    const here = home(directory);
    const strays = ["value-aaaaaaaa.bin", "value-bbbbbbbb.json", "meta-cccccccc.tmp"].map((name) => join(here, name));
    strays.push(join(directory, "f-1", "journal-dddddddd.tmp"));
    const foreign = [join(here, "notes.txt"), join(directory, "f-1", "README"), join(directory, "app.db")];
    const abandoned = join(directory, "f-1", "halfway");
    mkdirSync(abandoned);
    store.set("f-1/torn", entry("body"));
    const torn = home(directory, "f-1", "torn");
    truncateSync(join(torn, "meta.json"), 100);
    for (const path of [...strays, ...foreign]) writeFileSync(path, "x");
    again().sweep!("", 0);
    for (const path of strays) assert.ok(existsSync(path), "younger than a minute");
    const past = Date.now() / 1000 - 61;
    for (const path of [...strays, ...foreign, abandoned, here, join(here, "meta.json")]) utimesSync(path, past, past);
    for (const path of [join(torn, "meta.json"), join(torn, "value.txt"), torn]) utimesSync(path, past, past);
    again().sweep!("", 0);
    for (const path of [...strays, abandoned, join(torn, "meta.json"), join(torn, "value.txt")]) {
      assert.equal(existsSync(path), false, path);
    }
    for (const path of foreign) assert.ok(existsSync(path), path);
    assert.ok(store.get(key));
    store.clear("");
    for (const path of foreign) assert.ok(existsSync(path), "clear() leaves files that are not ours");
  });

  it("touch() keeps the order of use over a restart, and the journal short", () => {
    const { directory, store, again } = opened();
    for (let n = 0; n < 5; n++) store.set(`f-1/k${n}`, entry("x"));
    store.usage("f-1/");
    const most = 5_000;
    for (let n = 0; n < most; n++) store.touch!([{ key: `f-1/k${n % 5}`, accessedAt: latest() + 1 + n, hits: 1 }]);
    assert.ok(lstatSync(join(directory, "f-1", "journal.log")).size < 70_000);
    const listed = [...again().entries("f-1/")].sort((a, b) => a.key < b.key ? -1 : 1);
    assert.deepEqual(listed.map(({ hits }) => hits), [1000, 1000, 1000, 1000, 1000]);
    assert.deepEqual(listed.map(({ accessedAt }) => accessedAt - latest() - most), [-4, -3, -2, -1, 0]);
    assert.deepEqual(store.usage("f-1/"), { entries: 5, bytes: 5 });
  });

  it("sweep() leaves an entry that another process renews meanwhile", () => {
    const { store, again } = opened();
    const other = again();
    store.set(key, entry("old", { goneAt: latest() + 100 }));
    const renew = () => other.set(key, entry("new", { goneAt: Infinity }));
    interrupted("openSync", ([path]) => `${path}`.endsWith("meta.json"), renew, () => {
      assert.equal(store.sweep!("", latest() + 1_000), 0);
    });
    assert.ok(store.get(key));
    assert.equal(store.usage("").entries, 1);
  });

  it("set() and usage() stay cheap when the store holds 150 entries", () => {
    const { store } = opened();
    for (let n = 0; n < 150; n++) store.set(`f-1/k${n}`, entry("x"));
    store.sweep!("f-1/", 0);
    const fs = process.getBuiltinModule("node:fs") as unknown as Record<string, (...args: unknown[]) => unknown>;
    const real = new Map(Object.keys(fs).filter((name) => name.endsWith("Sync")).map((name) => [name, fs[name]!]));
    let calls = 0;
    for (const [name, operation] of real) fs[name] = (...args) => (calls++, operation(...args));
    try {
      for (let n = 0; n < 10; n++) {
        store.set(`f-1/new${n}`, entry("x"));
        store.usage("f-1/");
        store.sweep!("f-1/", 0);
      }
    } finally {
      for (const [name, operation] of real) fs[name] = operation;
    }
    assert.ok(calls > 0, "calls are counted");
    assert.ok(calls < 10 * 25, `${calls} calls for 10 rounds`);
  });
});
