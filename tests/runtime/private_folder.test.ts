import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import type { Globals } from "../../src/contract/engine.ts";
import { PathError } from "../../src/errors.ts";
import { fileSystem } from "../../src/runtime/file_system.ts";
import { makePrivateFolder, removeOwnFolder } from "../../src/runtime/private_folder.ts";
import { tempFolder } from "../temp_folder.ts";

const here = globalThis as unknown as Globals;
const fs = fileSystem(here)!;
const posix = process.platform !== "win32";
const onPosix = { skip: !posix && "no POSIX permissions" };
const mode = (path: string) => lstatSync(path).mode & 0o777;

/** This machine as another user sees it. */
const asUser = (uid: number): Globals => ({
  process: {
    platform: process.platform,
    getBuiltinModule: (name: string) => process.getBuiltinModule(name),
    getuid: () => uid,
  },
});

describe("makePrivateFolder", () => {
  it("makePrivateFolder() makes all folders for this user alone under umask 0, or for all to read", onPosix, () => {
    const base = tempFolder();
    const before = process.umask(0);
    try {
      makePrivateFolder(here, join(base, "a", "b"), true);
      makePrivateFolder(here, join(base, "c", "d"), false);
    } finally {
      process.umask(before);
    }
    assert.deepEqual([mode(join(base, "a")), mode(join(base, "a", "b")), mode(join(base, "a", "b", "CACHEDIR.TAG"))], [
      0o700,
      0o700,
      0o600,
    ]);
    assert.deepEqual([mode(join(base, "c")), mode(join(base, "c", "d")), mode(join(base, "c", "d", "CACHEDIR.TAG"))], [
      0o755,
      0o755,
      0o644,
    ]);
  });

  it("makePrivateFolder() writes a CACHEDIR.TAG as backup programs know it, once", () => {
    const folder = join(tempFolder(), "a");
    makePrivateFolder(here, folder, true);
    const tag = readFileSync(join(folder, "CACHEDIR.TAG"), "utf8");
    assert.equal(tag.slice(0, 43), "Signature: 8a477f597d28d172789f06886806bc55");
    assert.match(tag, /@twat\/cache/);
    writeFileSync(join(folder, "data.db"), "x");
    const { mtimeMs } = lstatSync(join(folder, "CACHEDIR.TAG"));
    makePrivateFolder(here, folder, true);
    assert.equal(lstatSync(join(folder, "CACHEDIR.TAG")).mtimeMs, mtimeMs);
    assert.deepEqual(readdirSync(folder).sort(), ["CACHEDIR.TAG", "data.db"]);
  });

  it("makePrivateFolder() takes a folder that is there when it is empty, or when a claim was cut short", () => {
    const folder = join(tempFolder(), "a");
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, "CACHEDIR.TAG-abcdefgh.tmp"), "Sig");
    makePrivateFolder(here, folder, true);
    assert.ok(existsSync(join(folder, "CACHEDIR.TAG")));
  });

  it("makePrivateFolder() throws PathError and changes nothing when the folder holds something else", () => {
    const base = tempFolder();
    for (
      const [name, text] of [["thesis.txt", "x"], [
        "CACHEDIR.TAG",
        "Signature: 8a477f597d28d172789f06886806bc55\n# pip",
      ], ["CACHEDIR.TAG", ""]]
    ) {
      const folder = join(base, `${name}${text!.length}`);
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(join(folder, name!), text!);
      assert.throws(() => makePrivateFolder(here, folder, true), (error: unknown) => {
        assert.ok(error instanceof PathError);
        assert.match(error.message, /^Cannot use cache folder ".*": it holds .*; choose an empty or new folder$/);
        return true;
      });
      assert.deepEqual(readdirSync(folder), [name]);
    }
  });

  it("makePrivateFolder() throws PathError when it is a link, a file or below a file", () => {
    const base = tempFolder();
    mkdirSync(join(base, "target"));
    symlinkSync(join(base, "target"), join(base, "link"));
    symlinkSync(join(base, "nowhere"), join(base, "dangling"));
    writeFileSync(join(base, "file"), "x");
    for (const secure of [true, false]) {
      for (const name of ["link", "dangling", "file", "file/below"]) {
        assert.throws(() => makePrivateFolder(here, join(base, name), secure), PathError, name);
      }
    }
    assert.deepEqual(readdirSync(join(base, "target")), []);
    assert.equal(existsSync(join(base, "nowhere")), false);
  });

  it(
    "makePrivateFolder() throws PathError when secure is on and others may write to it or it is another user's",
    onPosix,
    () => {
      const base = tempFolder();
      const me = process.getuid!();
      for (const [at, bits] of [0o720, 0o702, 0o777, 0o1777].entries()) {
        const folder = join(base, `open-${at}`);
        mkdirSync(folder);
        chmodSync(folder, bits);
        assert.throws(() => makePrivateFolder(here, folder, true), /other users may write to it; run chmod go-w on it/);
        assert.deepEqual(readdirSync(folder), []);
        makePrivateFolder(here, folder, false);
      }
      const folder = join(base, "mine");
      makePrivateFolder(asUser(me), folder, true);
      assert.throws(() => makePrivateFolder(asUser(me + 1), folder, true), new RegExp(`belongs to user ${me}; `));
      makePrivateFolder(asUser(me + 1), folder, false);
    },
  );

  it("makePrivateFolder() throws PathError when anybody may replace it in the folder above", onPosix, () => {
    const base = join(tempFolder(), "shared");
    mkdirSync(base);
    chmodSync(base, 0o777);
    assert.throws(() => makePrivateFolder(here, join(base, "a"), true), /anybody may write to the folder above it/);
    chmodSync(base, 0o1777);
    makePrivateFolder(here, join(base, "a"), true);
  });

  it("makePrivateFolder() learns who we are from a file of its own when it may not ask", onPosix, () => {
    const folder = join(tempFolder(), "a");
    const globals: Globals = {
      process: {
        platform: process.platform,
        getBuiltinModule: (name: string) => process.getBuiltinModule(name),
        getuid: () => assert.fail("that would prompt"),
      },
      Deno: { permissions: { querySync: () => ({ state: "prompt" }) } },
    };
    makePrivateFolder(globals, folder, true);
    assert.deepEqual(readdirSync(folder), ["CACHEDIR.TAG"]);
  });

  it("makePrivateFolder() throws PathError when there is no file system", () => {
    assert.throws(() => makePrivateFolder({}, "/x", true), PathError);
  });
});

