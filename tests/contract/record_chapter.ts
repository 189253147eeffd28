import assert from "node:assert/strict";
import { it } from "node:test";
import type { Entry } from "../../src/contract/entry.ts";
import type { Subject } from "./subject.ts";
import { given, keyOf } from "./subject.ts";

/** Exact records: what was set comes back in every field, or nothing does. */
export function recordChapter({ engine, entry, same, body, ...tested }: Subject): void {
  it("get() returns undefined when the key is unknown", () =>
    tested.with(async (store) => {
      assert.equal(await store.get(keyOf("a", 1)), undefined);
      await store.set(keyOf("a", 1), entry("x"));
      assert.equal(await store.get(keyOf("a", 2)), undefined);
      assert.equal(await store.get("a/"), undefined);
    }));

  it("get() returns the exact entry when it was set, in every field", () =>
    tested.with(async (store) => {
      const entries: Entry[] = [
        entry("plain"),
        entry("tags", { tags: ["user:1", "", "a,b", 'quo"ted', "zażółć ✓ 🦉", "back\\slash", "new\nline"] }),
        entry("label", { label: "f(1) → 🦉 'x' \"y\" \n -- ; drop" }),
        entry("never", { freshUntil: Infinity, goneAt: Infinity }),
        entry("gone before it came", { freshUntil: 0, goneAt: 0 }),
        entry("cost", { cost: 0.1 + 0.2 }),
        entry("no cost", { cost: 0 }),
        entry("no size", { size: 0 }),
        entry("large numbers", { size: 2 ** 40, storedAt: 2 ** 52 + 1, freshUntil: 8.64e15, goneAt: 2 ** 53 - 1 }),
        entry("fractions", { storedAt: 1_790_000_000_000.125, freshUntil: 1_790_000_000_000.5, size: 2.5 }),
      ];
      if (engine.holds === "bytes") {
        entries.push(
          entry("checksum", { checksum: 0xffffffff }),
          entry("form", { form: "1:raw:Float64Array+deflate" }),
        );
      }
      for (const [n, expected] of entries.entries()) await store.set(keyOf("a", n), expected);
      for (const [n, expected] of entries.entries()) same(await store.get(keyOf("a", n)), expected, `entry ${n}`);
    }));

  it("get() returns the body as it was set when the body is falsy, empty or odd", () =>
    tested.with(async (store) => {
      const bodies = engine.holds === "bytes" ? oddBytes() : engine.holds === "clones" ? oddClones() : oddReferences();
      const kept = bodies.map((odd) => entry("", { body: odd }));
      for (const [n, expected] of kept.entries()) await store.set(keyOf("a", n), expected);
      for (const [n, expected] of kept.entries()) same(await store.get(keyOf("a", n)), expected, `body ${n}`);
    }));

  it("get() returns the body as it was set when the body has 5 MB", () =>
    tested.with(async (store) => {
      const size = Math.min(5_000_000, engine.limits.bodyBytes);
      const text = "0123456789abcdef".repeat(Math.ceil(size / 16)).slice(0, size);
      const bytes = new Uint8Array(size).map((_, at) => at * 31 + (at >> 8));
      const large = engine.holds === "bytes" ? [text, bytes] : [body(text), { bytes }];
      const kept = large.map((value) => entry("", { body: value, size }));
      for (const [n, expected] of kept.entries()) await store.set(keyOf("a", n), expected);
      for (const [n, expected] of kept.entries()) same(await store.get(keyOf("a", n)), expected, `large body ${n}`);
    }));

  it("set() replaces every field when the key is there", () =>
    tested.with(async (store) => {
      const key = keyOf("a", 1);
      await store.set(
        key,
        entry("a long body that leaves", { tags: ["one", "two"], label: "first", goneAt: Infinity }),
      );
      const second = entry("short");
      await store.set(key, second);
      same(await store.get(key), second);
      if (engine.holds === "bytes") {
        const third = entry("", { body: Uint8Array.of(1, 2, 3), form: "1:raw:Uint8Array", size: 3 });
        await store.set(key, third);
        same(await store.get(key), third, "bytes over text");
        await store.set(key, second);
        same(await store.get(key), second, "text over bytes");
      }
      assert.equal((await store.usage("")).entries, 1);
    }));

  given(engine.holds !== "references")(
    "set() keeps what the entry was, and get() gives a body of its own, when the bytes change later",
    () =>
      tested.with(async (store) => {
        const bytes = Uint8Array.of(1, 2, 3);
        const value = engine.holds === "bytes" ? bytes : { bytes };
        await store.set(keyOf("a", 1), entry("", { body: value, size: 3 }));
        bytes[0] = 9;
        const read = async () => {
          const found = (await store.get(keyOf("a", 1)))?.body;
          return (engine.holds === "bytes" ? found : (found as { bytes: Uint8Array }).bytes) as Uint8Array;
        };
        const first = await read();
        assert.deepEqual([...first], [1, 2, 3]);
        first[1] = 9;
        assert.deepEqual([...await read()], [1, 2, 3]);
      }),
  );

  given(engine.holds === "references")(
    "set() keeps the settled promise when the engine holds references",
    () =>
      tested.with(async (store) => {
        const promise = Promise.resolve(1);
        await store.set(keyOf("a", 1), entry("", { body: 1, promise }));
        assert.equal((await store.get(keyOf("a", 1)))?.promise, promise);
      }),
  );

  it("delete() says whether there was an entry", () =>
    tested.with(async (store) => {
      const kept = entry("kept");
      await store.set(keyOf("a", 1), entry("dropped"));
      await store.set(keyOf("a", 2), kept);
      assert.equal(await store.delete(keyOf("a", 1)), true);
      assert.equal(await store.delete(keyOf("a", 1)), false);
      assert.equal(await store.get(keyOf("a", 1)), undefined);
      same(await store.get(keyOf("a", 2)), kept);
    }));

  it("set() keeps keys apart when they differ in one character or in length", () =>
    tested.with(async (store) => {
      const digits = "0123456789abcdef0123456789abcdef";
      const keys = ["a/", "b/", "a/x", "a/x-", "a/y-", "ab/y-"].flatMap((start) =>
        ["", "0", digits, `${digits}0`, digits.slice(1), digits.replace("f", "e")].map((end) => start + end)
      );
      const long = "a/".padEnd(Math.min(200, engine.limits.keyBytes), "x");
      keys.push(long, `${long.slice(0, -1)}y`);
      const kept = new Map([...new Set(keys)].map((key) => [key, entry(key)]));
      for (const [key, expected] of kept) await store.set(key, expected);
      for (const [key, expected] of kept) same(await store.get(key), expected, `"${key}"`);
      assert.equal((await store.usage("")).entries, kept.size);
    }));

  it("set() keeps the exact entry or throws when the key or the body is one past the limit", () =>
    tested.with(async (store) => {
      const { keyBytes, bodyBytes } = engine.limits;
      const trials: [string, Entry][] = [];
      if (keyBytes < 10_000) trials.push(["a/".padEnd(keyBytes, "k"), entry("at the limit")]);
      if (keyBytes < 10_000) trials.push(["a/".padEnd(keyBytes + 1, "k"), entry("past the limit")]);
      if (engine.holds === "bytes" && bodyBytes <= 16_000_000) {
        trials.push([keyOf("a", 1), entry("", { body: new Uint8Array(bodyBytes).fill(7), size: bodyBytes })]);
        trials.push([keyOf("a", 2), entry("", { body: new Uint8Array(bodyBytes + 1).fill(7), size: bodyBytes + 1 })]);
      }
      for (const [n, [key, expected]] of trials.entries()) {
        const past = n % 2 === 1;
        const refused = await attempt(() => store.set(key, expected));
        if (!past) assert.equal(refused, undefined, "what is within the limits is kept");
        if (refused === undefined) same(await store.get(key), expected, `trial ${n}`);
        else assert.equal(await store.get(key), undefined, "what was refused is not there");
      }
    }));
}

async function attempt(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

function oddBytes(): (string | Uint8Array)[] {
  const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const texts = ["", "null", "0", '""', "false", "undefined", "\ufeffmark", "zażółć 🦉", "a\u0000b", "\u0000", "'; --"];
  return [...texts, new Uint8Array(0), Uint8Array.of(0), every, every.subarray(100, 107), every.slice(200)];
}

function oddClones(): unknown[] {
  return [undefined, null, 0, -0, NaN, "", false, 1n, new Date(0), new Map([[1, new Set([2])]]), Uint8Array.of(0)];
}

function oddReferences(): unknown[] {
  return [...oddClones(), Symbol("s"), () => 1, new WeakMap(), Object.create(null), Promise.resolve(undefined)];
}
