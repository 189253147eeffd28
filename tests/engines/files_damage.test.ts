import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { files } from "../../engines/files.ts";
import { renderMeta } from "../../engines/files/meta.ts";
import type { Globals } from "../../src/contract/engine.ts";
import { EngineError } from "../../src/errors.ts";
import { entry, everything, home, key, opened, unbounded } from "./files_folder.ts";
import { failing, interrupted } from "./troubled_file_system.ts";

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

  it("usage() counts no entry any more whose folder is left without meta.json, once get() or clear() has met it", () => {
    const { directory, store } = opened();
    for (const name of ["a", "b"]) store.set(`f-1/${name}`, entry("body"));
    assert.deepEqual(store.usage("f-1/"), { entries: 2, bytes: 8 });
    rmSync(join(home(directory, "f-1", "a"), "meta.json"));
    assert.equal(store.get("f-1/a"), undefined);
    assert.deepEqual(store.usage("f-1/"), { entries: 1, bytes: 4 });
    // As if another process were about to write it.
    writeFileSync(join(home(directory, "f-1", "b"), "value-abcdefgh.txt"), "body");
    assert.equal(store.clear("f-1/"), 1);
    assert.deepEqual(store.usage("f-1/"), { entries: 0, bytes: 0 });
    assert.deepEqual(everything(directory).filter((path) => path.includes("value")), [
      "f-1/a/value.txt",
      "f-1/b/value-abcdefgh.txt",
    ]);
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
