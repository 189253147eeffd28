import assert from "node:assert/strict";
import { after, describe, it, test } from "node:test";
import { redis } from "../../engines/redis.ts";
import type { Body } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { until } from "../contract/patience.ts";
import { keyOf, listing, unbounded } from "../contract/subject.ts";
import { entryFor } from "../redis_entry.ts";
import { redisMissing, startRedis } from "../redis_server.ts";

if (redisMissing !== undefined) test("redis keeps its storage in order", { skip: redisMissing }, () => {});
else {
  const server = await startRedis();
  after(() => server.close());
  let folders = 0;

  /** Runs with a store on a folder of its own; `root` is what its keys begin with. */
  const inFolder = async (run: (store: AsyncStore<Body>, root: string, folderName: string) => Promise<void>) => {
    const folderName = `storage-${++folders}`;
    const store = await redis.open({ directory: "", folderName, secure: true, bounds: unbounded, url: server.url });
    try {
      await run(store as AsyncStore<Body>, `twat:{${folderName}}:`, folderName);
    } finally {
      await store.close();
    }
  };
  /** The answer of the server to a command, as text or number. */
  const ask = async (...command: string[]) =>
    (await server.ask(...command)).trim().replace(/^[:+]|^\$-?\d+(\r\n)?/, "");
  const names = async (root: string) =>
    (await server.ask("KEYS", `${root}*`)).split("\r\n").filter((line) => line.startsWith(root));

  describe("redis on its server", () => {
    it("set() lets the server drop an entry some time after it is gone, and never one that is never gone", () =>
      inFolder(async (store, root) => {
        const now = Date.now();
        const spans = [0, 1_000, 3_600_000.5, -5_000, Infinity, 1e300];
        for (const [n, span] of spans.entries()) {
          await store.set(`s/${n}`, entryFor("x", { storedAt: now, freshUntil: now, goneAt: now + span }));
          const left = Number(await ask("PTTL", `${root}entry:s/${n}`));
          if (span > 1e12) assert.equal(left, -1, `${span}`);
          else assert.ok(left > Math.max(0, span) + 50_000 && left <= Math.max(0, span) + 60_001, `${span}: ${left}`);
        }
        await store.set("s/1", entryFor("y", { goneAt: Infinity }));
        assert.equal(await ask("PTTL", `${root}entry:s/1`), "-1");
      }));

    it("usage() and entries() leave out what the server expired", () =>
      inFolder(async (store, root) => {
        for (let n = 0; n < 300; n++) await store.set(`s/${n}`, entryFor("x", { size: 0.1, goneAt: Date.now() + n }));
        for (let n = 0; n < 200; n++) await ask("PEXPIRE", `${root}entry:s/${n}`, "1");
        await until(async () => await ask("EXISTS", `${root}entry:s/199`) === "0", "the server has dropped them");
        const { entries, bytes } = await store.usage("s/");
        assert.equal(entries, 100);
        assert.ok(Math.abs(bytes - 10) < 1e-9, `${bytes}`);
        assert.equal((await listing(store, "s/")).size, 100);
        assert.equal(await store.delete("s/5"), false);
        assert.equal(await store.clear("s/"), 100);
        assert.deepEqual(await store.usage(""), { entries: 0, bytes: 0 });
      }));

    it("usage() sums fractions to nothing when all entries are gone one by one", () =>
      inFolder(async (store) => {
        for (const size of [0.1, 0.2, 0.3, 1e-9]) await store.set(`s/${size}`, entryFor("x", { size }));
        for (const size of [0.3, 0.1, 1e-9, 0.2]) await store.delete(`s/${size}`);
        assert.deepEqual(await store.usage("s/"), { entries: 0, bytes: 0 });
      }));

    for (const policy of ["volatile-lru", "allkeys-lru"]) {
      it(`usage() comes right again when the server evicts entries by "${policy}"`, { timeout: 60_000 }, async () => {
        const small = await startRedis("--maxmemory", "8mb", "--maxmemory-policy", policy, "--maxmemory-samples", "64");
        try {
          const folder = { directory: "", secure: true, bounds: unbounded, url: small.url };
          const store = await redis.open(folder) as AsyncStore<Body>;
          const body = "x".repeat(2_000);
          const keys = Array.from({ length: 5_000 }, (_, n) => keyOf("s", n));
          for (let at = 0; at < keys.length; at += 20) {
            await Promise.all(keys.slice(at, at + 20).map((key) => store.set(key, entryFor(body))));
            // Servers note the last use by the second; they look at 64 entries to find which is the oldest, lest they drop what was used just now.
            if (at % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 700));
          }
          assert.match(await small.ask("INFO", "stats"), /evicted_keys:[1-9]\d{2,}/);
          // From now on it evicts no more.
          await small.ask("CONFIG", "SET", "maxmemory", "0");
          const line = async (...command: string[]) => (await small.ask(...command)).split("\r\n").at(-2)!;
          const listed = Number(
            (await line("ZCARD", `twat:{default}:gone:${await line("GET", "twat:{default}:epoch:s")}`)).slice(1),
          );
          let counted = Infinity;
          for (let n = 0; n < 5; n++) counted = (await store.usage("s/")).entries;
          const served: string[] = [];
          for (const key of keys) if (await store.get(key) !== undefined) served.push(key);
          assert.deepEqual([...(await listing(store, "s/")).keys()].sort(), served.sort(), "what is served is listed");
          assert.deepEqual(await store.usage("s/"), { entries: served.length, bytes: served.length * body.length });
          assert.ok(listed < served.length * 1.8, `writing left ${listed} listed, of which ${served.length} are there`);
          assert.ok(
            counted < served.length * 1.2,
            `before it was listed, it was said to hold ${counted}, not ${served.length}`,
          );
          assert.ok(served.length > 1_000, `the server keeps what it can: ${served.length}`);
          assert.equal(await store.clear(""), served.length);
          for (const key of served) assert.equal(await store.get(key), undefined);
          await store.close();
        } finally {
          await small.close();
        }
      });
    }

    for (const lost of ["gone", "sizes", "epoch", "scopes", "era"]) {
      it(`nothing is served that could not be cleared when the server has evicted "${lost}"`, () =>
        inFolder(async (store, root) => {
          for (const scope of ["a", "b"]) {
            for (let n = 0; n < 5; n++) await store.set(`${scope}/${n}`, entryFor(`${n}`, { goneAt: Infinity }));
          }
          assert.equal(await store.lease!({ key: "a/9", owner: "me" }, 60_000), true);
          for (const name of await names(`${root}${lost}`)) await ask("DEL", name);
          const [cleared, all] = [await store.clear("a/"), await listing(store, "")];
          assert.ok(cleared === 5 || cleared === 0, `${cleared}`);
          for (let n = 0; n < 5; n++) {
            assert.equal(await store.get(`a/${n}`), undefined);
            assert.equal(await store.get(`b/${n}`) !== undefined, all.has(`b/${n}`), "what is served is listed");
          }
          assert.equal((await store.usage("")).entries, all.size);
          assert.equal(await store.commit!([{ key: "a/9", entry: entryFor("x") }], { key: "a/9", owner: "me" }), false);
          await store.set("a/1", entryFor("new"));
          await store.set("b/1", entryFor("new"));
          for (const name of await names(`${root}${lost}`)) await ask("DEL", name);
          await store.set("a/2", entryFor("newer"));
          assert.equal((await store.get("a/2"))?.body, "newer");
          const now = await listing(store, "");
          const served = await store.getMany!(["a/1", "a/2", "b/1"]);
          for (const [at, key] of ["a/1", "a/2", "b/1"].entries()) {
            assert.equal(served[at] !== undefined, now.has(key), key);
          }
          await store.clear("");
          for (const key of ["a/1", "a/2", "b/1"]) assert.equal(await store.get(key), undefined);
        }));
    }

    it("clear() leaves no key behind, and nothing of another folder is touched", () =>
      inFolder((mine, root) =>
        inFolder(async (other, otherRoot) => {
          for (const store of [mine, other]) {
            await store.set("s/a", entryFor("x"));
            await store.setMany!(Array.from({ length: 700 }, (_, n) => [keyOf("t", n), entryFor("y")] as const));
          }
          await ask("SET", "somebody:else", "1");
          assert.equal(await mine.clear(""), 701);
          assert.deepEqual(await names(root), []);
          assert.equal(await ask("EXISTS", "somebody:else"), "1");
          assert.deepEqual(await other.usage(""), { entries: 701, bytes: 701 });
          assert.equal((await other.get("s/a"))?.body, "x");
          assert.equal(await other.clear("t/"), 700);
          assert.equal((await names(otherRoot)).filter((name) => name.includes("entry:")).length, 1);
        })
      ));

    it("sweep() removes what a process cleared that did not live to remove it", () =>
      inFolder(async (store, root) => {
        await store.setMany!(
          Array.from({ length: 1_200 }, (_, n) => [keyOf("s", n), entryFor("x", { goneAt: Infinity })]),
        );
        // What `clear` does first, and then the process dies.
        const epoch = await ask("GET", `${root}epoch:s`);
        await ask("DEL", `${root}epoch:s`);
        await ask("SADD", `${root}retired`, `${epoch} s`);
        assert.equal(await store.get(keyOf("s", 1)), undefined);
        await store.set(keyOf("s", 7), entryFor("new"));
        assert.equal(await store.sweep!("s/", 0), 0);
        assert.equal((await names(root)).filter((name) => name.includes("entry:")).length, 1);
        assert.equal((await store.get(keyOf("s", 7)))?.body, "new");
        assert.equal(await ask("EXISTS", `${root}retired`), "0");
      }));

    it("get() gives nothing when what is kept is damaged or not its own", () =>
      inFolder(async (store, root) => {
        await store.set("s/a", entryFor("x"));
        const record = await ask("GET", `${root}entry:s/a`);
        const epoch = record.slice(0, record.indexOf(" ") + 1);
        for (
          const text of [
            "",
            "nonsense",
            epoch,
            `${epoch}t`,
            `${epoch}t1\n[`,
            `${epoch}b1\n`,
            `${epoch}t\n{}\nx`,
            `x${record}`,
          ]
        ) {
          await ask("SET", `${root}entry:s/a`, text);
          assert.equal(await store.get("s/a"), undefined, JSON.stringify(text));
          for await (const listed of store.entries("")) assert.fail(`it lists ${JSON.stringify(listed)}`);
        }
        await store.set("s/a", entryFor("y"));
        assert.equal((await store.get("s/a"))?.body, "y");
      }));

    it("no method ever makes the server look through all keys", () =>
      inFolder(async (store) => {
        await ask("CONFIG", "RESETSTAT");
        await store.setMany!(Array.from({ length: 600 }, (_, n) => [keyOf("s", n), entryFor("x")] as const));
        await store.set("s/a", entryFor("x"));
        await store.get("s/a");
        await store.delete("s/a");
        await store.usage("");
        await listing(store, "");
        await store.sweep!("", Infinity);
        await store.lease!({ key: "s/a", owner: "me" }, 1_000);
        await store.commit!([{ key: "s/a", entry: entryFor("x") }], { key: "s/a", owner: "me" });
        await store.clear("");
        const commands = [...(await server.ask("INFO", "commandstats")).matchAll(/cmdstat_(\S+?):/g)].map(([, name]) =>
          name
        );
        assert.ok(commands.includes("evalsha") && commands.includes("unlink"), commands.join());
        for (const name of ["keys", "scan", "flushdb", "flushall", "randomkey"]) {
          assert.ok(!commands.includes(name), name);
        }
      }));

    it("get() of many keys in one turn is one command, and one of a single key, too", () =>
      inFolder(async (store) => {
        const keys = Array.from({ length: 100 }, (_, n) => keyOf("s", n));
        await store.setMany!(keys.map((key) => [key, entryFor(key)] as const));
        await ask("CONFIG", "RESETSTAT");
        await store.get(keys[0]!);
        const calls = async () => {
          const stats = await server.ask("INFO", "commandstats");
          const count = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
          return { mget: count("mget"), get: count("get"), touch: count("touch") };
        };
        assert.equal((await calls()).touch, 1, "it says that the lists are in use");
        await ask("CONFIG", "RESETSTAT");
        const found = await Promise.all(keys.map((key) => store.get(key)));
        assert.deepEqual(found.map((entry) => entry?.body), keys);
        await store.get(keys[1]!);
        assert.deepEqual(await calls(), { mget: 2, get: 0, touch: 0 }, "and not again soon");
      }));
  });
}
