import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
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
import { files } from "../../engines/files.ts";
import { renderMeta } from "../../engines/files/meta.ts";
import type { SyncStore } from "../../src/contract/store.ts";
import { PathError } from "../../src/errors.ts";
import { tempFolder } from "../temp_folder.ts";
import { entry, everything, home, key, latest, opened, unbounded } from "./files_folder.ts";

const posix = process.platform !== "win32";

describe("files, hostile surroundings", () => {
  it("set() stays in its folder and keeps keys apart when they are hostile", () => {
    const { directory, store, again } = opened();
    const long = "x".repeat(199);
    const keys = [
      "../up",
      "..",
      ".",
      "a/..",
      "a/../../up",
      "/etc/x",
      "a//b",
      "a/b/c",
      "a\\b/c",
      "con/nul",
      "com1/aux.txt",
    ];
    keys.push(
      "a/\0",
      "a/%2e",
      "a/.",
      "a/ ",
      "a/é",
      "a/﹒﹒",
      "A/b",
      "a/B",
      "a/b",
      `a/${long}`,
      `a/${long}y`,
      "%/%",
      "",
      "/",
    );
    keys.push(
      "a/journal.log",
      "journal.log",
      "a/meta.json",
      "cachedir.tag",
      "a/con.",
      "a/-rf",
      "a/$(id)",
      "a/b:c",
      "a/~",
    );
    const outside = readdirSync(join(directory, ".."));
    for (const [n, hostile] of keys.entries()) store.set(hostile, entry(Uint8Array.of(n)));
    for (const [n, hostile] of keys.entries()) {
      assert.deepEqual(store.get(hostile)?.body, Uint8Array.of(n), JSON.stringify(hostile));
    }
    assert.deepEqual(readdirSync(join(directory, "..")), outside);
    assert.deepEqual([...again().entries("")].map((listed) => listed.key).sort(), [...keys].sort());
    for (const path of everything(directory)) {
      for (const name of path.split(/[/\\]/)) {
        assert.match(name, /^[a-z0-9_%-]+$|^(meta\.json|value\.bin|journal\.log|CACHEDIR\.TAG)$/);
      }
      for (const name of path.split(/[/\\]/)) assert.doesNotMatch(name, /^(con|nul|aux|com1)(\.|$)/);
    }
    for (const hostile of keys) assert.equal(store.delete(hostile), true);
    assert.equal(store.usage("").entries, 0);
  });

  it("get() and set() give a long key to one entry only when two keys share a folder's name", () => {
    const { directory, store } = opened();
    const long = `f-1/${"é".repeat(90)}`;
    store.set(long, entry("x"));
    const folder = readdirSync(join(directory, "f-1")).find((name) => name !== "journal.log")!;
    assert.ok(folder.length <= 120);
    const path = join(directory, "f-1", folder, "meta.json");
    const meta = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, renderMeta({ ...meta, goneAt: Infinity, key: `${long}!` }));
    assert.equal(store.get(long), undefined);
    assert.equal(store.delete(long), false);
    store.set(long, entry("mine"));
    assert.ok(store.get(long));
  });

  it("open() and set() make what only this user can read, under umask 0 too, unless secure is off", {
    skip: !posix && "no POSIX permissions",
  }, () => {
    const before = process.umask(0);
    try {
      for (const secure of [true, false]) {
        const { directory, store } = opened(secure);
        store.set(key, entry("x"));
        store.set(key, entry("y"));
        store.touch!([{ key, accessedAt: latest(), hits: 1 }]);
        for (const path of [directory, ...everything(directory).map((name) => join(directory, name))]) {
          const state = lstatSync(path);
          const mode = state.isDirectory() ? (secure ? 0o700 : 0o755) : (secure ? 0o600 : 0o644);
          assert.equal(state.mode & 0o777, mode, path);
        }
      }
    } finally {
      process.umask(before);
    }
  });

  it("open() refuses a folder that is a link, a file, writable by others or somebody else's data", () => {
    const base = tempFolder();
    const target = join(base, "target");
    mkdirSync(target, { mode: 0o700 });
    const open = (directory: string, secure = true) => () => files.openSync!({ directory, secure, bounds: unbounded });
    symlinkSync(target, join(base, "link"));
    assert.throws(
      open(join(base, "link")),
      (error: unknown) => error instanceof PathError && /symbolic link/.test(error.message),
    );
    assert.deepEqual(readdirSync(target), []);
    writeFileSync(join(base, "file"), "x");
    assert.throws(open(join(base, "file")), PathError);
    mkdirSync(join(base, "data"));
    writeFileSync(join(base, "data", "thesis.txt"), "x");
    assert.throws(open(join(base, "data")), /holds "thesis.txt" and no CACHEDIR.TAG; /);
    if (!posix) return;
    chmodSync(target, 0o770);
    assert.throws(open(target), /other users may write to it/);
    assert.deepEqual(readdirSync(target), []);
    open(target, false)();
    assert.deepEqual(readdirSync(target), ["CACHEDIR.TAG"]);
  });

  it("links planted in the folder are not followed", () => {
    const { directory, store, again } = opened();
    const target = join(directory, "..", "target");
    store.set(key, entry(Uint8Array.of(1, 2, 3)));
    cpSync(home(directory), target, { recursive: true });
    cpSync(home(directory), join(target, "abc"), { recursive: true });
    writeFileSync(join(target, "journal.log"), "precious");
    const contents = () =>
      everything(target).map((
        name,
      ) => [name, lstatSync(join(target, name)).isFile() && readFileSync(join(target, name), "hex")]);
    const before = contents();
    const places = [
      [join(directory, "f-1"), target],
      [home(directory), target],
      [join(home(directory), "meta.json"), join(target, "meta.json")],
      [join(home(directory), "value.bin"), join(target, "value.bin")],
      [join(directory, "f-1", "journal.log"), join(target, "journal.log")],
    ] as const;
    const actions: Record<string, (store: SyncStore) => unknown> = {
      get: (store) => store.get(key),
      usage: (store) => store.usage(""),
      entries: (store) => [...store.entries("f-1/")],
      touch: (store) => store.touch!([{ key, accessedAt: latest(), hits: 1 }]),
      sweep: (store) => store.sweep!("f-1/", Infinity),
      delete: (store) => store.delete(key),
      set: (store) => store.set(key, entry(Uint8Array.of(9, 9, 9))),
      clear: (store) => store.clear("f-1/"),
    };
    for (const [path, to] of places) {
      for (const [name, act] of Object.entries(actions)) {
        rmSync(join(directory, "f-1"), { recursive: true, force: true });
        store.set(key, entry(Uint8Array.of(1, 2, 3)));
        rmSync(path, { recursive: true });
        symlinkSync(to, path);
        const fresh = again();
        if (!path.endsWith("journal.log")) assert.equal(fresh.get(key), undefined, `get() behind ${path}`);
        try {
          act(fresh);
        } catch (error) {
          assert.ok(error instanceof PathError && name === "set", `${name}() with ${path}: ${error}`);
          assert.match(error.message, /a symbolic link stands in its place; /);
        }
        assert.deepEqual(contents(), before, `${name}() with ${path}`);
      }
    }
  });

  it("a pipe in the place of a file blocks nothing", { skip: !posix && "no named pipes" }, () => {
    const { directory, store } = opened();
    for (
      const path of [
        join(home(directory), "meta.json"),
        join(home(directory), "value.bin"),
        join(directory, "f-1", "journal.log"),
      ]
    ) {
      rmSync(join(directory, "f-1"), { recursive: true, force: true });
      store.set(key, entry(Uint8Array.of(1)));
      rmSync(path);
      execFileSync("mkfifo", [path]);
      if (!path.endsWith("journal.log")) assert.equal(store.get(key), undefined);
      store.set(key, entry(Uint8Array.of(2)));
      assert.deepEqual(store.get(key)?.body, Uint8Array.of(2), path);
      assert.equal(store.usage("").entries, 1);
    }
  });
});
