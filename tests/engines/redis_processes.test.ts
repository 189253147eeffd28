import assert from "node:assert/strict";
import { after, describe, it, test } from "node:test";
import { redis } from "../../engines/redis.ts";
import type { Body } from "../../src/contract/entry.ts";
import type { AsyncStore, News } from "../../src/contract/store.ts";
import { runChild, startChild } from "../child.ts";
import { until } from "../contract/patience.ts";
import { unbounded } from "../contract/subject.ts";
import { entryFor } from "../redis_entry.ts";
import { redisMissing, startRedis } from "../redis_server.ts";
import { Soon } from "../soon.ts";

const script = new URL("./children/redis_child.ts", import.meta.url);
const eight = Array.from({ length: 8 });

if (redisMissing !== undefined) test("redis serves several processes", { skip: redisMissing }, () => {});
else {
  const server = await startRedis();
  after(() => server.close());
  const child = (task: string, ...args: (string | number)[]) =>
    runChild(script, [task, server.url, ...args.map(String)]);
  const open = async () => {
    const options = { directory: "", folderName: "processes", secure: true, bounds: unbounded, url: server.url };
    return await redis.open(options) as AsyncStore<Body>;
  };

  describe("redis across processes", () => {
    it("commit() loses no step when eight processes count together", { timeout: 60_000 }, async () => {
      const store = await open();
      const ends = await Promise.all(eight.map(() => child("increment", 50)));
      for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
      assert.equal((await store.get("s/counter"))?.body, "400");
      assert.equal((await store.usage("s/")).entries, 1);
      await store.clear("");
      await store.close();
    });

    it("lease() is had by exactly one when eight processes ask at once", { timeout: 60_000 }, async () => {
      const ends = await Promise.all(eight.map(() => child("race", 20, Date.now() + 4_000, 50)));
      for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
      const won = ends.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
      assert.deepEqual(won.sort((a, b) => a - b), Array.from({ length: 20 }, (_, round) => round));
    });

    it("lease() goes to another when its holder was killed and the span is over", { timeout: 60_000 }, async () => {
      const store = await open();
      const { process, said, ended } = startChild(script, ["hold", server.url, "1500"]);
      await said("held");
      const soon = new Soon();
      process.kill("SIGKILL");
      await ended;
      assert.equal(await store.lease!({ key: "s/held", owner: "alive" }, 1_000), false);
      await until(() => store.lease!({ key: "s/held", owner: "alive" }, 1_000), "the lease is over");
      soon.within(2_500);
      await store.close();
    });

    it("watch() hears what another process sets, deletes and clears, and not what this store does", {
      timeout: 60_000,
    }, async () => {
      const store = await open();
      const heard: News[] = [];
      store.watch!((news) => heard.push(news));
      await until(() => heard.includes("live"), "it hears");
      await store.set("s/deleted", entryFor("x"));
      await store.set("cleared/a", entryFor("x"));
      const { code, stderr } = await child("change");
      assert.equal(code, 0, stderr);
      await until(() => heard.length > 3, "it has heard everything");
      assert.deepEqual(heard, ["live", { keys: ["s/set"] }, { keys: ["s/deleted"] }, { prefix: "cleared/" }]);
      await store.clear("");
      await store.close();
    });

    for (const client of ["", "redis", "ioredis"]) {
      it(`the process ends by itself when a store was used and never closed (${client || "by url"})`, {
        timeout: 60_000,
      }, async () => {
        const soon = new Soon();
        const { code, stdout, stderr } = await child("leave", client);
        const now = Date.now();
        assert.equal(code, 0, stderr);
        soon.within(1_000, now - Number(/left at (\d+)/.exec(stdout)?.[1]));
      });

      it(
        `the process ends by itself when its server is gone (${client || "by url"})`,
        { timeout: 60_000 },
        async () => {
          const doomed = await startRedis();
          const { said, ended } = startChild(script, ["outlive", doomed.url, client]);
          await said("live");
          await doomed.close();
          const { code, stdout, stderr } = await ended;
          const now = Date.now();
          assert.equal(code, 0, stderr);
          assert.ok(now - Number(/left at (\d+)/.exec(stdout)?.[1]) < 2_000, "soon after it gave up");
        },
      );
    }
  });
}
