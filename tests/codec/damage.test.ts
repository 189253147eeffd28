import assert from "node:assert/strict";
import test from "node:test";
import { createCodec } from "../../src/codec/codec.ts";
import type { Sealed } from "../../src/contract/codec.ts";
import { SerializationError } from "../../src/errors.ts";
import { zlibCompressor } from "../../src/runtime/zlib.ts";
import { random } from "../random.ts";
import { difference } from "../structural_equality.ts";

const compressor = zlibCompressor(globalThis as never);
const plain = createCodec({ compressor });
const gzip = createCodec({ compressor, compress: { algorithm: "gzip", minBytes: 0 } });
const byUser = createCodec({
  serializer: { encode: (value) => JSON.stringify(value), decode: (body) => JSON.parse(body as string) },
});

const SUBJECTS: readonly [string, Sealed, typeof plain][] = [
  ["a JSON body", plain.seal({ id: 1, list: ["ü", 2.5, true], text: "x".repeat(40) }) as Sealed, plain],
  [
    "a packed body",
    plain.seal(Array.from({ length: 9 }, (_, i) => ({ i, at: new Date(i), n: [1n] }))) as Sealed,
    plain,
  ],
  ["a graph", plain.seal([/x/g, new Error("e"), Object.assign([], { 3: 1 })]) as Sealed, plain],
  ["a graph with bytes", plain.seal({ data: Uint8Array.of(1, 2, 3), more: Float64Array.of(1, 2) }) as Sealed, plain],
  ["raw bytes", plain.seal(Float64Array.from({ length: 33 }, Math.sqrt)) as Sealed, plain],
  ["raw bytes of odd length", plain.seal(Uint8Array.from({ length: 61 }, (_, i) => i * 7)) as Sealed, plain],
  ["compressed JSON", gzip.seal({ text: "abc".repeat(200) }) as Sealed, plain],
  ["compressed bytes", gzip.seal(Float64Array.from({ length: 90 }, (_, i) => i)) as Sealed, plain],
  ["a serializer's text", byUser.seal({ a: [1, 2, 3], b: "text" }) as Sealed, byUser],
];

/** Reads what may be damaged: it has to be refused, or be what was stored. */
function refuses(codec: typeof plain, entry: Sealed, value: unknown, how: string): boolean {
  let back: unknown;
  try {
    back = codec.open(entry);
  } catch (error) {
    assert.ok(error instanceof SerializationError, `${how}: ${error}`);
    return true;
  }
  assert.equal(difference(back, value), undefined, `${how} was read as another value`);
  return false;
}

function flipped(body: string | Uint8Array, at: number, bit: number): string | Uint8Array {
  if (typeof body === "string") {
    return body.slice(0, at) + String.fromCharCode(body.charCodeAt(at) ^ (1 << bit)) + body.slice(at + 1);
  }
  const copy = body.slice();
  copy[at]! ^= 1 << bit;
  return copy;
}

for (const [name, entry, codec] of SUBJECTS) {
  const value = codec.open({ ...entry, body: typeof entry.body === "string" ? entry.body : entry.body.slice() });
  const { length } = entry.body;

  test(`open() refuses ${name} with one bit flipped`, () => {
    const next = random(length);
    for (let i = 0; i < 2000; i++) {
      const at = Math.floor(next() * length);
      const body = flipped(entry.body, at, Math.floor(next() * (typeof entry.body === "string" ? 16 : 8)));
      assert.ok(refuses(codec, { ...entry, body }, value, `${name} with a flip at ${at}`));
    }
  });

  test(`open() refuses ${name} when it is cut, lengthened, or has parts exchanged`, () => {
    const next = random(length + 1);
    for (let i = 0; i < 2000; i++) {
      const at = Math.floor(next() * length);
      const to = Math.floor(next() * length);
      const [low, high] = at < to ? [at, to] : [to, at];
      const part = (from: number, end: number) => entry.body.slice(from, end);
      const parts = [
        [part(0, at)],
        [part(at + 1, length)],
        [part(0, length), part(at, at + 1)],
        [part(0, low), part(high, high + 1), part(low + 1, high), part(low, low + 1), part(high + 1, length)],
        [part(high, length), part(0, high)],
      ][i % 5]!;
      const body = join(parts);
      if (body.length === length && join([body]).toString() === entry.body.toString()) continue;
      assert.ok(refuses(codec, { ...entry, body }, value, `${name}, change ${i % 5} at ${low} and ${high}`));
    }
  });

  test(`open() refuses ${name} under another form or checksum`, () => {
    for (let i = 0; i < entry.form.length; i++) {
      for (let bit = 0; bit < 8; bit++) {
        refuses(codec, { ...entry, form: flipped(entry.form, i, bit) as string }, value, "another form");
        assert.ok(refuses(codec, { ...entry, form: flipped(entry.form, i, bit) as string }, value, "another form"));
      }
    }
    for (let bit = 0; bit < 32; bit++) {
      assert.ok(refuses(codec, { ...entry, checksum: (entry.checksum ^ (1 << bit)) >>> 0 }, value, "another checksum"));
    }
    for (
      const form of ["1:json", "1:pack", "1:super", "1:raw:Uint8Array", "1:user:text", "1:user:bytes", "", "2:json"]
    ) {
      if (form !== entry.form) assert.ok(refuses(codec, { ...entry, form }, value, form));
    }
  });
}

function join(parts: readonly (string | Uint8Array)[]): string | Uint8Array {
  if (typeof parts[0] === "string") return parts.join("");
  const bytes = parts.flatMap((part) => [...part as Uint8Array]);
  return Uint8Array.from(bytes);
}

test("open() refuses what is no body at all", () => {
  for (const body of [undefined, null, 5, {}, [], new ArrayBuffer(2), () => {}]) {
    assert.throws(() => plain.open({ body, form: "1:json", checksum: 0 }), SerializationError);
    assert.throws(() => plain.open({ body, form: "1:raw:Uint8Array", checksum: 0 }), SerializationError);
  }
  for (const form of [undefined, null, 1, {}, "x".repeat(1e6)]) {
    assert.throws(() => plain.open({ body: "1", form: form as string, checksum: 0 }), SerializationError);
  }
});
