import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { files } from "../../engines/files.ts";
import { renderMeta } from "../../engines/files/meta.ts";
import type { Globals } from "../../src/contract/engine.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import type { SyncStore } from "../../src/contract/store.ts";
import { EngineError, PathError } from "../../src/errors.ts";
import { tempFolder } from "../temp_folder.ts";

const unbounded = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
const posix = process.platform !== "win32";
let instant = 1_790_000_000_000;

function entry(body: Body, parts: Partial<Entry<Body>> = {}): Entry<Body> {
  instant += 10;
  return {
    body,
    form: "1:raw:Uint8Array",
    checksum: 7,
    storedAt: instant,
    freshUntil: instant + 60_000,
    goneAt: Infinity,
    cost: 1.5,
    size: body.length,
    tags: ["t"],
    label: "f(1)",
    ...parts,
  };
}

function opened(secure = true): { directory: string; store: SyncStore; again: () => SyncStore } {
  const directory = join(tempFolder(), "store");
  const again = () => files.openSync!({ directory, secure, bounds: unbounded });
  return { directory, store: again(), again };
}

/** The one entry's folder in a store. */
const home = (directory: string, scope = "f-1", name = "abc") => join(directory, scope, name);
const key = "f-1/abc";

/** Runs with something else happening just before an operation of the file system is carried out for the first time. */
function interrupted(
  operation: string,
  when: (args: readonly unknown[]) => boolean,
  other: () => void,
  run: () => void,
): void {
  const fs = process.getBuiltinModule("node:fs") as unknown as Record<string, (...args: unknown[]) => unknown>;
  const real = fs[operation]!;
  fs[operation] = (...args) => {
    if (when(args)) {
      fs[operation] = real;
      other();
    }
    return real(...args);
  };
  try {
    run();
    assert.equal(fs[operation], real, `${operation} was interrupted`);
  } finally {
    fs[operation] = real;
  }
}

const everything = (directory: string) => readdirSync(directory, { recursive: true }).map((name) => `${name}`).sort();

/** Runs while an operation of the file system fails as it does on a full or read-only disk. */
function failing(operation: string, code: string, when: (args: readonly unknown[]) => boolean, run: () => void): void {
  const fs = process.getBuiltinModule("node:fs") as unknown as Record<string, (...args: unknown[]) => unknown>;
  const real = fs[operation]!;
  let failed = 0;
  fs[operation] = (...args) => {
    if (!when(args)) return real(...args);
    failed++;
    throw Object.assign(new Error(`${code}: made up`), { code });
  };
  try {
    run();
  } finally {
    fs[operation] = real;
  }
  assert.ok(failed > 0, `${operation} was called`);
}

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
    store.touch!([{ key: "f-1/abc", accessedAt: instant, hits: 1 }]);
    assert.equal(store.clear(""), 5);
    assert.deepEqual(everything(directory), ["CACHEDIR.TAG"]);
  });
});

