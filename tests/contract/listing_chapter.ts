import assert from "node:assert/strict";
import { it } from "node:test";
import type { Entry } from "../../src/contract/entry.ts";
import { random } from "../random.ts";
import type { Subject } from "./subject.ts";
import { keyOf, listing } from "./subject.ts";

/** Listings, usage and clearing, each under a prefix and for everything. */
export function listingChapter({ entry, same, ...tested }: Subject): void {
  it("entries() lists each entry once with everything but the body", () =>
    tested.with(async (store) => {
      const kept = new Map<string, Entry>();
      for (let n = 0; n < 20; n++) {
        kept.set(keyOf(n % 2 ? "a" : "b", n), entry(`body ${n}`, { tags: n % 3 ? [] : [`t${n}`], label: `f(${n})` }));
      }
      kept.set(keyOf("a", 99), entry("never", { freshUntil: Infinity, goneAt: Infinity }));
      for (const [key, expected] of kept) await store.set(key, expected);
      const found = await listing(store, "");
      assert.deepEqual([...found.keys()].sort(), [...kept.keys()].sort());
      for (const [key, { body: _, checksum: __, ...head }] of kept) {
        const listed = found.get(key);
        assert.ok(listed);
        for (const field of Object.keys(head) as (keyof typeof head)[]) {
          if (field !== "promise") assert.deepEqual(listed[field], head[field], `${key}: ${field}`);
        }
        assert.equal(listed.hits, 0);
        assert.equal(listed.accessedAt, head.storedAt);
        assert.ok(!("body" in listed), "a listing holds no body");
      }
      assert.deepEqual([...(await listing(store, "a/")).keys()].sort(), [...kept.keys()].filter(inA).sort());
      assert.equal((await listing(store, "none/")).size, 0);
    }));

  it("entries() goes on when entries are set and deleted during the iteration", () =>
    tested.with(async (store) => {
      for (let n = 0; n < 300; n++) await store.set(keyOf("a", n), entry(`${n}`));
      const seen = new Set<string>();
      let n = 0;
      for await (const { key } of store.entries("a/")) {
        assert.ok(!seen.has(key), `"${key}" is listed once`);
        seen.add(key);
        await store.delete(key);
        if (n++ < 50) await store.set(keyOf("b", n), entry("new"));
      }
      for (let n = 0; n < 300; n++) assert.ok(seen.has(keyOf("a", n)), `entry ${n} was listed`);
      assert.deepEqual(await store.usage("a/"), { entries: 0, bytes: 0 });
      assert.equal((await store.usage("b/")).entries, 50);
    }));

  it("entries() leaves the store usable when the iteration is broken off", () =>
    tested.with(async (store) => {
      for (let n = 0; n < 10; n++) await store.set(keyOf("a", n), entry(`${n}`));
      for await (const _ of store.entries("")) break;
      await store.set(keyOf("a", 10), entry("after"));
      assert.equal(await store.clear(""), 11);
    }));

  it("clear() drops what is under the prefix and says how much", () =>
    tested.with(async (store) => {
      const scopes = ["a", "ab", "a_b", "axb", "a-", "b", "a.b"];
      for (const scope of scopes) for (let n = 0; n < 3; n++) await store.set(keyOf(scope, n), entry(`${scope}${n}`));
      assert.equal(await store.clear("none/"), 0);
      for (const [at, scope] of scopes.slice(0, 4).entries()) {
        assert.equal(await store.clear(`${scope}/`), 3, scope);
        assert.equal((await store.usage("")).entries, (scopes.length - at - 1) * 3);
        assert.equal(await store.get(keyOf(scope, 0)), undefined);
      }
      for (const scope of scopes.slice(4)) assert.ok(await store.get(keyOf(scope, 2)), `${scope}/ is still there`);
      assert.equal(await store.clear(""), 9);
      assert.deepEqual(await store.usage(""), { entries: 0, bytes: 0 });
      assert.equal(await store.clear(""), 0);
    }));

  it("clear() drops everything when there are 1,500 entries", () =>
    tested.with(async (store) => {
      const entries = Array.from({ length: 1500 }, (_, n) => [keyOf("a", n), entry(`${n}`)] as const);
      if (store.setMany) await store.setMany(entries);
      else for (const [key, one] of entries) await store.set(key, one);
      await store.set(keyOf("b", 1), entry("stays"));
      assert.equal((await store.usage("a/")).entries, 1500);
      assert.equal((await listing(store, "a/")).size, 1500);
      assert.equal(await store.clear("a/"), 1500);
      assert.deepEqual(await store.usage("a/"), { entries: 0, bytes: 0 });
      assert.equal((await listing(store, "")).size, 1);
    }));

  it("usage() counts entries and sums their sizes when they come, change and go", () =>
    tested.with(async (store) => {
      assert.deepEqual(await store.usage(""), { entries: 0, bytes: 0 });
      await store.set(keyOf("a", 1), entry("", { size: 10 }));
      await store.set(keyOf("a", 2), entry("", { size: 5.5 }));
      await store.set(keyOf("b", 1), entry("", { size: 100 }));
      assert.deepEqual(await store.usage("a/"), { entries: 2, bytes: 15.5 });
      assert.deepEqual(await store.usage(""), { entries: 3, bytes: 115.5 });
      await store.set(keyOf("a", 1), entry("", { size: 1 }));
      assert.deepEqual(await store.usage("a/"), { entries: 2, bytes: 6.5 });
      await store.delete(keyOf("a", 2));
      assert.deepEqual(await store.usage("a/"), { entries: 1, bytes: 1 });
      assert.deepEqual(await store.usage("none/"), { entries: 0, bytes: 0 });
      await store.clear("a/");
      assert.deepEqual(await store.usage(""), { entries: 1, bytes: 100 });
    }));

  it("every method answers as a plain map does when 600 random steps are taken", () =>
    tested.with(async (store) => {
      const next = random(20261123);
      const model = new Map<string, Entry>();
      const pick = () => keyOf(next() < 0.6 ? "a" : "b", Math.floor(next() * 40));
      for (let step = 0; step < 600; step++) {
        const [chance, key] = [next(), pick()];
        if (chance < 0.45) {
          const one = entry(`step ${step}`, { size: Math.floor(next() * 100), tags: next() < 0.3 ? [`t${step}`] : [] });
          await store.set(key, one);
          model.set(key, one);
        } else if (chance < 0.7) {
          const expected = model.get(key);
          const found = await store.get(key);
          if (expected) same(found, expected, `step ${step}`);
          else assert.equal(found, undefined);
        } else if (chance < 0.9) {
          assert.equal(await store.delete(key), model.delete(key));
        } else if (chance < 0.98) {
          const prefix = next() < 0.5 ? "a/" : "";
          const under = [...model].filter(([key]) => key.startsWith(prefix));
          const bytes = under.reduce((sum, [, { size }]) => sum + size, 0);
          assert.deepEqual(await store.usage(prefix), { entries: under.length, bytes });
          assert.deepEqual([...(await listing(store, prefix)).keys()].sort(), under.map(([key]) => key).sort());
        } else {
          const under = [...model.keys()].filter((key) => key.startsWith("b/"));
          assert.equal(await store.clear("b/"), under.length);
          under.forEach((key) => model.delete(key));
        }
      }
    }));
}

const inA = (key: string): boolean => key.startsWith("a/");
