import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import type { SqliteDriver } from "../../engines/sqlite/driver.ts";
import { SqliteFile } from "../../engines/sqlite/file.ts";
import type { Globals } from "../../src/contract/engine.ts";
import { fileSystem } from "../../src/runtime/file_system.ts";
import { aside, damage, damages } from "./sqlite_damage.ts";
import { entryOf, inFolder, openSqlite, sqliteEngines } from "./sqlite_engine.ts";

const many = Array.from({ length: 2_000 }, (_, n) => [`s/${n}`, entryOf(`body ${n}`.padEnd(100))] as const);

if (sqliteEngines.length === 0) {
  it("open() throws EngineNotAvailableError and makes nothing when the runtime has no SQLite", () =>
    inFolder((folder) => {
      for (const name of ["node_sqlite", "bun_sqlite"]) {
        assert.throws(() => openSqlite(name, join(folder, name)), { name: "EngineNotAvailableError", engine: name });
      }
      assert.deepEqual(readdirSync(folder), []);
    }));
}

it("SqliteFile opens again when the file was moved away while it was being opened, and gives up in the end", () =>
  inFolder((folder) => {
    const answers: Record<string, string | number> = { application_id: 0x74776368, user_version: 1, WAL: "wal" };
    let failures = 2;
    const open = (): SqliteDriver => {
      const get = (sql: string) => {
        if (sql.endsWith("application_id") && failures-- > 0) {
          throw Object.assign(new Error("disk I/O error"), { errcode: 5898 });
        }
        return [answers[/\w+$/.exec(sql)?.[0] ?? ""] ?? 1];
      };
      const prepare = (sql: string) => ({ get: () => get(sql), all: () => [], run: () => ({ changes: 0 }) });
      return { native: {}, prepare, prepareRead: prepare, close() {} };
    };
    const globals = globalThis as unknown as Globals;
    const parts = { engine: "made_up", globals, fs: fileSystem(globals)!, directory: folder, secure: true };
    const file = new SqliteFile({ ...parts, open });
    assert.ok(file.open());
    assert.equal(failures, -1, "it was tried three times");
    failures = 3;
    assert.throws(() => file.open(), { message: "disk I/O error" });
    assert.deepEqual(aside(folder), [], "a file that cannot be read is no damaged one");
  }));

