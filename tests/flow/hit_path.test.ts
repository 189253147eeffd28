import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openMemory } from "../../engines/memory/open.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { PolicyName } from "../../src/contract/store.ts";
import type { Colour, Wrapper } from "../../src/flow/hit_path.ts";
import { hitPath, isPlainKey } from "../../src/flow/hit_path.ts";
import { NOT_PRIMITIVE, primitiveKey } from "../../src/key/primitive_key.ts";

/** A call that was not served by the hit path. */
interface Missed {
  readonly self: unknown;
  readonly args: unknown[];
  readonly key: unknown;
}

interface Setting {
  readonly arity?: number;
  readonly colour?: Colour;
  readonly plain?: boolean;
  readonly ttl?: number;
  readonly policy?: PolicyName;
  readonly keyOf?: (self: unknown, args: unknown[]) => unknown;
  /** What the function returns; the first argument by default. */
  readonly result?: (args: unknown[]) => unknown;
}

/** A wrapper whose slow way computes and stores, with everything in sight. */
function setUp(
  { arity = 1, colour = "sync", plain = true, ttl = Infinity, policy = "s3fifo", ...given }: Setting = {},
) {
  const store = openMemory({ bounds: { maxSize: 100, maxBytes: Infinity, policy } });
  const clock = { at: 1_000, readings: 0, now: () => (clock.readings++, clock.at) };
  const stats = { hits: 0 };
  const events = { listening: false };
  const missed: Missed[] = [];
  const keyed: unknown[][] = [];
  const result = given.result ?? ((args: unknown[]) => args[0]);
  const wrapper: Wrapper = hitPath(
    {
      store,
      clock,
      stats,
      events,
      plain,
      keyOf(self, args) {
        keyed.push(args);
        if (given.keyOf !== undefined) return given.keyOf(self, args);
        return plain && args.length === 1 && isPlainKey(args[0]) ? args[0] : `\0${text(args)}`;
      },
      slow(self, args, key) {
        missed.push({ self, args, key });
        const value = result(args);
        const freshUntil = clock.at + ttl;
        const head = { storedAt: clock.at, freshUntil, goneAt: freshUntil, cost: 0, size: 1, tags: [], label: "" };
        const entry: Entry = { body: value, form: "", checksum: 0, ...head, promise: undefined };
        if (colour === "either" && value instanceof Promise) entry.promise = value;
        store.set(key, entry);
        return colour === "async" ? Promise.resolve(value) : value;
      },
    },
    arity,
    colour,
  );
  return { wrapper, store, clock, stats, events, missed, keyed };
}

/** A text for arguments that tells all those of these tests apart. */
function text(args: unknown[]): string {
  return args.map((arg) => `${typeof arg}:${typeof arg === "object" ? JSON.stringify(arg) : shown(arg)}`).join();
}

function shown(arg: unknown): string {
  return Object.is(arg, -0) ? "-0" : typeof arg === "string" ? JSON.stringify(arg) : String(arg);
}

describe("isPlainKey()", () => {
  it("is true of primitives that a Map keeps apart, and of nothing else", () => {
    const plain = [
      "",
      "a",
      "x".repeat(1024),
      0,
      1,
      -1,
      1.5,
      NaN,
      Infinity,
      -Infinity,
      0n,
      5n,
      true,
      false,
      null,
      undefined,
    ];
    const others = [-0, "\0", "\0x", "x".repeat(1025), {}, [], () => 1, Symbol("s"), new Date(0), new String("a")];
    for (const value of plain) assert.equal(isPlainKey(value), true, String(value));
    for (const value of others) assert.equal(isPlainKey(value), false, typeof value);
  });
});