describe("files, damage", () => {
  it("get() returns undefined when meta.json is cut at any byte, empty, garbage or a folder", () => {
    const { directory, store } = opened();
    store.set(key, entry("body"));
    const path = join(home(directory), "meta.json");
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      assert.equal(store.get(key), undefined, `${length} bytes`);
    }
    for (const odd of ["null", "{}", "[]", "\0".repeat(whole.length), "x".repeat(1_000_000)]) {
      writeFileSync(path, odd);
      assert.equal(store.get(key), undefined);
    }
    rmSync(path);
    mkdirSync(path);
    assert.equal(store.get(key), undefined);
    rmSync(path, { recursive: true });
    writeFileSync(path, whole);
    assert.ok(store.get(key), "the same bytes whole are an entry");
  });

  it("get() returns the exact entry or undefined when any bit of meta.json is flipped", () => {
    const { directory, store } = opened();
    const kept = entry("body", { form: "1:raw:Float64Array" });
    store.set(key, kept);
    const expected = store.get(key);
    const path = join(home(directory), "meta.json");
    const whole = readFileSync(path);
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const flipped = Uint8Array.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, flipped);
      const found = store.get(key);
      if (found !== undefined) assert.deepEqual(found, expected, `bit ${bit}`);
    }
  });

  it("get() returns undefined when the body is missing, cut or empty, and set() mends it", () => {
    const { directory, store } = opened();
    const path = join(home(directory), "value.bin");
    for (const damage of [() => rmSync(path), () => truncateSync(path, 2), () => truncateSync(path, 0)]) {
      store.clear("");
      store.set(key, entry(Uint8Array.of(1, 2, 3)));
      damage();
      assert.equal(store.get(key), undefined);
      store.set(key, entry(Uint8Array.of(4)));
      assert.deepEqual(store.get(key)!.body, Uint8Array.of(4));
      assert.equal(store.usage("").entries, 1);
    }
  });

  it("get() returns undefined when the entry's folder is a copy of another's", () => {
    const { directory, store, again } = opened();
    store.set(key, entry("body"));
    cpSync(home(directory), home(directory, "f-1", "other"), { recursive: true });
    assert.equal(store.get("f-1/other"), undefined);
    assert.deepEqual([...again().entries("")].map((listed) => listed.key), [key]);
  });

  it("get() returns undefined when meta.json names a file elsewhere", () => {
    const { directory, store } = opened();
    store.set(key, entry("body"));
    writeFileSync(join(directory, "..", "secret.bin"), "secret");
    for (const file of ["../../../secret.bin", "value.bin/../../../../secret.bin", "/etc/hostname", "meta.json"]) {
      const { body: _, ...head } = entry("secret");
      writeFileSync(join(home(directory), "meta.json"), renderMeta({ ...head, key, file, bytes: 6 }));
      assert.equal(store.get(key), undefined, file);
    }
  });

  it("get() never joins an entry with the body of its successor when that has the same file name", () => {
    const { directory, store, again } = opened();
    const other = again();
    for (const when of ["value.bin", "meta.json"]) {
      store.clear("");
      store.set(key, entry(Uint8Array.of(1), { label: "old" }));
      const replace = () => {
        assert.ok(other.delete(key));
        other.set(key, entry(Uint8Array.of(2), { label: "new" }));
        assert.ok(existsSync(join(home(directory), "value.bin")));
      };
      interrupted("openSync", ([path]) => `${path}`.endsWith(when), replace, () => {
        const found = store.get(key)!;
        assert.deepEqual([found.label, found.body], ["new", Uint8Array.of(2)]);
      });
    }
  });

  it("get() finds the successor when the entry is replaced while it is read", () => {
    const { store, again } = opened();
    const other = again();
    for (const _ of [1, 2]) {
      store.set(key, entry(Uint8Array.of(1)));
      interrupted(
        "openSync",
        ([path]) => `${path}`.endsWith(".bin"),
        () => other.set(key, entry(Uint8Array.of(2))),
        () => {
          assert.deepEqual(store.get(key)?.body, Uint8Array.of(2));
        },
      );
    }
  });

  it("set() keeps the entry when its folder is removed in between", () => {
    for (const name of ["value.bin", ".tmp"]) {
      const { directory, store } = opened();
      const remove = () => rmSync(directory, { recursive: true });
      interrupted("openSync", ([path]) => `${path}`.endsWith(name), remove, () => {
        store.set(key, entry(Uint8Array.of(1)));
      });
      assert.deepEqual(store.get(key)?.body, Uint8Array.of(1), name);
    }
  });

  it("usage() and entries() are right when the journal was damaged, deleted or cut", () => {
    const { directory, store, again } = opened();
    for (let n = 0; n < 10; n++) store.set(`f-1/k${n}`, entry("x".repeat(n)));
    const journal = join(directory, "f-1", "journal.log");
    const expected = { entries: 10, bytes: 45 };
    for (
      const damage of [
        () => rmSync(journal),
        () => writeFileSync(journal, "garbage\n\0set f-1\nset k1 NaN 1 1\nuse k1 -1 x\n"),
        () => truncateSync(journal, 5),
        () => truncateSync(journal, 0),
      ]
    ) {
      damage();
      assert.deepEqual(store.usage("f-1/"), expected);
      assert.deepEqual(again().usage("f-1/"), expected);
      assert.equal([...again().entries("")].length, 10);
    }
    rmSync(join(directory, "f-1", "k9"), { recursive: true });
    assert.equal(store.get("f-1/k9"), undefined);
    assert.deepEqual(store.usage("f-1/"), { entries: 9, bytes: 36 }, "what a person deleted no longer counts");
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
    for (let n = 0; n < most; n++) store.touch!([{ key: `f-1/k${n % 5}`, accessedAt: instant + 1 + n, hits: 1 }]);
    assert.ok(lstatSync(join(directory, "f-1", "journal.log")).size < 70_000);
    const listed = [...again().entries("f-1/")].sort((a, b) => a.key < b.key ? -1 : 1);
    assert.deepEqual(listed.map(({ hits }) => hits), [1000, 1000, 1000, 1000, 1000]);
    assert.deepEqual(listed.map(({ accessedAt }) => accessedAt - instant - most), [-4, -3, -2, -1, 0]);
    assert.deepEqual(store.usage("f-1/"), { entries: 5, bytes: 5 });
  });

  it("sweep() leaves an entry that another process renews meanwhile", () => {
    const { store, again } = opened();
    const other = again();
    store.set(key, entry("old", { goneAt: instant + 100 }));
    const renew = () => other.set(key, entry("new", { goneAt: Infinity }));
    interrupted("openSync", ([path]) => `${path}`.endsWith("meta.json"), renew, () => {
      assert.equal(store.sweep!("", instant + 1_000), 0);
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

describe("files, faults", () => {
  it("set() throws EngineError and keeps the old entry when the disk is full, read-only or forbidden", () => {
    const { directory, store } = opened();
    store.set(key, entry("old"));
    const before = everything(directory);
    const writing = (flags: unknown) => typeof flags === "number" && (flags & 3) !== 0;
    const faults = [
      ["writeSync", "ENOSPC", () => true],
      ["writeSync", "ENOSPC", ([, bytes]: readonly unknown[]) => (bytes as Uint8Array).length > 100],
      ["openSync", "EROFS", ([, flags]: readonly unknown[]) => writing(flags)],
      ["openSync", "EACCES", ([, flags]: readonly unknown[]) => writing(flags)],
      ["renameSync", "EACCES", () => true],
    ] as const;
    for (const [operation, code, when] of faults) {
      failing(operation, code, when, () => {
        assert.throws(() => store.set(key, entry("new")), (error: unknown) => {
          assert.ok(error instanceof EngineError);
          assert.equal(error.engine, "files");
          assert.equal((error.cause as { code: string }).code, code);
          assert.match(error.message, /^Cannot set in engine "files": .*; .+/);
          return true;
        });
        assert.equal(new TextDecoder().decode(store.get(key)!.body as Uint8Array), "old");
      });
      assert.deepEqual(everything(directory), before, `${operation} ${code} leaves nothing behind`);
    }
    store.set(key, entry("new"));
    assert.equal(new TextDecoder().decode(store.get(key)!.body as Uint8Array), "new");
  });

  it("get() throws EngineError when the disk cannot be read", () => {
    const { store } = opened();
    store.set(key, entry("old"));
    failing("readSync", "EIO", () => true, () => assert.throws(() => store.get(key), EngineError));
    assert.ok(store.get(key));
  });

  it("set() makes the folder anew when it was deleted while the store is open", async () => {
    const { directory, store } = opened();
    const later = await files.open({ directory, secure: true, bounds: unbounded });
    for (let n = 0; n < 3; n++) store.set(`f-1/k${n}`, entry("x"));
    assert.equal(store.usage("").entries, 3);
    rmSync(directory, { recursive: true });
    assert.equal(store.get("f-1/k1"), undefined);
    assert.deepEqual(store.usage(""), { entries: 0, bytes: 0 });
    assert.deepEqual([...store.entries("")], []);
    assert.equal(store.sweep!("", 0), 0);
    assert.equal(store.clear(""), 0);
    store.set(key, entry("back"));
    assert.ok(store.get(key));
    assert.ok(existsSync(join(directory, "CACHEDIR.TAG")));
    rmSync(directory, { recursive: true });
    await later.set(key, entry("back again"));
    assert.ok(await later.get(key));
    assert.deepEqual(store.usage("").entries, 1);
  });

  it("probe() gives the reason when permission is missing", () => {
    const asked: string[] = [];
    const globals = (refused: string): Globals => ({
      process: { getBuiltinModule: (name: string) => process.getBuiltinModule(name) },
      Deno: {
        permissions: {
          querySync: ({ name, path }: { name: string; path: string }) => {
            asked.push(`${name} ${path}`);
            return { state: name === refused ? "prompt" : "granted" };
          },
        },
      },
    });
    assert.equal(files.probe(globals("none"), { directory: "/x" }), true);
    assert.match(files.probe(globals("write"), { directory: "/x" }) as string, /write "\/x".*--allow-write/);
    assert.match(files.probe(globals("read"), { directory: "/x" }) as string, /read "\/x".*--allow-read/);
    assert.deepEqual(new Set(asked), new Set(["read /x", "write /x"]));
  });
});

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
        store.touch!([{ key, accessedAt: instant, hits: 1 }]);
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
      touch: (store) => store.touch!([{ key, accessedAt: instant, hits: 1 }]),
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
