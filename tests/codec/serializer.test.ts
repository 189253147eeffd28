import assert from "node:assert/strict";
import test from "node:test";
import { createCodec } from "../../src/codec/codec.ts";
import { checksumOfText } from "../../src/codec/checksum.ts";
import { toUtf8 } from "../../src/codec/utf8.ts";
import type { Sealed } from "../../src/contract/codec.ts";
import type { Body } from "../../src/contract/entry.ts";
import { SerializationError } from "../../src/errors.ts";
import { zlibCompressor } from "../../src/runtime/zlib.ts";

const text = createCodec({
  serializer: { encode: (v) => `<${String(v)}>`, decode: (body) => [typeof body, (body as string).slice(1, -1)] },
});
const bytes = createCodec({
  serializer: { encode: (v) => Uint8Array.of(v as number), decode: (body) => (body as Uint8Array)[0] },
});

function encodingAs(result: unknown): ReturnType<typeof createCodec> {
  return createCodec({ serializer: { encode: () => result as Body, decode: (body) => body } });
}

test("createCodec() stores what the serializer makes under a form of its own", () => {
  const entry = text.seal("ü") as Sealed;
  assert.deepEqual([entry.form, entry.body, entry.size], ["1:user:text", "<ü>", 4]);
  assert.deepEqual(text.open(entry), ["string", "ü"]);
  assert.deepEqual(text.open({ ...entry, body: toUtf8(entry.body as string) }), ["string", "ü"]);
  assert.deepEqual([bytes.seal(7), bytes.open(bytes.seal(7) as Sealed)].map((v) => (v as Sealed).form ?? v), [
    "1:user:bytes",
    7,
  ]);
});

test("createCodec() asks the serializer for every value", () => {
  for (const value of [undefined, null, new Uint8Array(2), { a: 1 }]) {
    assert.equal((text.seal(value) as Sealed).form, "1:user:text");
  }
});

test("open() reads what was stored before there was a serializer", () => {
  const entry = createCodec().seal({ a: new Date(1) }) as Sealed;
  assert.deepEqual(text.open(entry), { a: new Date(1) });
});

test("open() refuses a serializer's body when there is none", () => {
  assert.throws(() => createCodec().open(text.seal(1) as Sealed), /written by a serializer and there is none now/);
});

test("seal() and open() wrap what the serializer throws", () => {
  const reason = new TypeError("inner");
  const codec = createCodec({
    serializer: { encode: (v) => v === 1 ? "x" : fail(reason), decode: () => fail(reason) },
  });
  assert.throws(() => codec.seal(2), (error: unknown) => error instanceof SerializationError && error.cause === reason);
  assert.throws(
    () => codec.open(codec.seal(1) as Sealed),
    (error: unknown) => error instanceof SerializationError && error.cause === reason,
  );
});

test("seal() refuses what is neither text nor bytes, and text that UTF-8 cannot spell", () => {
  for (const result of [undefined, null, 5, {}, [1], new ArrayBuffer(1), Promise.resolve("x")]) {
    assert.throws(() => encodingAs(result).seal(1), /Cannot serialize value: its serializer made a/);
  }
  for (const lone of ["\ud800", "a\udc00", "\udc00\ud800", "\ud800\ud800\udc00"]) {
    assert.throws(() => encodingAs(lone).seal(1), /lone surrogate/);
  }
  for (const fine of ["", "😀", "a😀b😀", "\ufeff"]) {
    const entry = encodingAs(fine).seal(1) as Sealed;
    assert.equal(encodingAs(fine).open({ ...entry, body: toUtf8(fine) }), fine);
  }
});

test("open() gives decode bytes of its own", () => {
  const codec = createCodec({ serializer: { encode: () => Uint8Array.of(1, 2), decode: (body) => body } });
  const entry = codec.seal(0) as Sealed;
  (codec.open(entry) as Uint8Array)[0] = 9;
  assert.deepEqual(codec.open(entry), Uint8Array.of(1, 2));
});

test("createCodec() compresses what the serializer makes", () => {
  const compressor = zlibCompressor(globalThis as never);
  const codec = createCodec({
    compressor,
    compress: { algorithm: "gzip" },
    serializer: { encode: (v) => JSON.stringify(v), decode: (body) => JSON.parse(body as string) },
  });
  const entry = codec.seal("x".repeat(5000)) as Sealed;
  assert.equal(entry.form, "1:user:text+gzip:5002");
  assert.equal(codec.open(entry), "x".repeat(5000));
});

test("open() refuses text that is not UTF-8", () => {
  const entry = text.seal("a") as Sealed;
  assert.throws(() => text.open({ ...entry, body: Uint8Array.of(0xff, 0xfe) }), /its text is not UTF-8/);
  assert.equal(entry.checksum, checksumOfText("<a>", "1:user:text"));
});

function fail(reason: unknown): never {
  throw reason;
}
