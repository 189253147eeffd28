import assert from "node:assert/strict";
import test from "node:test";
import { createCodec } from "../../src/codec/codec.ts";
import { checksumOfText } from "../../src/codec/checksum.ts";
import { registerValueType } from "../../src/codec/value_types.ts";
import type { Sealed } from "../../src/contract/codec.ts";
import { ConfigurationError, SerializationError } from "../../src/errors.ts";
import { Money } from "./fixture_values.ts";

const codec = createCodec();
const how = { encode: (v: object) => ({ ...v }), decode: (v: object) => v };

class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}
class Pixel extends Point {}
class Link {
  next: unknown;
}
class Multiplier {}

registerValueType(Point, { name: "Point", encode: (p) => [p.x, p.y], decode: ([x, y]) => new Point(x!, y!) });
registerValueType(Link, {
  name: "Link",
  encode: (l) => ({ next: l.next }),
  decode: ({ next }) => Object.assign(new Link(), { next }),
});
registerValueType(Multiplier, { name: "Multiplier", encode: () => new Multiplier(), decode: () => new Multiplier() });

function back<T>(value: T): T {
  return codec.open(codec.seal(value) as Sealed) as T;
}

test("registerValueType() brings instances back anywhere within a value", () => {
  const value = { list: [new Point(1, -0)], map: new Map([[new Point(2, NaN), new Set([new Point(3, 4)])]]) };
  assert.deepEqual(back(value), value);
  assert.ok(back(new Point(1, 2)) instanceof Point);
  assert.equal(back(new Money(12n)).cents, 12n);
});

test("registerValueType() keeps one instance one when it stands in two places", () => {
  const point = new Point(1, 2);
  const [a, b] = back([point, { point }]) as [Point, { point: Point }];
  assert.equal(a, b.point);
});

test("registerValueType() decodes what an instance holds before the instance", () => {
  let chain: unknown = "end";
  for (let i = 0; i < 5000; i++) chain = Object.assign(new Link(), { next: i % 2 ? [chain] : chain });
  let depth = 0;
  for (let at = back(chain) as Link | Link[] | string; at !== "end"; depth++) {
    const link = (Array.isArray(at) ? at[0] : at) as Link;
    assert.ok(link instanceof Link);
    at = link.next as Link;
  }
  assert.equal(depth, 5000);
});

test("registerValueType() does not speak for subclasses", () => {
  assert.throws(() => codec.seal(new Pixel(1, 2)), /instance of Pixel/);
});

test("seal() refuses an instance that contains itself, also by a detour", () => {
  const self = new Link();
  self.next = [self];
  assert.throws(() => codec.seal({ self }), /Cannot serialize value\.self: it is a Link that contains itself/);
  const circle: unknown[] = [];
  circle.push({ circle }, Object.assign(new Link(), { next: circle[0] ?? circle }));
  assert.throws(() => codec.seal(circle), SerializationError);
  const apart: Record<string, unknown> = {};
  apart["again"] = apart;
  const link = Object.assign(new Link(), { next: apart });
  const read = back({ link, apart });
  assert.equal((read.link.next as Record<string, unknown>)["again"], read.apart);
});

test("seal() ends an encode that keeps making instances", () => {
  assert.throws(() => codec.seal(new Multiplier()), /its encode keeps making instances of Multiplier/);
});

test("seal() and open() wrap what encode and decode throw", () => {
  class Moody {}
  const reason = new Error("no");
  registerValueType(Moody, {
    name: "Moody",
    encode: () => 1,
    decode: () => {
      throw reason;
    },
  });
  const entry = codec.seal([new Moody()]) as Sealed;
  assert.throws(() => codec.open(entry), (e: unknown) => e instanceof SerializationError && e.cause === reason);
  registerValueType(Moody, {
    name: "Moody",
    encode: () => {
      throw reason;
    },
    decode: () => new Moody(),
  });
  assert.throws(
    () => codec.seal([new Moody()]),
    (e: unknown) => e instanceof SerializationError && e.cause === reason && /value\[0\]/.test(e.message),
  );
});

test("seal() refuses what an encode returns when it cannot be kept", () => {
  class Holder {}
  registerValueType(Holder, { name: "Holder", encode: () => ({ f: () => {} }), decode: () => new Holder() });
  assert.throws(() => codec.seal({ h: new Holder() }), /Cannot serialize value\.h<Holder>\.f: it is a function/);
});

test("open() refuses a class that nobody registered", () => {
  const entry = codec.seal([new Point(1, 2)]) as Sealed;
  const body = (entry.body as string).replace('"Point"', '"Pointe"');
  assert.throws(() => codec.open({ ...entry, body, checksum: checksumOfText(body, entry.form) }), (error: unknown) => {
    return error instanceof SerializationError &&
      error.message.includes('"Pointe"; register that class with registerValueType');
  });
});

test("registerValueType() refuses a name of another class, a second name, and what is kept anyway", () => {
  class Other {}
  assert.throws(() => registerValueType(Other, { ...how, name: "Point" }), /the name "Point" belongs to another class/);
  assert.throws(() => registerValueType(Point, { ...how, name: "Dot" } as never), /the class is registered as "Point"/);
  for (
    const type of [
      Object,
      Array,
      Date,
      Map,
      Set,
      RegExp,
      URL,
      Error,
      TypeError,
      Uint8Array,
      ArrayBuffer,
      DataView,
      String,
    ]
  ) {
    assert.throws(() => registerValueType(type as never, { ...how, name: "X" }), ConfigurationError, type.name);
  }
  for (const name of ["", "x".repeat(201), 5, undefined]) {
    assert.throws(() => registerValueType(Other, { ...how, name: name as string }), ConfigurationError);
  }
  for (const type of [undefined, {}, () => {}, "Other"]) {
    assert.throws(() => registerValueType(type as never, { ...how, name: "X" }), ConfigurationError);
  }
  assert.throws(() => registerValueType(Other, { name: "X" } as never), (error: unknown) => {
    return error instanceof ConfigurationError && error.issues[0]!.path === "encode";
  });
  assert.throws(() => codec.seal(new Other()), /register its class/);
});

test("registerValueType() replaces how a class is kept when it is registered again", () => {
  class Again {}
  registerValueType(Again, { name: "Again", encode: () => 1, decode: () => new Again() });
  registerValueType(Again, { name: "Again", encode: () => 2, decode: (n) => Object.assign(new Again(), { n }) });
  assert.deepEqual({ ...back(new Again()) }, { n: 2 });
});
