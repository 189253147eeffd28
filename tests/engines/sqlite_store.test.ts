import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { bunSqlite } from "../../engines/bun_sqlite.ts";
import { nodeSqlite } from "../../engines/node_sqlite.ts";
import { digestOf, scopeOf } from "../../engines/sqlite/key.ts";
import type { Globals } from "../../src/contract/engine.ts";
import type { PolicyName } from "../../src/contract/store.ts";
import { expectedVictims, orderedPolicies } from "../contract/eviction_order.ts";
import { pauseOf } from "../contract/patience.ts";
import { random } from "../random.ts";
import { entryOf, inFolder, openSqlite, sqliteEngines } from "./sqlite_engine.ts";

/** Two keys with one digest, found by trying five million. */
const [one, other] = ["s/4425983", "s/4784035"] as const;

for (const engine of sqliteEngines) {
  describe(`${engine.name} store`, () => {
    it("get() never answers with another key's entry when two keys have one digest", () =>
      inFolder((folder) => {
        assert.equal(digestOf(one), digestOf(other));
        const store = openSqlite(engine, folder);
        store.set(one, entryOf("one", { size: 5 }));
        assert.equal(store.get(other), undefined);
        assert.equal(store.delete(other), false);
        store.touch([{ key: other, accessedAt: 9e12, hits: 9 }]);
        assert.equal([...store.entries("s/")][0]?.hits, 0);
        store.set(other, entryOf("other", { size: 7 }));
        assert.equal(store.get(one), undefined, "the later one wins");
        assert.equal(store.get(other)?.body, "other");
        assert.deepEqual(store.usage("s/"), { entries: 1, bytes: 7 });
        store.setMany([[one, entryOf("one")], [other, entryOf("other")], [one, entryOf("again", { size: 1 })]]);
        assert.deepEqual(store.getMany([one, other]).map((entry) => entry?.body), ["again", undefined]);
        assert.deepEqual(store.usage("s/"), { entries: 1, bytes: 1 });
        assert.equal(store.deleteMany([other, one]), 1);
        assert.deepEqual(store.usage(""), { entries: 0, bytes: 0 });
        store.close();
      }));

    it("every method keeps to its prefix when two scopes have one digest", () =>
      inFolder((folder) => {
        const scope = Array.from({ length: 20_000 }, (_, n) => `scope${n}/`).find((name) =>
          scopeOf(name) === scopeOf("s/")
        )!;
        const store = openSqlite(engine, folder);
        const keys = (count: number) => Array.from({ length: count }, (_, n) => [`s/${n}`, `${scope}${n}`]).flat();
        for (const count of [10, 600]) {
          store.setMany(keys(count).map((key, n) => [key, entryOf("12345", { storedAt: n, goneAt: n })] as const));
          assert.deepEqual(store.usage(scope), { entries: count, bytes: count * 5 });
          assert.ok([...store.entries("s/")].every(({ key }) => key.startsWith("s/")));
          assert.equal(store.sweep("s/", 9), 5);
          const bounds = { maxSize: count - 9, maxBytes: Infinity, policy: "fifo" as PolicyName };
          assert.deepEqual(store.trim("s/", bounds), ["s/5", "s/6", "s/7", "s/8"]);
          const gone = store.trim("s/", { ...bounds, maxSize: count - 10, policy: "rr" });
          assert.equal(gone.filter((key) => key.startsWith("s/")).length, 1);
          assert.equal(store.clear("s/"), count - 10);
          assert.deepEqual(store.usage(""), { entries: count, bytes: count * 5 });
          assert.equal([...store.entries(scope)].length, count);
          assert.equal(store.clear(scope), count);
        }
        store.close();
      }));

    it("get() returns text as it was set when it has no UTF-8 or holds a NUL", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder);
        const texts = [
          "\ud800",
          "a\udc00b",
          "\udc00\ud800",
          "\0",
          "a\0b",
          "\0\ud800".repeat(9_000),
          "pair \ud83e\udd89",
        ];
        for (const [n, text] of texts.entries()) {
          store.set(
            `s/${n}`,
            entryOf(text, { label: text.slice(0, 50), checksum: n % 2 ? 0 : 0xffffffff, tags: [text.slice(0, 9)] }),
          );
        }
        for (const [n, text] of texts.entries()) {
          const found = store.get(`s/${n}`)!;
          assert.ok(found.body === text, `text ${n}`);
          assert.deepEqual([found.label, found.checksum, found.tags], [text.slice(0, 50), n % 2 ? 0 : 0xffffffff, [
            text.slice(0, 9),
          ]]);
        }
        for (const { key, label } of store.entries("")) assert.equal(label, texts[Number(key.slice(2))]!.slice(0, 50));
        store.close();
      }));

    it("clear() drops a whole large database, and counting goes on, while another store has it open", () =>
      inFolder((folder) => {
        const [store, watcher] = [openSqlite(engine, folder), openSqlite(engine, folder)];
        const entries = Array.from({ length: 600 }, (_, n) => [`s/${n}`, entryOf("12345")] as const);
        for (const prefix of ["s/", ""]) {
          store.setMany(entries);
          assert.equal(watcher.usage("s/").entries, 600);
          assert.equal(store.clear(prefix), 600);
          assert.deepEqual(watcher.usage(""), { entries: 0, bytes: 0 });
          assert.equal(watcher.get("s/5"), undefined);
          watcher.setMany(entries.slice(0, 3));
          assert.equal(watcher.delete("s/1"), true);
          assert.deepEqual(store.usage("s/"), { entries: 2, bytes: 10 });
        }
        store.close();
        watcher.close();
      }));

    it("trim() evicts by an index what a plain sort evicts when there are many entries", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder);
        const next = random(11);
        const count = 900;
        store.setMany(Array.from({ length: count }, (_, n) => {
          const freshUntil = 1.8e12 + Math.floor(next() * 50);
          return [
            `${n % 9 ? "s" : "t"}/${n}`,
            entryOf("", { storedAt: 1.7e12 + n, freshUntil, size: Math.floor(next() * 9) }),
          ] as const;
        }));
        store.touch(Array.from({ length: 500 }, (_, n) => (
          { key: `s/${Math.floor(next() * count)}`, accessedAt: 1.75e12 + (n >> 2), hits: 1 }
        )));
        let left = store.usage("s/").entries;
        for (const policy of orderedPolicies) {
          left -= 20;
          const bounds = { maxSize: left, maxBytes: Infinity, policy };
          const expected = expectedVictims(store.entries("s/"), bounds, "s/10");
          assert.deepEqual(store.trim("s/", bounds, "s/10"), expected, policy);
        }
        const indexes = store.native.prepare(
          "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'entry'",
        ).all();
        const names = indexes.map(({ name }) => name).sort();
        assert.deepEqual(
          names,
          ["accessed", "digest", "expiring", "stored", "unread", "used"].map((name) => `entry_${name}`),
        );
        const plan = (sql: string) =>
          store.native.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => detail).join("; ");
        const byUse = plan(
          "SELECT id FROM entry WHERE (digest >> 43) = 5 AND key >= 's/' ORDER BY accessedAt, key LIMIT 9",
        );
        assert.match(byUse, /USING INDEX entry_accessed/);
        assert.doesNotMatch(byUse, /SCAN/);
        store.sweep("s/", 0);
        const byTime = plan("DELETE FROM entry WHERE (digest >> 43) = 5 AND key >= 's/' AND goneAt <= 7");
        assert.match(byTime, /USING INDEX entry_gone/);
        store.close();
      }));

    it("trim() draws every entry about as often when the policy is random", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder);
        const gone = new Map<string, number>();
        const bounds = { maxSize: 19, maxBytes: Infinity, policy: "rr" as PolicyName };
        for (let round = 0; round < 400; round++) {
          store.setMany(Array.from({ length: 20 }, (_, n) => [`s/${n}`, entryOf("")] as const));
          for (const key of store.trim("s/", bounds)) gone.set(key, (gone.get(key) ?? 0) + 1);
        }
        assert.equal([...gone.values()].reduce((sum, count) => sum + count, 0), 400);
        assert.ok(gone.size >= 12, `${gone.size} of 20 entries went in 400 rounds`);
        store.close();
      }));

    it("the write-ahead log begins anew when it has grown because somebody was reading", () =>
      inFolder(async (folder) => {
        const [store, reader] = [openSqlite(engine, folder), openSqlite(engine, folder)];
        const log = () => statSync(join(folder, "cache.sqlite-wal")).size;
        reader.native.exec("BEGIN");
        reader.usage("");
        // Pages that are as they were are not written.
        for (let n = 0; n < 70; n++) store.set("s/a", entryOf(String(n % 10).repeat(1_000_000), { storedAt: n }));
        assert.ok(log() > 67_108_864);
        await pauseOf(1_050);
        store.set("s/a", entryOf("while somebody reads"));
        assert.ok(log() > 67_108_864, "it cannot begin anew");
        reader.native.exec("COMMIT");
        await pauseOf(1_050);
        store.set("s/a", entryOf("small"));
        assert.ok(log() < 1_000_000, `${log()} bytes`);
        assert.equal(reader.get("s/a")?.body, "small");
        store.close();
        reader.close();
      }));

    it("a store reads what the runtime's other SQLite module wrote", () =>
      inFolder((folder) => {
        const writer = openSqlite(sqliteEngines.at(-1)!, folder);
        const bytes = Uint8Array.of(0, 1, 255);
        writer.setMany([["s/a", entryOf("text", { tags: ["t"] })], ["s/b", entryOf("", { body: bytes })]]);
        const reader = openSqlite(engine, folder);
        assert.deepEqual(reader.getMany(["s/a", "s/b"]).map((entry) => entry?.body), ["text", bytes]);
        writer.close();
        reader.close();
      }));
  });
}

