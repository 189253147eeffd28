import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fingerprint } from "../../src/key/fingerprint.ts";
import { differentValues, registerDifferentValues } from "./different_values.ts";

registerDifferentValues();

const same = (one: unknown, other: unknown) => assert.equal(fingerprint([one]), fingerprint([other]));

describe("fingerprint() of different arguments", () => {
  for (const { difference, one, other } of differentValues) {
    it(`differs when ${difference}`, () => assert.notEqual(fingerprint(one), fingerprint(other)));
  }

  it("differs between any two values of the table", () => {
    const seen = new Map<string, readonly unknown[]>();
    for (const list of differentValues.flatMap(({ one, other }) => [one, other])) {
      const text = fingerprint(list);
      const before = seen.get(text);
      if (before !== undefined) assert.deepStrictEqual(list, before);
      seen.set(text, list);
    }
    assert.ok(seen.size > 120, `${seen.size} distinct texts`);
  });
});

describe("fingerprint() of equal arguments", () => {
  it("is one whatever the order of properties, at any depth", () => {
    same({ a: 1, b: { c: 2, d: [3] } }, { b: { d: [3], c: 2 }, a: 1 });
    same({ b: 1, 2: 1, 1: 1, a: 1 }, { 1: 1, 2: 1, a: 1, b: 1 });
  });

  it("is one whatever the order of map entries and set items", () => {
    same(
      new Map<unknown, unknown>([[1, "a"], [{ x: 1 }, "b"]]),
      new Map<unknown, unknown>([[{ x: 1 }, "b"], [1, "a"]]),
    );
    same(new Set([1, "1", [1]]), new Set([[1], 1, "1"]));
    same(new Set([new Set([1, 2]), new Map([[1, 2]])]), new Set([new Map([[1, 2]]), new Set([2, 1])]));
  });

  it("is one whether equal parts are one object or two", () => {
    const part = { a: [1] };
    same([part, part, { part }], [{ a: [1] }, { a: [1] }, { part: { a: [1] } }]);
  });

  it("is one for cycles of the same form", () => {
    const ring = () => {
      const first: Record<string, unknown> = { name: "first" };
      first.next = { name: "second", next: first, list: [first] };
      return first;
    };
    same(ring(), ring());
    const list: unknown[] = [];
    list.push(list);
    assert.equal(typeof fingerprint([list]), "string");
    assert.equal(typeof fingerprint([list, new Map<unknown, unknown>([[list, new Set([list])]])]), "string");
  });

  it("is one for binary content at any offset", () => {
    const bytes = new Uint8Array([9, 1, 2, 3, 9]);
    same(bytes.subarray(1, 4), new Uint8Array([1, 2, 3]));
    same(new DataView(bytes.buffer, 1, 3), new DataView(new Uint8Array([1, 2, 3]).buffer));
    same(new Uint8Array(3_000).fill(7), new Uint8Array(3_001).fill(7).subarray(1));
  });

  it("is one for every bit pattern of not-a-number", () => {
    const patterns = [0x7ff80000, 0xfff80000, 0x7ff80001].map((high) => {
      const floats = new Float64Array(2);
      new Uint32Array(floats.buffer)[1] = high;
      return floats;
    });
    same(patterns[0], patterns[1]);
    same(patterns[0], patterns[2]);
    same(new Float32Array([NaN]), new Float32Array(new Uint32Array([0xffc00001]).buffer));
  });

  it("is one for errors made at other places", () => {
    const make = () => Object.assign(new TypeError("no", { cause: new Error("deep") }), { code: "E" });
    const other = (() => make())();
    same(make(), other);
  });

  it("is one for properties that are hidden or inherited", () => {
    same(Object.defineProperty({ a: 1 }, "hidden", { value: 2, enumerable: false }), { a: 1 });
    same(Object.defineProperty({}, "a", { get: () => 1, enumerable: true }), { a: 1 });
    same(Object.freeze({ a: 1 }), { a: 1 });
  });

  it("is one when somebody added an enumerable property to Object.prototype", () => {
    const before = fingerprint([{ a: 1 }, [1], Object.create(null)]);
    const prototype = Object.prototype as unknown as Record<string, unknown>;
    prototype.added = 1;
    try {
      assert.equal(fingerprint([{ a: 1 }, [1], Object.create(null)]), before);
      assert.notEqual(fingerprint([{ a: 1, added: 1 }]), fingerprint([{ a: 1 }]));
    } finally {
      delete prototype.added;
    }
  });

  it("is one for the same object whatever its hundreds of names, learned or not", () => {
    for (const count of [0, 1, 2, 17, 64, 65, 300]) {
      for (let round = 0; round < 3; round++) {
        const entries = Array.from({ length: count }, (_, i) => [`name${(i * 7919) % 1009}`, i] as const);
        same(Object.fromEntries(entries), Object.fromEntries([...entries].reverse()));
      }
    }
  });
});

