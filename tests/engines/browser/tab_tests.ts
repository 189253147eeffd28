import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Listed } from "../../../src/contract/entry.ts";
import type { TabEngine } from "./page.ts";
import { goesOn, runsIn, type TabKit, tabTest, type Visitor } from "./tabs.ts";
import { Soon } from "../../soon.ts";

declare const kit: TabKit;

/** How long a lease of the core lasts, in milliseconds. */
const LEASE = 2_000;

/** The tests of an engine for browsers that take several tabs, or what only the browser itself can do. */
export function tabTests(engine: TabEngine): void {
  const it = (name: string, run: (visitor: Visitor) => Promise<void>) => tabTest(engine, name, run);

  it("a function runs once for 400 callers in two tabs", async (visitor) => {
    const tabs = [await visitor.tabWithCache(), await visitor.tabWithCache()];
    const results = await Promise.all(tabs.map((tab) =>
      tab.evaluate(async () => {
        const calls = Array.from({ length: 200 }, () => kit.kept.call(7));
        return new Set((await Promise.all(calls)).map((value) => JSON.stringify(value))).size;
      })
    ));
    assert.deepEqual(results, [1, 1]);
    assert.equal(await tabs[0]!.evaluate(() => kit.kept.call.cache.info.engine), engine);
    const runs = await Promise.all(tabs.map(runsIn));
    assert.equal(runs[0]! + runs[1]!, 1);
  });

  it("a function runs in another tab when the one in which it ran was closed", async (visitor) => {
    const [first, second] = [await visitor.tabWithCache(), await visitor.tabWithCache()];
    await first.evaluate(() => void kit.kept.call(-1));
    await first.waitForFunction(() => kit.kept.runs === 1);
    await second.evaluate(() => void kit.kept.call(-1));
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(await runsIn(second), 0, "not while the other is there");
    await first.close();
    const soon = new Soon();
    await second.waitForFunction(() => kit.kept.runs === 1);
    soon.within(LEASE + 500);
  });

  it("what one tab invalidates or clears is gone for the others", async (visitor) => {
    const [first, second] = [await visitor.tabWithCache(), await visitor.tabWithCache()];
    const call = (tab: Page, n: number) => tab.evaluate((n) => kit.kept.call(n), n);
    // News takes a moment to the other tab.
    const runsAgain = async (tab: Page, n: number, runs: number) => {
      for (let tries = 0; await runsIn(tab) < runs; tries++) {
        assert.ok(tries < 500, `run ${runs} comes`);
        await call(tab, n);
      }
      assert.equal(await runsIn(tab), runs);
    };
    for (const n of [1, 2]) for (const tab of [first, second]) await call(tab, n);
    assert.deepEqual([await runsIn(first), await runsIn(second)], [2, 0]);
    await first.evaluate(() => kit.kept.call.cache.invalidate(1));
    await runsAgain(second, 1, 1);
    await call(second, 2);
    assert.equal(await runsIn(second), 1, "only what was invalidated");
    await first.evaluate(() => kit.kept.call.cache.clear());
    await runsAgain(second, 2, 2);
    await runsAgain(second, 1, 3);
  });

  it("values, also large ones, are still there when the page was loaded anew", async (visitor) => {
    const tab = await visitor.tab();
    const round = () =>
      tab.evaluate(async (engine) => {
        let runs = 0;
        const options = { folderName: "tabs", name: "large", version: "1" };
        const large = kit.decorators[engine]((length: number, text: string) => {
          runs++;
          return Promise.resolve({ bytes: kit.noise(length, 1), text: `${text} \ud800 \0`, at: new Date(5) });
        }, options);
        const [long, value] = ["x".repeat(100_000), kit.noise(5_000_000, 1)];
        const { bytes, text, at } = await large(5_000_000, long);
        const same = bytes.length === value.length && value.every((byte, at) => bytes[at] === byte);
        await large.cache.close();
        return { runs, same, text: text === `${long} \ud800 \0`, at: at.getTime() };
      }, engine);
    assert.deepEqual(await round(), { runs: 1, same: true, text: true, at: 5 });
    await tab.reload();
    await tab.waitForFunction(() => "kit" in globalThis);
    assert.deepEqual(await round(), { runs: 0, same: true, text: true, at: 5 });
  });

  it("the store goes on when the data of the site was cleared", async (visitor) => {
    const tab = await visitor.tabWithStore();
    await tab.evaluate(() => kit.kept.store.set("a/1", kit.entry("one")));
    const cdp = await visitor.context.newCDPSession(tab);
    await cdp.send("Storage.clearDataForOrigin", { origin: visitor.site.origin, storageTypes: "all" });
    assert.deepEqual(await goesOn(tab), { before: "gone", after: "two", entries: 1 });
  });

  it("room is made when the quota is used up, and a value that never fits is a miss", async (visitor) => {
    const tab = await visitor.tabWithStore();
    const cdp = await visitor.context.newCDPSession(tab);
    await cdp.send("Storage.overrideQuotaForOrigin", { origin: visitor.site.origin, quotaSize: 4_000_000 });
    /** Calls a cached function, and waits until all is written. */
    const call = (length: number, seeds: readonly number[]) =>
      tab.evaluate(async ({ engine, length, seeds }) => {
        const faults: string[] = [];
        const stop = kit.on("error", ({ error }) => faults.push(`${(error as { code?: string }).code}`));
        let [runs, wrong] = [0, 0];
        const make = (length: number, seed: number) => (runs++, Promise.resolve(kit.noise(length, seed)));
        const options = { folderName: "tabs", name: "make", version: "1" };
        const cached = kit.decorators[engine](make, options);
        for (const seed of seeds) {
          const [value, expected] = [await cached(length, seed), kit.noise(length, seed)];
          if (value.length !== length || !expected.every((byte, at) => value[at] === byte)) wrong++;
        }
        await cached.cache.close();
        stop();
        const { entries } = await kit.kept.store.usage("");
        return { runs, wrong, faults, entries };
      }, { engine, length, seeds });
    const many = await call(300_000, Array.from({ length: 40 }, (_, n) => n));
    assert.deepEqual({ ...many, entries: 0 }, { runs: 40, wrong: 0, faults: [], entries: 0 });
    assert.ok(many.entries >= 5 && many.entries <= 13, `${many.entries} are kept`);
    const last = await call(300_000, [37, 38, 39]);
    assert.deepEqual(last, { runs: 0, wrong: 0, faults: [], entries: many.entries }, "the last ones are kept");
    for (let time = 0; time < 2; time++) {
      const huge = await call(6_000_000, [1]);
      const expected = { runs: 1, wrong: 0, faults: ["ERR_CACHE_ENGINE_FULL"], entries: many.entries };
      assert.deepEqual(huge, expected, "nothing leaves for what never fits");
    }
  });

  it("whole entries and right counts are left when the tab crashes while it writes", async (visitor) => {
    const victim = await visitor.tabWithStore();
    await victim.evaluate(() => {
      kit.kept.runs = 0;
      const write = async (lane: number) => {
        for (let n = 0;; n++) {
          const length = 1 + (n * 7_919) % 90_000;
          await kit.kept.store.set(`a/${lane}-${n % 20}`, kit.entry(kit.noise(length, n), { checksum: n }));
          kit.kept.runs++;
        }
      };
      for (let lane = 0; lane < 4; lane++) void write(lane).catch(() => {});
    });
    await victim.waitForFunction(() => kit.kept.runs > 100);
    const crashed = victim.waitForEvent("crash");
    victim.goto("chrome://crash").catch(() => {});
    await crashed;
    const heir = await visitor.tabWithStore();
    const found = await heir.evaluate(async () => {
      const { store } = kit.kept;
      const listed: Listed[] = [];
      for await (const one of store.entries("")) listed.push(one);
      let wrong = 0;
      for (const { key, size } of listed) {
        const entry = await store.get(key);
        const expected = kit.noise(size, entry?.checksum ?? 0);
        const { body = "" } = entry ?? {};
        if (body.length !== size || !expected.every((byte, at) => body[at] === byte)) wrong++;
      }
      const bytes = listed.reduce((sum, { size }) => sum + size, 0);
      return {
        wrong,
        entries: listed.length,
        counted: { entries: listed.length, bytes },
        usage: await store.usage("a/"),
      };
    });
    assert.ok(found.entries > 10, `${found.entries} entries were written`);
    assert.equal(found.wrong, 0);
    assert.deepEqual(found.usage, found.counted);
  });
}
