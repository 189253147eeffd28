import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { News } from "../../src/contract/store.ts";
import { runChild, startChild } from "../child.ts";
import { pauseOf, until } from "../contract/patience.ts";
import { listing } from "../contract/subject.ts";
import { tempFolder } from "../temp_folder.ts";
import { entryOf, noDenoKv, openDenoKv, type OpenStore, rawKeys } from "./children/deno_kv_open.ts";
import { Soon } from "../soon.ts";

const script = new URL("./children/deno_kv_child.ts", import.meta.url);

const child = (task: string, ...args: (string | number)[]) => runChild(script, [task, ...args.map(String)]);

/** Runs a task in eight processes at once; what they said. */
async function inEight(task: string, ...args: (string | number)[]): Promise<readonly string[]> {
  const ends = await Promise.all(Array.from({ length: 8 }, () => child(task, ...args)));
  for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
  return ends.map(({ stdout }) => stdout);
}

const soon = (): number => Date.now() + 2_500;

async function assertCounted(store: OpenStore): Promise<void> {
  const listed = [...(await listing(store, "s/")).values()];
  const bytes = listed.reduce((sum, { size }) => sum + size, 0);
  assert.deepEqual(await store.usage("s/"), { entries: listed.length, bytes });
}

describe("Deno KV across processes", { skip: noDenoKv }, () => {
  it(
    "open() succeeds when eight processes open the same new database, in ten rounds",
    { timeout: 60_000 },
    async () => {
      const folder = tempFolder();
      await inEight("openAll", folder, 10, soon());
      for (let round = 0; round < 10; round++) {
        const store = await openDenoKv(`${folder}/${round}`);
        assert.equal((await store.usage("")).entries, 8, `round ${round}: every process wrote`);
        await store.close();
      }
    },
  );

  it("commit() loses no step when eight processes add to one counter", { timeout: 60_000 }, async () => {
    const folder = `${tempFolder()}/store`;
    await inEight("increment", folder, 25, soon());
    const store = await openDenoKv(folder);
    assert.equal((await store.get("s/counter"))?.body, "200");
    await assertCounted(store);
    await store.close();
  });

  it("usage() is what is there when eight processes have set and deleted the same keys", {
    timeout: 60_000,
  }, async () => {
    const folder = `${tempFolder()}/store`;
    const names = Array.from({ length: 8 }, (_, n) => `p${n}`);
    const ends = await Promise.all(names.map((name) => child("write", folder, name, 60)));
    for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
    const store = await openDenoKv(folder);
    for (const name of names) assert.equal((await store.get(`s/${name}-58`))?.body, `${name} 58`);
    await assertCounted(store);
    assert.deepEqual(await store.check("", false), []);
    await store.close();
  });

  it("lease() is had by exactly one of eight processes, in twenty rounds", { timeout: 60_000 }, async () => {
    const said = await inEight("race", `${tempFolder()}/store`, 20, soon());
    const won = said.flatMap((line) => JSON.parse(line) as number[]);
    assert.deepEqual(won.sort((a, b) => a - b), Array.from({ length: 20 }, (_, round) => round));
  });

  it("lease() goes to the next when its holder is killed, after its span and not before", {
    timeout: 60_000,
  }, async () => {
    const folder = `${tempFolder()}/store`;
    const span = 1_500;
    const { process, said, ended } = startChild(script, ["hold", folder, String(span)]);
    const heldAt = Number(/held since (\d+)/.exec(await said(";"))![1]);
    const store = await openDenoKv(folder);
    const mine = { key: "s/k", owner: "next" };
    assert.equal(await store.lease(mine, 60_000), false);
    const soon = new Soon();
    process.kill("SIGKILL");
    await ended;
    await until(() => store.lease(mine, 60_000), "the lease is over");
    const took = Date.now() - heldAt;
    assert.ok(took >= span - 50, `${took} ms`);
    soon.within(span + 500, took);
    assert.equal(await store.commit([{ key: "s/k", entry: entryOf("stale") }], { key: "s/k", owner: "holder" }), false);
    assert.equal(await store.commit([{ key: "s/k", entry: entryOf("fresh") }], mine), true);
    await store.close();
  });

  it("watch() tells what another process does, each key by its name", { timeout: 60_000 }, async () => {
    const folder = `${tempFolder()}/store`;
    const store = await openDenoKv(folder);
    await store.set("s/delete", entryOf("x"));
    await store.set("t/k", entryOf("x"));
    const heard: News[] = [];
    const stop = store.watch((news) => heard.push(news));
    await until(() => heard.includes("live"), "it hears");
    await store.set("s/own", entryOf("x"));
    heard.length = 0;
    const { code, stderr } = await child("change", folder);
    assert.equal(code, 0, stderr);
    await until(() => heard.some((news) => typeof news === "object" && "prefix" in news), "clear() is told");
    const keys = heard.flatMap((news) => typeof news === "object" && "keys" in news ? news.keys : []);
    assert.deepEqual(keys, ["s/set", "s/delete", "s/many", "s/commit"]);
    assert.deepEqual(heard.filter((news) => typeof news === "object" && "prefix" in news), [{ prefix: "t/" }]);
    stop();
    await store.close();
  });

  it("watch() says that news were lost when more happened than bells can say", { timeout: 60_000 }, async () => {
    const folder = `${tempFolder()}/store`;
    const [store, other] = [await openDenoKv(folder), await openDenoKv(folder)];
    const heard: News[] = [];
    store.watch((news) => heard.push(news));
    await until(() => heard.includes("live"), "it hears");
    heard.length = 0;
    await other.commit(Array.from({ length: 200 }, (_, n) => ({ key: `s/call-${n}`, entry: entryOf("x") })));
    await until(() => heard.length > 0, "something is told");
    assert.deepEqual(heard, ["lost", "live"]);
    await other.set("s/one", entryOf("x"));
    await until(() => heard.length > 2, "more is told");
    assert.deepEqual(heard.slice(2), [{ keys: ["s/one"] }]);
    await store.close();
    await other.close();
  });

  it("get() gives whole bodies and nothing is left over when a writer was killed, in twenty rounds", {
    timeout: 120_000,
  }, async () => {
    const folder = `${tempFolder()}/store`;
    const store = await openDenoKv(folder);
    let left = 0;
    for (let round = 0; round < 20; round++) {
      const { process, said, ended } = startChild(script, ["replace", folder]);
      await said("acknowledged 2;");
      await pauseOf(round * 7);
      process.kill("SIGKILL");
      await ended;
      for (const { key } of (await listing(store, "")).values()) {
        const found = await store.get(key);
        assert.ok(found, `round ${round}: "${key}" is listed and can be read`);
        const body = found.body as Uint8Array;
        assert.equal(body.length, found.size);
        assert.ok(body.every((byte) => byte === found.checksum % 256), `round ${round}: "${key}" is of one writing`);
      }
      left += (await rawKeys(store, "loose")).length;
      await store.sweep("", Date.now() + 120_000);
      assert.deepEqual(await rawKeys(store, "loose"), []);
      const used = [...(await listing(store, "")).values()].map(({ size }) =>
        size > 65_536 ? Math.ceil(size / 65_536) : 0
      );
      assert.equal((await rawKeys(store, "chunk")).length, used.reduce((sum, count) => sum + count, 0));
      await assertCounted(store);
    }
    assert.ok(left > 0, "some were killed between the parts of a body");
    assert.deepEqual(await store.check("", false), []);
    await store.clear("");
    for (const kind of ["head", "body", "chunk", "loose", "usage"]) assert.deepEqual(await rawKeys(store, kind), []);
    await store.close();
  });

  for (const [where, url] of [["in a file", ""], ["in memory", ":memory:"]] as const) {
    it(`the process ends by itself when a store ${where} was used, watched and never closed`, {
      timeout: 60_000,
    }, async () => {
      const soon = new Soon();
      const { code, stdout, stderr } = await child("leave", `${tempFolder()}/store`, url);
      const now = Date.now();
      assert.equal(code, 0, stderr);
      soon.within(1_000, now - Number(/left at (\d+)/.exec(stdout)?.[1]));
    });
  }
});
