import assert from "node:assert/strict";
import { it } from "node:test";
import { acceleratorNames } from "../../src/contract/accelerators.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import type { Subject } from "./subject.ts";
import { given, keyOf, listing } from "./subject.ts";

/** The optional methods, each against the loop that the core would run without it. */
export function acceleratorChapter({ entry, same, offers, ...tested }: Subject): void {
  const fill = async (store: AsyncStore, count: number, parts: (n: number) => Partial<Entry> = () => ({})) => {
    const kept = new Map<string, Entry>();
    for (let n = 0; n < count; n++) kept.set(keyOf(n % 3 ? "a" : "b", n), entry(`body ${n}`, parts(n)));
    for (const [key, one] of kept) await store.set(key, one);
    return kept;
  };

  it("open() gives a store with the optional methods that the engine is said to offer", () =>
    tested.with(async (store) => {
      const offered = acceleratorNames.filter((name) => typeof store[name] === "function");
      assert.deepEqual(offered, acceleratorNames.filter((name) => offers(name)), "name them in `accelerators`");
      await store.usage("");
    }));

  given(offers("getMany"))(
    "getMany() equals a loop of get() when keys are unknown, repeated or none",
    () =>
      tested.with(async (store) => {
        assert.ok(store.getMany);
        const kept = await fill(store, 40);
        assert.deepEqual(await store.getMany([]), []);
        const keys = [...kept.keys(), keyOf("a", 1), keyOf("a", 1), keyOf("none", 1), ...kept.keys()];
        const found = await store.getMany(keys);
        assert.equal(found.length, keys.length);
        for (const [at, key] of keys.entries()) {
          const expected = kept.get(key);
          if (expected) same(found[at], expected, key);
          else assert.equal(found[at], undefined);
        }
      }),
  );

  given(offers("setMany"))(
    "setMany() equals a loop of set() when keys are new, there already or repeated",
    () =>
      tested.with(async (store) => {
        assert.ok(store.setMany);
        const kept = await fill(store, 10);
        const more: [string, Entry][] = [];
        for (let n = 5; n < 130; n++) more.push([keyOf(n % 3 ? "a" : "b", n), entry(`second ${n}`, { size: n })]);
        more.push([keyOf("a", 50), entry("the last one counts", { size: 1 })]);
        await store.setMany([]);
        await store.setMany(more);
        for (const [key, one] of more) kept.set(key, one);
        for (const [key, expected] of kept) same(await store.get(key), expected, key);
        const bytes = [...kept.values()].reduce((sum, { size }) => sum + size, 0);
        assert.deepEqual(await store.usage(""), { entries: kept.size, bytes });
        assert.equal((await listing(store, "")).size, kept.size);
      }),
  );

  given(offers("deleteMany"))(
    "deleteMany() equals a loop of delete() when keys are unknown or repeated",
    () =>
      tested.with(async (store) => {
        assert.ok(store.deleteMany);
        const kept = await fill(store, 30);
        const doomed = [...kept.keys()].slice(0, 12);
        assert.equal(await store.deleteMany([]), 0);
        assert.equal(await store.deleteMany([...doomed, keyOf("none", 1), doomed[0]!, keyOf("a", 9_999)]), 12);
        for (const key of doomed) kept.delete(key);
        assert.deepEqual([...(await listing(store, "")).keys()].sort(), [...kept.keys()].sort());
        const bytes = [...kept.values()].reduce((sum, { size }) => sum + size, 0);
        assert.deepEqual(await store.usage(""), { entries: kept.size, bytes });
      }),
  );

  given(offers("touch"))(
    "touch() sets the last use and adds the hits, and set() starts again from none",
    () =>
      tested.with(async (store) => {
        assert.ok(store.touch);
        const kept = await fill(store, 6);
        const [first, second, third] = [...kept.keys()] as [string, string, string];
        const at = kept.get(first)!.storedAt + 5_000;
        await store.touch([]);
        await store.touch([
          { key: first, accessedAt: at, hits: 2 },
          { key: second, accessedAt: at + 1, hits: 1 },
          { key: keyOf("none", 1), accessedAt: at, hits: 9 },
        ]);
        await store.touch([{ key: first, accessedAt: at + 2, hits: 3 }]);
        const found = await listing(store, "");
        assert.equal(found.size, kept.size);
        const access = (key: string) => [found.get(key)?.accessedAt, found.get(key)?.hits];
        assert.deepEqual(access(first), [at + 2, 5]);
        assert.deepEqual(access(second), [at + 1, 1]);
        assert.deepEqual(access(third), [kept.get(third)!.storedAt, 0]);
        for (const [key, expected] of kept) same(await store.get(key), expected, key);
        const again = entry("again", { storedAt: at + 10 });
        await store.set(first, again);
        const after = (await listing(store, "")).get(first);
        assert.deepEqual([after?.accessedAt, after?.hits], [again.storedAt, 0]);
      }),
  );

  given(offers("sweep"))(
    "sweep() drops what is gone at the instant, under the prefix only",
    () =>
      tested.with(async (store) => {
        assert.ok(store.sweep);
        const base = 1_800_000_000_000;
        const kept = await fill(store, 60, (n) => ({ goneAt: n % 10 ? base + n : Infinity, freshUntil: base - 1 }));
        const gone = (prefix: string, now: number) =>
          [...kept].filter(([key, { goneAt }]) => key.startsWith(prefix) && goneAt <= now).map(([key]) => key);
        for (const [prefix, now] of [["a/", base], ["a/", base + 31], ["none/", Infinity], ["", base + 45]] as const) {
          const doomed = gone(prefix, now);
          assert.equal(await store.sweep(prefix, now), doomed.length, `${prefix} at ${now}`);
          doomed.forEach((key) => kept.delete(key));
          assert.deepEqual([...(await listing(store, "")).keys()].sort(), [...kept.keys()].sort());
          assert.equal((await store.usage("")).entries, kept.size);
        }
      }),
  );

  given(offers("check"))(
    "check() finds nothing to report when the storage is sound, and leaves all as it is",
    () =>
      tested.with(async (store) => {
        assert.ok(store.check);
        assert.deepEqual(await store.check("", true), []);
        const kept = await fill(store, 20);
        await store.delete(keyOf("b", 0));
        kept.delete(keyOf("b", 0));
        for (const [prefix, fix] of [["", false], ["a/", false], ["none/", true], ["a/", true], ["", true]] as const) {
          assert.deepEqual(await store.check(prefix, fix), [], `"${prefix}"`);
        }
        for (const [key, expected] of kept) same(await store.get(key), expected, key);
        assert.equal((await store.usage("")).entries, kept.size);
      }),
  );
}