describe("the engines over SQLite", () => {
  const directory = join("/", "nowhere", "store");
  const modules = {
    "node:fs": { openSync() {}, open() {} },
    "node:sqlite": { Database: class {} },
    "bun:sqlite": { Database: class {} },
  };
  const globals = (names: (keyof typeof modules)[], more: Globals = {}): Globals => ({
    process: { getBuiltinModule: (name: keyof typeof modules) => names.includes(name) ? modules[name] : undefined },
    ...more,
  });

  it("probe() says which ability is missing", () => {
    for (const [engine, module] of [[nodeSqlite, "node:sqlite"], [bunSqlite, "bun:sqlite"]] as const) {
      assert.equal(engine.probe(globals(["node:fs", module]), { directory }), true);
      assert.equal(engine.probe(globals(["node:fs"]), { directory }), `this runtime has no ${module}`);
      assert.equal(engine.probe(globals([module]), { directory }), "this runtime has no node:fs");
    }
    assert.ok(!existsSync(directory));
  });

  it("probe() asks for the permission to read and to write the folder, without prompting", () => {
    for (const refused of ["read", "write"]) {
      const asked: unknown[] = [];
      const querySync = (permission: { name: string; path: string }) => {
        asked.push(permission);
        return { state: permission.name === refused ? "prompt" : "granted" };
      };
      const answer = nodeSqlite.probe(globals(["node:fs", "node:sqlite"], { Deno: { permissions: { querySync } } }), {
        directory,
      });
      assert.equal(
        answer,
        `there is no permission to ${refused} ${JSON.stringify(directory)} (run Deno with --allow-${refused})`,
      );
      assert.ok(asked.every((permission) => (permission as { path: string }).path === directory));
    }
  });
});
