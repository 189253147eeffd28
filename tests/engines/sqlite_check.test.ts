import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { aside } from "./sqlite_damage.ts";
import { entryOf, inFolder, openSqlite, sqliteEngines } from "./sqlite_engine.ts";

if (sqliteEngines.length === 0) {
  it("openSqlite() says why there is nothing to check when the runtime has no SQLite", () =>
    inFolder((folder) => {
      assert.throws(() => openSqlite("node_sqlite", folder), { name: "EngineNotAvailableError" });
    }));
}

for (const engine of sqliteEngines) {
  describe(`${engine.name}, check()`, () => {
    it("check() reports a count that is wrong, under its prefix only, and counts anew when it is to fix", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder);
        for (let n = 0; n < 10; n++) store.set(`${n % 2 ? "s" : "t"}/${n}`, entryOf("12345", { size: 0.1 * n }));
        assert.deepEqual(store.check("", true), []);
        store.native.exec("UPDATE usage SET entries = 70, bytes = 7 WHERE scope = 's/'");
        store.native.exec("INSERT INTO usage VALUES ('none/', 3, 30)");
        const [s, none] = [
          'the count under "s/" says 70 entries of 7 bytes where there are 5 entries of 2.5 bytes',
          'the count under "none/" says 3 entries of 30 bytes where there are 0 entries of 0 bytes',
        ];
        assert.deepEqual(store.check("t/", true), []);
        assert.deepEqual(store.check("s/", false), [{ reason: s, fixed: false }]);
        const reasons = (fix: boolean) => store.check("", fix).map(({ reason, fixed }) => [reason, fixed]).sort();
        assert.deepEqual(reasons(false), [[none, false], [s, false]]);
        assert.deepEqual(reasons(true), [[none, true], [s, true]]);
        assert.deepEqual(store.check("", true), []);
        assert.deepEqual(store.usage("s/"), { entries: 5, bytes: 2.5 });
        assert.equal(store.usage("").entries, 10);
        store.close();
      }));

    it("check() reports entries that cannot be found or read, and drops them when it is to fix", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder);
        for (let n = 0; n < 600; n++) store.set(`s/${n}`, entryOf("12345"));
        store.native.exec("UPDATE entry SET digest = digest + 1 WHERE key = 's/1'");
        store.native.exec("UPDATE entry SET tags = '[\"torn' WHERE key = 's/599'");
        const found = store.check("", false);
        assert.deepEqual(found.map(({ key, fixed }) => [key, fixed]), [["s/1", false], ["s/599", false]]);
        assert.equal(found[0]!.reason, "the entry is not where it would be looked for");
        assert.match(found[1]!.reason, /^the entry cannot be read: /);
        assert.deepEqual(store.check("s/", true).map(({ key, fixed }) => [key, fixed]), [["s/1", true], [
          "s/599",
          true,
        ]]);
        assert.deepEqual(store.check("", false), []);
        assert.deepEqual(store.usage("s/"), { entries: 598, bytes: 598 * 5 });
        store.close();
      }));

    it("check() reports what SQLite finds in a damaged file, and sets the file aside when it is to fix", () =>
      inFolder((folder) => {
        const path = join(folder, "cache.sqlite");
        const before = openSqlite(engine, folder);
        before.setMany(Array.from({ length: 2_000 }, (_, n) => [`s/${n}`, entryOf(`body ${n}`.padEnd(100))] as const));
        const page = before.native.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'entry_digest'").get();
        // Bun closes the file only when the statement above has been collected, and so leaves the log as it is.
        before.native.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        before.close();
        const bytes = readFileSync(path);
        const start = (Number(page.rootpage) - 1) * 4096;
        writeFileSync(path, bytes.fill(0xa5, start, start + 4096));
        const store = openSqlite(engine, folder);
        const found = store.check("", false);
        assert.ok(found.length > 0);
        assert.ok(found.every(({ reason, fixed }) => reason.startsWith("SQLite found: ") && !fixed));
        assert.deepEqual(aside(folder), [], "a look changes nothing");
        assert.ok(store.check("", true).every(({ fixed }) => fixed));
        assert.deepEqual(aside(folder), ["cache.sqlite.damaged-1"]);
        assert.deepEqual(store.check("", false), []);
        store.set("s/a", entryOf("x"));
        assert.equal(store.get("s/a")?.body, "x");
        store.close();
      }));
  });
}