describe("fingerprint()", () => {
  it("begins with U+0000, and with U+0000 and a comma where there are arguments", () => {
    assert.equal(fingerprint([]), "\0");
    for (const { one } of differentValues) if (one.length > 0) assert.ok(fingerprint(one).startsWith("\0,"));
  });

  it("reads a plain object of another realm as plain", () => {
    const { process } = globalThis as unknown as {
      process: { getBuiltinModule(name: string): { runInNewContext(code: string): unknown } };
    };
    const foreign = process.getBuiltinModule("node:vm").runInNewContext(
      "({ o: { b: 1, a: [1, 2] }, d: new Date(5), m: new Map([[1, new Set([2])]]), e: /x/g, u: new Uint8Array([1]) })",
    );
    same(foreign, {
      o: { a: [1, 2], b: 1 },
      d: new Date(5),
      m: new Map([[1, new Set([2])]]),
      e: /x/g,
      u: new Uint8Array([1]),
    });
  });

  it("keeps apart numbers in long lists and their neighbours", () => {
    const lists = [
      [1, 2, 3, 4, 5],
      [1, 2, 3, 45],
      [12, 3, 4, 5],
      [1, 2, 3, 4, -0],
      [1, 2, 3, 4, 0],
      [1, 2, 3, 4, "5"],
      [1, 2, 3, 4, NaN],
      ["1,2,3,4,5"],
    ];
    assert.equal(new Set(lists.map((list) => fingerprint([list]))).size, lists.length);
  });

  it("reads a list of a million numbers, and a list with a hole at four billion", () => {
    assert.notEqual(fingerprint([new Array(1_000_000).fill(1)]), fingerprint([new Array(1_000_000).fill(2)]));
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = 1;
    assert.equal(fingerprint([sparse]), "\0,(Array,4000000001|,10:4000000000,1)");
  });

  it("does not change what it reads", () => {
    const value = { b: [3, 1], a: new Map([[2, 1], [1, 2]]) };
    fingerprint([value]);
    assert.deepEqual(Object.keys(value), ["b", "a"]);
    assert.deepEqual([...value.a.keys()], [2, 1]);
    assert.deepEqual(value.b, [3, 1]);
  });
});

describe("fingerprint() with keyRound", () => {
  const rounded = (value: unknown, keyRound: number) => fingerprint([value], { keyRound });

  it("rounds fractions wherever they stand", () => {
    assert.equal(rounded(3.0, 1), rounded(3.04, 1));
    assert.notEqual(rounded(3.0, 1), rounded(3.06, 1));
    assert.equal(
      rounded({ a: [1.26, new Map([[0.11, 2.22]]), new Set([1.111])] }, 1),
      rounded({ a: [1.3, new Map([[0.1, 2.2]]), new Set([1.1])] }, 1),
    );
    assert.equal(rounded(new Float64Array([1.23, NaN, 4]), 1), rounded(new Float64Array([1.2, NaN, 4]), 1));
    assert.equal(rounded(Object(1.26), 1), rounded(Object(1.3), 1));
    assert.equal(rounded([1.01, 2.01, 3.01, 4.01, 5.01, 6.01], 0), rounded([1, 2, 3, 4, 5, 6], 0));
  });

  it("leaves integers, infinities, bigints, dates and text alone", () => {
    for (const value of [1e21, 123456, -0, 0, Infinity, NaN, 10n, "3.04", new Date(1234)]) {
      assert.equal(rounded(value, 1), fingerprint([value]));
    }
  });

  it("gives what rounds to zero no sign", () => assert.equal(rounded(-0.04, 1), rounded(0.04, 1)));

  it("rounds by the exact decimal value", () => {
    assert.equal(rounded(1.005, 2), rounded(1, 2));
    assert.equal(rounded(-2.5, 0), rounded(-3, 0));
    assert.equal(rounded(1e-7, 100), fingerprint([1e-7]));
  });
});
