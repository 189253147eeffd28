import assert from "node:assert/strict";
import type { Kit } from "./browser/page.ts";
import { tabTests } from "./browser/tab_tests.ts";
import { tabTest } from "./browser/tabs.ts";

tabTests("opfs");

declare const kit: Kit;

/** The private files of the site, as the tests look at them behind the back of the engine. */
interface Files {
  getDirectoryHandle(name: string): Promise<Files>;
  getFileHandle(name: string, options: { create: boolean }): Promise<{ getFile(): Promise<{ size: number }> }>;
  keys(): AsyncIterable<string>;
}

declare const navigator: { storage: { getDirectory(): Promise<Files> } };

tabTest("opfs", "two tabs that write and read one key see whole entries only, and leave one file", async (visitor) => {
  const tabs = [await visitor.tab(), await visitor.tab()];
  const faults = await Promise.all(tabs.map((tab, lane) =>
    tab.evaluate(async (lane) => {
      const store = await kit.open("opfs", "race");
      const faults: string[] = [];
      const write = async () => {
        for (let n = 0; n < 100; n++) {
          const seed = n * 2 + lane;
          await store.set("a/1", kit.entry(kit.noise(1 + (seed * 7_919) % 60_000, seed), { checksum: seed }));
        }
      };
      let writing = true;
      const done = write().finally(() => writing = false);
      let [read, missed] = [0, 0];
      while (writing) {
        const entry = await store.get("a/1");
        if (entry === undefined) {
          missed++;
          continue;
        }
        const expected = kit.noise(entry.size, entry.checksum);
        if (entry.body.length !== entry.size || !expected.every((byte, at) => entry.body[at] === byte)) {
          faults.push(`torn: ${entry.checksum}`);
        }
        read++;
      }
      await done;
      if (read < 20) faults.push(`only ${read} reads`);
      // Whoever looks for a body is outrun now and then, on a busy machine more often.
      if (missed > read) faults.push(`${missed} missed, ${read} read`);
      return faults;
    }, lane)
  ));
  assert.deepEqual(faults, [[], []]);
  const files = await tabs[0]!.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await (await root.getDirectoryHandle("twat_cache")).getDirectoryHandle("race");
    const sizes: number[] = [];
    for await (const name of folder.keys()) {
      sizes.push((await (await folder.getFileHandle(name, { create: false })).getFile()).size);
    }
    const store = await kit.open("opfs", "race");
    return { sizes, bytes: (await store.usage("")).bytes };
  });
  assert.deepEqual(files.sizes, [files.bytes]);
});

tabTest("opfs", "what a crashed tab left lying goes when it is old", async (visitor) => {
  const tab = await visitor.tab();
  const left = await tab.evaluate(async () => {
    const first = await kit.open("opfs", "tidy");
    await first.set("a/1", kit.entry("one"));
    await first.close();
    const root = await navigator.storage.getDirectory();
    const folder = await (await root.getDirectoryHandle("twat_cache")).getDirectoryHandle("tidy");
    const named = (age: number) => `a_2~${(Date.now() - age).toString(36)}~abcdefgh~0.bin`;
    for (const name of [named(3_600_000), named(1_000)]) await folder.getFileHandle(name, { create: true });
    await (await kit.open("opfs", "tidy")).close();
    const names: string[] = [];
    for await (const name of folder.keys()) names.push(name.replace(/~.*~/, "~~"));
    return names.sort();
  });
  assert.deepEqual(left, ["a_1~~3.txt", "a_2~~0.bin"]);
});
