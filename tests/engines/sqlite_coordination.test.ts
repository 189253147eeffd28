import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { SqliteStore } from "../../engines/sqlite/store.ts";
import type { News } from "../../src/contract/store.ts";
import { runChild, startChild } from "../child.ts";
import { until } from "../contract/patience.ts";
import { entryOf, inFolder, openSqlite, sqliteEngines } from "./sqlite_engine.ts";
import { Soon } from "../soon.ts";

const script = new URL("./children/sqlite_child.ts", import.meta.url);
const lease = { key: "s/a", owner: "us" };

if (sqliteEngines.length === 0) {
  it("openSqlite() says why there is nothing to coordinate when the runtime has no SQLite", () =>
    inFolder((folder) => {
      assert.throws(() => openSqlite("node_sqlite", folder), { name: "EngineNotAvailableError" });
    }));
}

for (const engine of sqliteEngines) {
  const child = (task: string, ...args: (string | number)[]) =>
    runChild(script, [task, engine.name, ...args.map(String)]);

  describe(`${engine.name}, several processes at one thing`, () => {
    it(
      "commit() counts to 8,000 when eight processes add 1,000 each",
      { timeout: 60_000 },
      () =>
        inFolder(async (folder) => {
          const start = Date.now() + 2_000;
          const ends = await Promise.all(Array.from({ length: 8 }, () => child("count", folder, 1_000, start)));
          for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
          const store = openSqlite(engine, folder);
          assert.equal(store.get("s/number")?.body, "8000");
          assert.deepEqual(store.usage(""), { entries: 1, bytes: 4 });
          store.close();
        }),
    );

    it(
      "lease() is had by exactly one when eight processes ask at once, in 100 rounds",
      { timeout: 60_000 },
      () =>
        inFolder(async (folder) => {
          openSqlite(engine, folder).close();
          const start = Date.now() + 2_000;
          const ends = await Promise.all(Array.from({ length: 8 }, () => child("race", folder, 100, start, 10)));
          for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
          const won = ends.flatMap(({ stdout }) => JSON.parse(stdout) as number[]).sort((a, b) => a - b);
          assert.deepEqual(won, Array.from({ length: 100 }, (_, round) => round));
        }),
    );

    it(
      "lease() goes on to another when its owner was killed and its span is over",
      { timeout: 60_000 },
      () =>
        inFolder(async (folder) => {
          const store = openSqlite(engine, folder);
          const { process, said, ended } = startChild(script, ["hold", engine.name, folder, "400"]);
          await said("leased");
          const soon = new Soon();
          process.kill("SIGKILL");
          await until(() => store.lease(lease, 60_000), "the lease is free");
          soon.within(900);
          assert.equal((await ended).signal, "SIGKILL");
          store.close();
        }),
    );
  });

  describe(`${engine.name}, leases`, () => {
    it("lease() that only renews does not bring back what was ended, so that nothing older is committed", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder) as unknown as SqliteStore;
        assert.equal(store.lease(lease, 1_000, true), false, "there is nothing to renew");
        assert.equal(store.lease(lease, 1_000), true);
        assert.equal(store.lease(lease, 1_000, true), true);
        store.delete(lease.key);
        assert.equal(store.lease(lease, 1_000, true), false);
        assert.equal(store.commit([{ key: lease.key, entry: entryOf("from before") }], lease), false);
        assert.equal(store.get(lease.key), undefined);
        store.close();
      }));

    it("set() ends a lease when another key with the same digest is there", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder);
        const [one, other] = ["s/4425983", "s/4784035"];
        store.set(one, entryOf("one"));
        assert.equal(store.lease({ key: other, owner: "us" }, 60_000), true);
        store.set(other, entryOf("other"));
        assert.equal(store.commit([{ key: other, entry: undefined }], { key: other, owner: "us" }), false);
        assert.equal(store.get(other)?.body, "other");
        store.close();
      }));

    it("sweep() forgets leases that nobody gave back, an hour after their end", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder);
        for (const [key, span] of [["s/a", -3_700_000], ["s/b", -3_500_000], ["s/c", 60_000]] as const) {
          assert.equal(store.lease({ key, owner: "us" }, span), true);
        }
        store.sweep("s/", 0);
        const left = store.native.prepare("SELECT key FROM lease ORDER BY key").all().map(({ key }) => key);
        assert.deepEqual(left, ["s/b", "s/c"]);
        store.close();
      }));

    it("open() adds what coordination needs when the database is of the first release, and keeps its entries", () =>
      inFolder((folder) => {
        const first = openSqlite(engine, folder);
        first.set("s/a", entryOf("kept"));
        for (const name of ["lease", "watched", "change"]) first.native.exec(`DROP TABLE ${name}`);
        first.close();
        const stores = [openSqlite(engine, folder), openSqlite(engine, folder)] as const;
        assert.equal(stores[0].get("s/a")?.body, "kept");
        assert.equal(stores[0].lease(lease, 60_000), true);
        stores[1].set("s/a", entryOf("newer"));
        assert.equal(stores[0].commit([{ key: "s/a", entry: entryOf("x") }], lease), false);
        stores.forEach((store) => store.close());
      }));
  });

  describe(`${engine.name}, news`, () => {
    const watched = (run: (heard: News[], watching: Store, writing: Store) => Promise<void>) =>
      inFolder(async (folder) => {
        const [watching, writing] = [openSqlite(engine, folder), openSqlite(engine, folder)];
        const heard: News[] = [];
        watching.watch((news) => heard.push(news));
        assert.deepEqual(heard.splice(0), ["live"]);
        await run(heard, watching, writing);
        watching.close();
        writing.close();
      });

    it("watch() names the keys and the prefix, and is silent about what is read, touched, swept or leased", () =>
      watched(async (heard, _, writing) => {
        writing.setMany(["s/a", "s/b", "t/c"].map((key) => [key, entryOf("x")] as const));
        await until(() => heard.length > 0, "news");
        assert.deepEqual(heard.splice(0), [{ keys: ["s/a", "s/b", "t/c"] }]);
        writing.get("s/a");
        writing.touch([{ key: "s/a", accessedAt: 9e12, hits: 1 }]);
        writing.sweep("", 0);
        writing.lease(lease, 60_000);
        writing.release(lease);
        writing.delete("s/unknown");
        await until(() => heard.length > 0, "news");
        assert.deepEqual(heard.splice(0), [{ keys: ["s/unknown"] }]);
        writing.clear("s/");
        await until(() => heard.length > 0, "news");
        assert.deepEqual(heard.splice(0), [{ prefix: "s/" }]);
        writing.clear("");
        await until(() => heard.length > 0, "news");
        assert.deepEqual(heard, [{ prefix: "" }]);
      }));

    it("watch() says that changes were lost, and are heard again, when more were made than are kept", () =>
      watched(async (heard, _, writing) => {
        const entries = Array.from({ length: 5_000 }, (_, n) => [`s/${n}`, entryOf("x")] as const);
        writing.setMany(entries);
        await until(() => heard.length > 0, "news");
        assert.deepEqual(heard.splice(0), ["lost", "live"]);
        assert.equal(writing.native.prepare("SELECT count(*) AS n FROM change").get().n, 4_096);
        writing.set("s/1", entryOf("y"));
        await until(() => heard.length > 0, "news");
        assert.deepEqual(heard, [{ keys: ["s/1"] }]);
      }));

    it("watch() says that changes were lost when nobody was known to watch for a while, as when the machine slept", () =>
      watched(async (heard, watching, writing) => {
        writing.native.exec("UPDATE watched SET until = 0");
        writing.set("s/a", entryOf("noted by nobody"));
        assert.equal(writing.native.prepare("SELECT count(*) AS n FROM change").get().n, 0);
        const { now } = Date;
        Date.now = () => now() + 61_000;
        try {
          await until(() => heard.length > 0, "news");
        } finally {
          Date.now = now;
        }
        assert.deepEqual(heard.splice(0), ["lost", "live"]);
        writing.set("s/a", entryOf("noted"));
        await until(() => heard.length > 0, "news");
        assert.deepEqual(heard, [{ keys: ["s/a"] }]);
        assert.equal(watching.get("s/a")?.body, "noted");
      }));

    it("watch() says that changes were lost, and hears those of the new database, when the file was replaced", () =>
      inFolder(async (folder) => {
        const watching = openSqlite(engine, folder);
        const heard: News[] = [];
        watching.watch((news) => heard.push(news));
        renameSync(join(folder, "cache.sqlite"), join(folder, "moved"));
        await until(() => heard.length > 2, "news");
        assert.deepEqual(heard.splice(0), ["live", "lost", "live"]);
        const writing = openSqlite(engine, folder);
        writing.set("s/a", entryOf("x"));
        await until(() => heard.length > 0, "news");
        assert.deepEqual(heard, [{ keys: ["s/a"] }]);
        watching.close();
        writing.close();
      }));

    it("watch() says that changes may go unheard while the database cannot be reached", () =>
      inFolder(async (folder) => {
        const watching = openSqlite(engine, folder);
        const heard: News[] = [];
        watching.watch((news) => heard.push(news));
        const path = join(folder, "cache.sqlite");
        renameSync(path, join(folder, "moved"));
        mkdirSync(path);
        await until(() => heard.length > 1, "news");
        assert.deepEqual(heard.splice(0), ["live", "lost"]);
        rmdirSync(path);
        await until(() => heard.length > 0, "news");
        assert.deepEqual(heard, ["live"]);
        watching.close();
      }));

    it("a write notes nothing down when nobody watches", () =>
      inFolder((folder) => {
        const store = openSqlite(engine, folder);
        store.set("s/a", entryOf("x"));
        store.delete("s/a");
        store.clear("");
        assert.equal(store.native.prepare("SELECT count(*) AS n FROM change").get().n, 0);
        store.close();
      }));
  });
}

type Store = ReturnType<typeof openSqlite>;
