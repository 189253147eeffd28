import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { News } from "../../src/contract/store.ts";
import { tabTests } from "./browser/tab_tests.ts";
import { goesOn, type TabKit, tabTest, type Visitor } from "./browser/tabs.ts";
import { Soon } from "../soon.ts";

declare const kit: TabKit;

const it = (name: string, run: (visitor: Visitor) => Promise<void>) => tabTest("indexed_db", name, run);

tabTests("indexed_db");

it("lease() is had by one tab at a time, and by another when that one was closed", async (visitor) => {
  const tabs = [await visitor.tabWithStore(), await visitor.tabWithStore()] as const;
  const lease = (tab: Page, owner: string) =>
    tab.evaluate((owner) => kit.kept.store.lease({ key: "a/1", owner }, 1_000), owner);
  const had = await Promise.all([lease(tabs[0], "one"), lease(tabs[1], "two")]);
  assert.deepEqual([...had].sort(), [false, true]);
  await tabs[had[0] ? 0 : 1].close();
  const soon = new Soon();
  while (!await lease(tabs[had[0] ? 1 : 0], "heir")) soon.within(5_000);
  soon.within(1_500);
});

it("watch() hears the changes of another tab, key by key, and none of its own", async (visitor) => {
  const [watching, writing] = [await visitor.tabWithStore(), await visitor.tabWithStore()];
  await watching.evaluate(() => {
    kit.kept.heard = [];
    kit.kept.store.watch((news) => kit.kept.heard.push(news));
  });
  await watching.evaluate(() => kit.kept.store.set("a/own", kit.entry("own")));
  await writing.evaluate(async () => {
    const { store } = kit.kept;
    await store.set("a/1", kit.entry("one"));
    await store.setMany([["a/2", kit.entry("two")], ["b/3", kit.entry("three")]]);
    await store.commit([{ key: "a/2", entry: undefined, found: 5 }]);
    await store.commit([{ key: "a/2", entry: kit.entry("new") }, { key: "a/4", entry: undefined }]);
    await store.delete("a/1");
    await store.get("a/2");
    await store.lease({ key: "a/2", owner: "me" }, 1_000);
    await store.clear("a/");
    await store.clear("");
  });
  await watching.waitForFunction(() => kit.kept.heard.length >= 7);
  assert.deepEqual(await watching.evaluate(() => kit.kept.heard), [
    "live",
    { keys: ["a/1"] },
    { keys: ["a/2", "b/3"] },
    { keys: ["a/2", "a/4"] },
    { keys: ["a/1"] },
    { prefix: "a/" },
    { prefix: "" },
  ]);
});

it("watch() tells that news may have been missed when the page comes back from the side", async (visitor) => {
  const tab = await visitor.tabWithStore();
  const heard = await tab.evaluate(() => {
    const heard: News[] = [];
    kit.kept.store.watch((news) => heard.push(news));
    for (const persisted of [false, true]) {
      globalThis.dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));
    }
    return heard;
  });
  assert.deepEqual(heard, ["live", "lost", "live"]);
});

it("another tab can delete the database, and the store goes on with a new one", async (visitor) => {
  const [tab, other] = [await visitor.tabWithStore(), await visitor.tab()];
  await tab.evaluate(() => {
    kit.kept.heard = [];
    kit.kept.store.watch((news) => kit.kept.heard.push(news));
    return kit.kept.store.set("a/1", kit.entry("one"));
  });
  const deleted = await other.evaluate((name) =>
    new Promise((resolve) => {
      const { indexedDB } = globalThis as unknown as { indexedDB: { deleteDatabase(name: string): object } };
      const done = (how: string) => () => resolve(how);
      const settled = { onsuccess: done("deleted"), onerror: done("failed"), onblocked: done("blocked") };
      Object.assign(indexedDB.deleteDatabase(name), settled);
    }), "twat_cache/tabs");
  assert.equal(deleted, "deleted");
  assert.deepEqual(await goesOn(tab), { before: "gone", after: "two", entries: 1 });
  assert.deepEqual(await tab.evaluate(() => kit.kept.heard), ["live", { prefix: "" }]);
});

it("open() gives up when another tab does not let go, and works when it does", async (visitor) => {
  const holder = await visitor.tab();
  await holder.evaluate((name) =>
    new Promise<void>((resolve) => {
      const { indexedDB } = globalThis as unknown as { indexedDB: Record<string, (name: string) => object> };
      const held = () => {
        indexedDB["deleteDatabase"]!(name);
        resolve();
      };
      kit.kept.store = Object.assign(indexedDB["open"]!(name), { onsuccess: held }) as never;
    }), "twat_cache/tabs");
  const tab = await visitor.tab();
  const tried = () =>
    tab.evaluate(async () => {
      try {
        const store = await kit.open("indexed_db", "tabs");
        await store.set("a/1", kit.entry("one"));
        return "works";
      } catch (error) {
        return (error as { code?: string }).code;
      }
    });
  const soon = new Soon();
  assert.equal(await tried(), "ERR_CACHE_ENGINE_BUSY");
  soon.within(6_000);
  await holder.close();
  assert.equal(await tried(), "works");
});