for (const engine of sqliteEngines) {
  describe(`${engine.name} and files that are not as they should be`, () => {
    for (const how of damages) {
      it(`a damaged database is set aside and a fresh one serves when it is damaged by: ${how}`, () =>
        inFolder((folder) => {
          const before = openSqlite(engine, folder);
          before.setMany(many);
          before.close();
          damage(folder, how);
          const store = openSqlite(engine, folder);
          for (const [key, { body }] of many) {
            const found = store.get(key);
            assert.ok(found === undefined || found.body === body, "the exact entry or nothing");
          }
          store.setMany(many);
          for (const [key, { body }] of many) assert.equal(store.get(key)?.body, body);
          assert.equal(store.usage("").entries, many.length);
          assert.deepEqual(aside(folder), ["cache.sqlite.damaged-1"]);
          assert.equal(store.native.prepare("PRAGMA integrity_check").get().integrity_check, "ok");
          store.close();
        }));
    }

    it("at most three damaged databases are kept when there are five, the latest ones", () =>
      inFolder((folder) => {
        for (let n = 0; n < 5; n++) {
          openSqlite(engine, folder).close();
          damage(folder, "text");
        }
        openSqlite(engine, folder).close();
        assert.deepEqual(aside(folder), [3, 4, 5].map((n) => `cache.sqlite.damaged-${n}`));
        assert.ok(!readdirSync(folder).includes("cache.sqlite.setting-aside"));
      }));

    it("a write goes to a fresh database when the file was removed, moved or replaced under the store", () =>
      inFolder(async (folder) => {
        const path = join(folder, "cache.sqlite");
        const other = join(folder, "other");
        for (
          const remove of [
            () => unlinkSync(path),
            () => renameSync(path, `${path}.moved`),
            () => rmSync(folder, { recursive: true }),
          ]
        ) {
          const store = openSqlite(engine, folder);
          store.set("s/a", entryOf("before"));
          remove();
          await new Promise((resolve) => setTimeout(resolve, 1_050));
          store.set("s/b", entryOf("after"));
          assert.equal(store.get("s/b")?.body, "after");
          assert.equal(store.get("s/a"), undefined);
          const second = openSqlite(engine, folder);
          assert.equal(second.get("s/b")?.body, "after", "it is in the folder, where others see it");
          second.close();
          store.close();
          rmSync(path, { force: true });
        }
        assert.ok(!existsSync(other));
      }));

    it("open() throws and leaves the file alone when the database is another program's or of a newer version", () =>
      inFolder((folder) => {
        for (const sql of ["PRAGMA user_version = 99", "PRAGMA application_id = 7"]) {
          const directory = join(folder, sql.replaceAll(/\W+/g, "-"));
          const store = openSqlite(engine, directory);
          store.set("s/a", entryOf("x"));
          store.native.exec(sql);
          store.close();
          const before = readFileSync(join(directory, "cache.sqlite"));
          assert.throws(() => openSqlite(engine, directory), {
            name: "EngineError",
            message: /^Cannot open engine .*; choose another folder$/,
          });
          assert.deepEqual(readFileSync(join(directory, "cache.sqlite")), before);
          assert.deepEqual(aside(directory), []);
        }
      }));

    it("open() throws PathError when a link stands in the place of the folder or of a file", () =>
      inFolder((folder) => {
        mkdirSync(join(folder, "real"));
        symlinkSync(join(folder, "real"), join(folder, "linked"));
        assert.throws(() => openSqlite(engine, join(folder, "linked")), { name: "PathError" });
        for (const end of ["", "-wal", "-shm"]) {
          const directory = join(folder, `planted${end}`);
          openSqlite(engine, directory).close();
          rmSync(join(directory, `cache.sqlite${end}`), { force: true });
          symlinkSync(join(folder, "target"), join(directory, `cache.sqlite${end}`));
          assert.throws(() => openSqlite(engine, directory), {
            name: "PathError",
            message: /it is a link; remove it$/,
          });
          assert.ok(!existsSync(join(folder, "target")), "nothing was written through the link");
        }
      }));

    it("open() throws PathError when others may write to the folder", () =>
      inFolder((folder) => {
        chmodSync(folder, 0o777);
        assert.throws(() => openSqlite(engine, folder), { name: "PathError" });
        assert.deepEqual(readdirSync(folder), []);
      }));

    it("open() makes private what was not when secure is on", () =>
      inFolder((folder) => {
        const directory = join(folder, "store");
        openSqlite(engine, directory, false).close();
        const path = join(directory, "cache.sqlite");
        assert.equal(statSync(path).mode & 0o777, 0o644);
        const store = openSqlite(engine, directory, true);
        store.set("s/a", entryOf("x"));
        for (const end of ["", "-wal", "-shm"]) assert.equal(statSync(path + end).mode & 0o777, 0o600, end);
        store.close();
      }));

    it("open() throws PathError when the folder cannot be made", () =>
      inFolder((folder) => {
        openSqlite(engine, folder).close();
        assert.throws(() => openSqlite(engine, join(folder, "cache.sqlite", "store")), { name: "PathError" });
      }));

    it("open() throws ERR_CACHE_ENGINE_READ_ONLY or a PathError when the folder is read-only, and works again later", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, join(folder, "store"), false);
        store.set("s/a", entryOf("x"));
        store.close();
        withoutWriting(folder, () => {
          assert.throws(() => openSqlite(engine, join(folder, "store"), false), {
            name: "EngineError",
            code: "ERR_CACHE_ENGINE_READ_ONLY",
          });
          assert.throws(() => openSqlite(engine, join(folder, "new"), false), { name: "PathError" });
        });
        const again = openSqlite(engine, join(folder, "store"), false);
        assert.equal(again.get("s/a")?.body, "x");
        again.close();
      }));

    it("set() says in its code that the disk is full or the database read-only, and works again afterwards", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder);
        const pages = store.native.prepare("PRAGMA page_count").get().page_count;
        store.native.exec(`PRAGMA max_page_count = ${pages}`);
        const large = entryOf("x".repeat(100_000));
        assert.throws(() => store.set("s/a", large), { name: "EngineError", code: "ERR_CACHE_ENGINE_FULL" });
        assert.throws(() => store.setMany([["s/a", entryOf("x")], ["s/b", large]]), { code: "ERR_CACHE_ENGINE_FULL" });
        assert.equal(store.usage("").entries, 0, "all or none");
        store.native.exec("PRAGMA max_page_count = 100000");
        store.native.exec("PRAGMA query_only = 1");
        assert.throws(() => store.set("s/a", large), { name: "EngineError", code: "ERR_CACHE_ENGINE_READ_ONLY" });
        store.native.exec("PRAGMA query_only = 0");
        store.set("s/a", large);
        assert.equal(store.get("s/a")?.body, large.body);
        store.close();
      }));
  });
}

/** Runs while nothing in a folder can be written. Root, who may write anywhere, is nobody meanwhile. */
function withoutWriting(folder: string, run: () => void): void {
  const user = process as { getuid?(): number; seteuid?(id: number): void };
  const root = user.getuid?.() === 0;
  const paths = [folder, ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))];
  const modes = paths.map((path) => statSync(path).mode & 0o777);
  for (const path of paths) chmodSync(path, statSync(path).isDirectory() ? 0o555 : 0o444);
  if (root) user.seteuid!(65534);
  try {
    run();
  } finally {
    if (root) user.seteuid!(0);
    for (const [at, path] of paths.entries()) chmodSync(path, modes[at]!);
  }
}