describe("hitPath()", () => {
  it("serves a second call with the same primitive without making a key", () => {
    const { wrapper, stats, missed, keyed } = setUp();
    const values = ["a", "", 0, 1, 1.5, NaN, Infinity, 3n, true, false, null, undefined];
    for (const value of values) assert.ok(Object.is(wrapper(value), value));
    for (const value of values) assert.ok(Object.is(wrapper(value), value));
    assert.equal(missed.length, values.length);
    assert.deepEqual(missed.map(({ key }) => key), values, "each is its own key");
    assert.equal(stats.hits, values.length);
    assert.equal(keyed.length, 0);
  });

  it("keeps calls apart whose arguments a Map or a text would confuse", () => {
    const calls: unknown[][] = [
      [0],
      [-0],
      ["0"],
      [0n],
      [false],
      ["false"],
      [null],
      ["null"],
      [undefined],
      ["undefined"],
      [],
      [undefined, undefined],
      [1],
      [1, undefined],
      ["number:1"],
      ["\0number:1"],
      ["\0"],
      ["\0x"],
      [""],
      ["x".repeat(1024)],
      ["x".repeat(1025)],
      [NaN],
      ["NaN"],
      [[1]],
      [{ a: 1 }],
    ];
    for (const arity of [0, 1, 2]) {
      const { wrapper, missed, stats } = setUp({ arity, result: (args) => args });
      const first = calls.map((args) => wrapper(...args));
      assert.equal(missed.length, calls.length, `arity ${arity}: no call is taken for another`);
      calls.forEach((args, at) => assert.equal(wrapper(...args), first[at], `arity ${arity}: ${text(args)}`));
      assert.equal(missed.length, calls.length);
      assert.equal(stats.hits, calls.length);
    }
  });

  it("hands this, the arguments and the key to the slow way, for every arity", () => {
    for (const arity of [0, 1, 2, 3]) {
      const { wrapper, missed } = setUp({ arity });
      const self = { wrapper };
      self.wrapper();
      self.wrapper("a");
      self.wrapper("a", "b");
      wrapper.call(self, 1, 2, 3);
      assert.deepEqual(missed.map(({ args }) => args), [[], ["a"], ["a", "b"], [1, 2, 3]], `arity ${arity}`);
      assert.deepEqual(missed.map(({ key }) => key), [
        "\0",
        "a",
        '\0string:"a",string:"b"',
        "\0number:1,number:2,number:3",
      ]);
      for (const { self: seen, args } of missed) {
        assert.equal(seen, self);
        assert.ok(Array.isArray(args));
      }
    }
  });

  it("makes the key of a call without arguments once", () => {
    const { wrapper, keyed, stats } = setUp({ arity: 0, result: () => "now" });
    for (let call = 0; call < 10; call++) assert.equal(wrapper(), "now");
    assert.equal(stats.hits, 9);
    assert.equal(keyed.length, 1);
  });

  it("asks keyOf at every call, with this, when the caller's options make the key", () => {
    let tenant = "a";
    for (const arity of [0, 1]) {
      const { wrapper, missed } = setUp({
        arity,
        plain: false,
        keyOf: (self) => `\0${tenant}${(self as { id: number }).id}`,
        result: () => tenant,
      });
      const [one, two] = [{ id: 1, wrapper }, { id: 2, wrapper }];
      tenant = "a";
      assert.equal(one.wrapper(arity || undefined), "a");
      assert.equal(two.wrapper(arity || undefined), "a");
      tenant = "b";
      assert.equal(one.wrapper(arity || undefined), "b");
      assert.equal(one.wrapper(arity || undefined), "b");
      assert.equal(missed.length, 3);
    }
  });

  it("serves falsy values", () => {
    for (const value of [undefined, null, 0, "", false, NaN]) {
      const { wrapper, missed } = setUp({ result: () => value });
      for (let call = 0; call < 3; call++) assert.ok(Object.is(wrapper("x"), value));
      assert.equal(missed.length, 1, String(value));
    }
  });

  it("serves until freshUntil, exclusive, by the clock it was given", () => {
    const { wrapper, clock, stats, missed } = setUp({ ttl: 60_000 });
    wrapper("a");
    clock.at += 59_999;
    wrapper("a");
    assert.deepEqual([stats.hits, missed.length], [1, 1]);
    clock.at += 1;
    wrapper("a");
    assert.deepEqual([stats.hits, missed.length], [1, 2]);
    clock.at += 59_999;
    wrapper("a");
    assert.deepEqual([stats.hits, missed.length], [2, 2]);
  });

  it("counts a read of the entry for each hit, and none for a stale one", () => {
    for (const policy of ["s3fifo", "lfu", "tinylfu", "lru"] as const) {
      const { wrapper, store, clock } = setUp({ ttl: 10, policy });
      for (let call = 0; call < 5; call++) wrapper("a");
      assert.equal([...store.entries("")][0]!.hits, 4, policy);
      const held = store.table.get("a")!;
      clock.at += 10;
      store.set = () => {};
      wrapper("a");
      assert.equal(held.hits, 4, policy);
    }
  });

  it("keeps what is called often when the policy is lru", () => {
    const { wrapper, missed } = setUp({ policy: "lru" });
    for (let n = 0; n < 300; n++) {
      wrapper("favourite");
      wrapper(n);
    }
    assert.equal(missed.length, 301);
  });

  it("leaves every call to the slow way while somebody listens", () => {
    for (const [arity, args] of [[0, []], [1, ["a"]], [2, ["a", "b"]]] as const) {
      const { wrapper, events, stats, missed } = setUp({ arity });
      wrapper(...args);
      wrapper(...args);
      events.listening = true;
      wrapper(...args);
      wrapper(...args);
      assert.deepEqual([stats.hits, missed.length], [1, 3], `arity ${arity}`);
      events.listening = false;
      wrapper(...args);
      assert.deepEqual([stats.hits, missed.length], [2, 3], `arity ${arity}`);
    }
  });

  it("gives the very same promise at each hit when it is async", async () => {
    const { wrapper, missed } = setUp({ colour: "async", result: ([n]) => `value ${n}` });
    assert.equal(await wrapper(1), "value 1");
    const [first, second] = [wrapper(1), wrapper(1)];
    assert.ok(first instanceof Promise);
    assert.equal(first, second, "nothing is allocated");
    assert.equal(await first, "value 1");
    assert.equal(missed.length, 1);
  });

  it("waits one microtask for an async hit", async () => {
    const { wrapper } = setUp({ colour: "async" });
    await wrapper("a");
    const order: string[] = [];
    const hit = (wrapper("a") as Promise<unknown>).then(() => order.push("hit"));
    const other = Promise.resolve().then(() => order.push("other"));
    await Promise.all([hit, other]);
    assert.deepEqual(order, ["hit", "other"]);
  });

  it("gives what the function gave when it is either: a promise for a promise, a value for a value", async () => {
    const { wrapper } = setUp({ colour: "either", result: ([n]) => n === 1 ? Promise.resolve("later") : "at once" });
    for (let call = 0; call < 3; call++) {
      assert.equal(wrapper(2), "at once");
      assert.equal(await (wrapper(1) as Promise<unknown>), "later");
      assert.ok(wrapper(1) instanceof Promise);
    }
  });

  it("rejects when it is async and throws otherwise when no key can be made", async () => {
    const keyOf = (): never => {
      throw new TypeError("no key");
    };
    for (const arity of [0, 1, 2]) {
      const rejecting = setUp({ arity, colour: "async", keyOf });
      const call = rejecting.wrapper({});
      assert.ok(call instanceof Promise);
      await assert.rejects(call, { message: "no key" });
      assert.throws(() => setUp({ arity, keyOf }).wrapper({}), { message: "no key" });
      assert.equal(rejecting.missed.length, 0, "the function is not run");
    }
    const nullary = setUp({ arity: 0, colour: "async", keyOf });
    await assert.rejects(nullary.wrapper() as Promise<unknown>, { message: "no key" });
  });

  it("never serves what left the store", () => {
    const { wrapper, store, missed } = setUp();
    wrapper("a");
    store.delete("a");
    wrapper("a");
    store.clear("");
    wrapper("a");
    assert.equal(missed.length, 3);
    for (let n = 0; n < 200; n++) wrapper(n);
    assert.equal(store.usage("").entries, 100);
    assert.equal(missed.length, 203);
  });
});

it("isPlainKey() and primitiveKey() agree, so that a call finds what another way of calling stored", () => {
  const values = [
    "",
    "a",
    "\0",
    "\0a",
    "x".repeat(1_024),
    "x".repeat(1_025),
    0,
    -0,
    1,
    NaN,
    Infinity,
    1n,
    true,
    false,
    null,
    undefined,
  ];
  for (const value of [...values, Symbol("s"), () => 1, {}, [], new Date(0)]) {
    assert.equal(isPlainKey(value), primitiveKey(value) !== NOT_PRIMITIVE, String(value));
  }
});
