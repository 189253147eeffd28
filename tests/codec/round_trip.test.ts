import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { createCodec } from "../../src/codec/codec.ts";
import type { Sealed } from "../../src/contract/codec.ts";
import { toUtf8 } from "../../src/codec/utf8.ts";
import { difference } from "../structural_equality.ts";
import { random } from "../random.ts";
import { FIXTURES } from "./fixture_values.ts";
import { randomValue } from "./random_value.ts";

const codec = createCodec();

function sealed(value: unknown): Sealed {
  return codec.seal(value) as Sealed;
}

for (const [name, make] of Object.entries(FIXTURES)) {
  test(`createCodec() brings back ${name}`, () => {
    const value = make();
    const entry = sealed(value);
    assert.equal(difference(codec.open(entry), value), undefined, entry.form);
    assert.equal(difference(value, make()), undefined, "sealing changed the value");
    assert.equal(entry.size, typeof entry.body === "string" ? toUtf8(entry.body).byteLength : entry.body.byteLength);
    if (typeof entry.body === "string") {
      assert.equal(difference(codec.open({ ...entry, body: toUtf8(entry.body) }), value), undefined, "from UTF-8");
    }
  });
}

test("createCodec() takes the cheapest form that is exact when several would do", () => {
  const forms: [unknown, string][] = [
    [{ a: [1, "x", null, true] }, "1:json"],
    [{ a: new Date(0) }, "1:pack"],
    [undefined, "1:pack"],
    [new Map([[1, new Set([2n])]]), "1:pack"],
    [[/x/], "1:super"],
    [new Float64Array(3), "1:raw:Float64Array"],
    [new ArrayBuffer(3), "1:raw:ArrayBuffer"],
  ];
  for (const [value, form] of forms) assert.equal(sealed(value).form, form);
  assert.match(sealed({ a: new Uint8Array(2) }).form, /^1:super:\d+$/);
});

test("createCodec() leaves plain JSON as JSON.stringify writes it", () => {
  const value = { b: [1.5, "ü", { c: false }], a: null };
  assert.equal(sealed(value).body, JSON.stringify(value));
});

test("createCodec() stores exactly the bytes a view shows when it is a window", () => {
  const view = new Int32Array(Int32Array.of(1, 2, 3, 4).buffer, 4, 2);
  assert.deepEqual([...sealed(view).body as Uint8Array], [2, 0, 0, 0, 3, 0, 0, 0]);
});

test("createCodec() copies memory that threads share", () => {
  const view = new Uint8Array(new SharedArrayBuffer(4));
  view.set([1, 2, 3, 4]);
  const entry = sealed(view);
  view[0] = 9;
  const back = codec.open(entry) as Uint8Array;
  assert.deepEqual([...back], [1, 2, 3, 4]);
  assert.ok(back.buffer instanceof ArrayBuffer);
});

test("open() copies a raw body when it is part of a larger buffer", () => {
  const entry = sealed(Float64Array.of(1.5, 2.5));
  const pool = new Uint8Array(40);
  pool.set(entry.body as Uint8Array, 3);
  const back = codec.open({ ...entry, body: pool.subarray(3, 19) }) as Float64Array;
  assert.deepEqual([...back], [1.5, 2.5]);
  assert.notEqual(back.buffer, pool.buffer);
  assert.equal(back.buffer.byteLength, 16);
});

test("open() uses the memory of a raw body when it fills its buffer", () => {
  const entry = sealed(Float64Array.of(1.5, 2.5));
  assert.equal((codec.open(entry) as Float64Array).buffer, (entry.body as Uint8Array).buffer);
});

test("open() copies binary data within a value", () => {
  const entry = sealed({ data: Uint8Array.of(1, 2, 3) });
  (codec.open(entry) as { data: Uint8Array }).data[0] = 99;
  assert.deepEqual([...(codec.open(entry) as { data: Uint8Array }).data], [1, 2, 3]);
});

test("createCodec() keeps views on the same bytes together and stores no others", () => {
  const secret = new TextEncoder().encode("....SECRET......abcdefgh........");
  const a = new Uint8Array(secret.buffer, 16, 6);
  const b = new Uint8Array(secret.buffer, 18, 6);
  const entry = sealed({ a, b });
  assert.ok(!new TextDecoder().decode(entry.body as Uint8Array).includes("SECRET"));
  const back = codec.open(entry) as { a: Uint8Array; b: Uint8Array };
  back.a[2] = 1;
  assert.equal(back.b[0], 1);
});

test("open() gives every caller a value of its own when it holds objects", () => {
  for (const value of [{ a: [1] }, { a: new Date(1) }, { a: /x/ }]) {
    const entry = sealed(value);
    assert.notEqual(codec.open(entry), codec.open(entry));
  }
});

// Ten tests, since Bun gives each five seconds. Each runtime has values of its own, 105,000 on the three together.
const { versions } = process;
const runtime = versions["bun"] ? 1 : versions["deno"] ? 2 : 3;
for (let part = 0; part < 10; part++) {
  test(`createCodec() keeps 3,500 random values, part ${part + 1} of 10`, () => {
    const next = random(runtime * 100 + part);
    const counts: Record<string, number> = {};
    for (let i = 0; i < 3500; i++) {
      const value = randomValue(next);
      const entry = sealed(value);
      const kind = entry.form.split(":")[1]!;
      counts[kind] = (counts[kind] ?? 0) + 1;
      const found = difference(codec.open(entry), value);
      assert.equal(found, undefined, `value ${i} as ${entry.form}: ${String(entry.body).slice(0, 300)}`);
    }
    for (const kind of ["json", "pack", "super", "raw"]) assert.ok((counts[kind] ?? 0) > 20, JSON.stringify(counts));
  });
}
