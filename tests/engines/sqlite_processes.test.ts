import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runChild, startChild } from "../child.ts";
import { otherRuntimes } from "../runtimes.ts";
import { times } from "../times.ts";
import { aside, damage } from "./sqlite_damage.ts";
import { entryOf, inFolder, openSqlite, sqliteEngines } from "./sqlite_engine.ts";
import { Soon } from "../soon.ts";

const script = new URL("./children/sqlite_child.ts", import.meta.url);
const KILLS = 10 * times;
/** How many processes write one database, and how much each does. */
const [CROWD, STEPS] = times === 1 ? [undefined, 2_000] : [16, Math.min(100_000, 2_000 * times)];

if (sqliteEngines.length === 0) {
  it("a process says why when it opens a store where the runtime has no SQLite", () =>
    inFolder(async (folder) => {
      const { code, stderr } = await runChild(script, ["leave", "node_sqlite", folder]);
      assert.notEqual(code, 0);
      assert.match(stderr, /EngineNotAvailableError.*: this runtime has no node:sqlite; choose another engine/);
    }));
}

for (const engine of sqliteEngines) {
  const child = (task: string, ...args: (string | number)[]) =>
    runChild(script, [task, engine.name, ...args.map(String)]);
  const integrity = (directory: string) => {
    const store = openSqlite(engine, directory);
    try {
      const [check, mode] = ["integrity_check", "journal_mode"].map((name) =>
        store.native.prepare(`PRAGMA ${name}`).get()
      );
      assert.deepEqual([check!.integrity_check, mode!.journal_mode], ["ok", "wal"]);
      const counted = store.native.prepare("SELECT count(*) AS entries, sum(size) AS bytes FROM entry").get();
      assert.deepEqual(store.usage(""), { entries: counted.entries, bytes: counted.bytes ?? 0 });
    } finally {
      store.close();
    }
  };

  describe(`${engine.name} across processes`, () => {
    it(
      "open() succeeds when eight processes open the same new database, in twenty rounds",
      { timeout: 60_000 },
      () =>
        inFolder(async (folder) => {
          const start = Date.now() + 1_500;
          const ends = await Promise.all(Array.from({ length: 8 }, () => child("openAll", folder, 20, start, 100)));
          for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
          for (let round = 0; round < 20; round++) {
            const store = openSqlite(engine, `${folder}/${round}`);
            assert.equal(store.usage("").entries, 8, `round ${round}: every process wrote`);
            store.close();
          }
          integrity(`${folder}/0`);
        }),
    );

    it(
      "set(), setMany(), delete() and commit() lose nothing when processes of every runtime work on one database",
      { timeout: 300_000 },
      () =>
        inFolder(async (folder) => {
          const runtimes = [undefined, ...otherRuntimes()];
          const names = Array.from({ length: CROWD ?? Math.max(2, runtimes.length) }, (_, at) => `process ${at}`);
          const ends = await Promise.all(names.map((name, at) => {
            const by = runtimes[at % runtimes.length];
            const own = by === undefined ? engine.name : by.name === "bun" ? "bun_sqlite" : "node_sqlite";
            return runChild(script, ["write", own, folder, name, `${STEPS}`], {}, by);
          }));
          for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
          const store = openSqlite(engine, folder);
          for (const name of names) {
            for (let n = 0; n < STEPS; n++) {
              const expected = n % 10 === 9 && n % 100 < 80 ? undefined : `${name} ${n}`;
              assert.equal(store.get(`s/${name}-${n}`)?.body, expected, `${name} ${n}`);
            }
          }
          assert.equal(store.get("s/number")?.body, String(names.length * STEPS / 100));
          assert.equal(store.usage("s/").entries, names.length * STEPS * 0.92 + 1);
          store.close();
          integrity(folder);
        }),
    );

    it(`setMany() leaves all or none, and what it acknowledged, when the process is killed, in ${KILLS} rounds`, {
      timeout: 60_000 * times,
    }, () =>
      inFolder(async (folder) => {
        for (let round = 0; round < KILLS; round++) {
          const directory = `${folder}/${round}`;
          const { process, said, ended } = startChild(script, ["batches", engine.name, directory]);
          await said("acknowledged 3;");
          await new Promise((resolve) => setTimeout(resolve, round % 10 * 7));
          process.kill("SIGKILL");
          const { stdout } = await ended;
          const acknowledged = Number(/acknowledged (\d+);(?!.*acknowledged \d+;)/s.exec(stdout)?.[1]);
          const store = openSqlite(engine, directory);
          const bodies = new Set(
            store.getMany(Array.from({ length: 200 }, (_, n) => `s/${n}`)).map((entry) => entry?.body),
          );
          store.close();
          assert.equal(bodies.size, 1, "one batch, wholly");
          assert.ok(Number([...bodies][0]) >= acknowledged, `${[...bodies][0]} after ${acknowledged}`);
          integrity(directory);
        }
      }));

    it("set() throws ERR_CACHE_ENGINE_BUSY soon, and get() answers, when another process holds the lock", {
      timeout: 60_000,
    }, () =>
      inFolder(async (folder) => {
        const store = openSqlite(engine, folder);
        store.set("s/a", entryOf("before"));
        const { said, ended } = startChild(script, ["lock", engine.name, folder, "3000"]);
        await said("locked");
        // The quickest of many, so that only SQLite's own waiting is judged, however busy the machine is.
        let quickest = Infinity;
        for (let attempt = 0; attempt < 20; attempt++) {
          const start = performance.now();
          assert.throws(() => store.set("s/a", entryOf("during")), {
            name: "EngineError",
            code: "ERR_CACHE_ENGINE_BUSY",
          });
          quickest = Math.min(quickest, performance.now() - start);
          assert.equal(store.get("s/a")?.body, "before");
        }
        assert.ok(quickest < 100, `the event loop stood for ${quickest} ms`);
        assert.equal((await ended).code, 0);
        store.set("s/a", entryOf("after"));
        assert.equal(store.get("s/a")?.body, "after");
        store.close();
      }));

    it("open() keeps one damaged database aside and a fresh one serves when eight processes find it damaged", {
      timeout: 60_000,
    }, () =>
      inFolder(async (folder) => {
        openSqlite(engine, folder).close();
        damage(folder, "text");
        const soon = new Soon();
        const ends = await Promise.all(Array.from({ length: 8 }, () => child("heal", folder)));
        for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
        for (const { stdout } of ends) soon.within(2_000, JSON.parse(stdout).ms);
        assert.equal(aside(folder).length, 1);
        const store = openSqlite(engine, folder);
        assert.equal(store.usage("").entries, 8);
        store.close();
        integrity(folder);
      }));

    it(
      "the process ends by itself when a store was used and never closed",
      { timeout: 60_000 },
      () =>
        inFolder(async (folder) => {
          const soon = new Soon();
          const { code, stdout, stderr } = await child("leave", folder);
          const now = Date.now();
          assert.equal(code, 0, stderr);
          soon.within(1_000, now - Number(/left at (\d+)/.exec(stdout)?.[1]));
        }),
    );
  });
}