describe("removeOwnFolder", () => {
  it("removeOwnFolder() removes a marked folder with all that is in it, and no more", () => {
    const base = tempFolder();
    const folder = join(base, "a");
    makePrivateFolder(here, folder, true);
    mkdirSync(join(folder, "deep", "er"), { recursive: true });
    writeFileSync(join(folder, "deep", "er", "value.bin"), "x");
    writeFileSync(join(base, "beside.txt"), "x");
    assert.equal(removeOwnFolder(fs, folder), "removed");
    assert.deepEqual(readdirSync(base), ["beside.txt"]);
    assert.equal(removeOwnFolder(fs, folder), "absent");
  });

  it("removeOwnFolder() leaves a folder without our marker, a link and a file", () => {
    const base = tempFolder();
    mkdirSync(join(base, "theirs"));
    writeFileSync(join(base, "theirs", "thesis.txt"), "x");
    makePrivateFolder(here, join(base, "ours"), true);
    symlinkSync(join(base, "ours"), join(base, "link"));
    symlinkSync(join(base, "ours", "CACHEDIR.TAG"), join(base, "theirs", "CACHEDIR.TAG"));
    for (const name of ["theirs", "link", "theirs/thesis.txt"]) {
      assert.equal(removeOwnFolder(fs, join(base, name)), "not ours", name);
    }
    assert.deepEqual(readdirSync(join(base, "theirs")).sort(), ["CACHEDIR.TAG", "thesis.txt"]);
    assert.deepEqual(readdirSync(join(base, "ours")), ["CACHEDIR.TAG"]);
  });

  it("removeOwnFolder() removes links inside and never what they lead to", () => {
    const base = tempFolder();
    const folder = join(base, "a");
    makePrivateFolder(here, folder, true);
    mkdirSync(join(base, "precious"));
    writeFileSync(join(base, "precious", "thesis.txt"), "x");
    symlinkSync(join(base, "precious"), join(folder, "link"));
    symlinkSync(join(base, "precious", "thesis.txt"), join(folder, "thesis.txt"));
    symlinkSync(join(base, "nowhere"), join(folder, "dangling"));
    assert.equal(removeOwnFolder(fs, folder), "removed");
    assert.equal(existsSync(folder), false);
    assert.deepEqual(readdirSync(join(base, "precious")), ["thesis.txt"]);
  });
});
