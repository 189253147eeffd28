import assert from "node:assert/strict";
import test from "node:test";
import { createCodec } from "../../src/codec/codec.ts";
import { shuffle, unshuffle } from "../../src/codec/byte_shuffle.ts";
import { toDifferences } from "../../src/codec/differences.ts";
import { applyFilter, undoFilter } from "../../src/codec/number_filter.ts";
import { checksumOfBytes } from "../../src/codec/checksum.ts";
import { type CompressionAlgorithm, preferredAlgorithm } from "../../src/codec/compressor.ts";
import type { Sealed } from "../../src/contract/codec.ts";
import { ConfigurationError, SerializationError } from "../../src/errors.ts";
import { zlibCompressor } from "../../src/runtime/zlib.ts";
import { hasZstd } from "./has_zstd.ts";
import { random } from "../random.ts";
import { difference } from "../structural_equality.ts";

const compressor = zlibCompressor(globalThis as never)!;
const plain = createCodec({ compressor });
const ALGORITHMS: readonly CompressionAlgorithm[] = hasZstd() ? ["zstd", "gzip", "deflate"] : ["gzip", "deflate"];

/** A bump on a grid of 1000 × 1000. */
function smooth(): Float64Array {
  return Float64Array.from({ length: 1_000_000 }, (_, i) => {
    return Math.exp(-(((i % 1000) - 500) ** 2 + (Math.floor(i / 1000) - 500) ** 2) / 2e5);
  });
}

/** Prices of two decimals that repeat, which are better left in their order. */
function prices(): Float64Array {
  const next = random(1);
  return Float64Array.from({ length: 50_000 }, () => 100 + Math.floor(next() * 50) / 100);
}

const VALUES: readonly [string, unknown][] = [
  ["text", "some text ".repeat(500)],
  ["JSON", Array.from({ length: 200 }, (_, i) => ({ id: i, name: "ünïcode" }))],
  ["rows with Dates", Array.from({ length: 200 }, (_, i) => ({ id: i, at: new Date(i) }))],
  ["a graph", Array.from({ length: 200 }, (_, i) => new RegExp(`a${i}`))],
  ["a graph with bytes", { data: new Uint8Array(4000), more: [new Float64Array(500)] }],
  ["a Float64Array", Float64Array.from({ length: 1000 }, (_, i) => i / 7)],
  ["a Uint8Array", new Uint8Array(5000)],
  ["an Int16Array", Int16Array.from({ length: 3000 }, (_, i) => i)],
];

test("zlibCompressor() knows gzip, deflate and zstd, which Node 20 lacks, zstd first", () => {
  assert.deepEqual(compressor.algorithms, ALGORITHMS);
  assert.equal(preferredAlgorithm(compressor), ALGORITHMS[0]);
  assert.equal(preferredAlgorithm(undefined), "gzip");
  assert.equal(zlibCompressor({}), undefined);
});

for (const algorithm of ALGORITHMS) {
  const codec = createCodec({ compressor, compress: { algorithm }, sync: true });
  for (const [name, value] of VALUES) {
    test(`createCodec() brings back ${name} through ${algorithm} in fewer bytes`, () => {
      const entry = codec.seal(value) as Sealed;
      const uncompressed = plain.seal(value) as Sealed;
      assert.match(entry.form, new RegExp(`\\+${algorithm}:${uncompressed.size}$`));
      assert.equal(entry.size, (entry.body as Uint8Array).byteLength);
      assert.ok(entry.size < uncompressed.size * 0.7, `${entry.size} of ${uncompressed.size}`);
      assert.equal(difference(plain.open(entry), value), undefined, "without the option");
      assert.equal(difference(codec.open(uncompressed), value), undefined, "with the option, from before");
    });
  }

  test(`createCodec() keeps a smooth Float64Array of 8 MB in half of its size with ${algorithm}`, () => {
    const value = smooth();
    const entry = codec.seal(value) as Sealed;
    assert.ok(entry.size < value.byteLength * 0.5, `${(entry.size / value.byteLength).toFixed(3)}`);
    assert.match(entry.form, /\+delta:[1-4]\+/);
    assert.equal(difference(codec.open(entry), value), undefined);
  });

  test(`createCodec() leaves repeated prices in their order before ${algorithm}`, () => {
    const value = prices();
    const entry = codec.seal(value) as Sealed;
    assert.equal(entry.form, `1:raw:Float64Array+${algorithm}:400000`);
    assert.equal(difference(codec.open(entry), value), undefined);
  });

  test(`open() stops inflating ${algorithm} when there is more than it says`, () => {
    const bomb = compressor.compress(new Uint8Array(50_000_000), algorithm);
    for (
      const form of [
        `1:raw:Uint8Array+${algorithm}:1000`,
        `1:json+${algorithm}:1000`,
        `1:raw:Uint8Array+${algorithm}:0`,
      ]
    ) {
      const entry = { body: bomb, form, checksum: checksumOfBytes(bomb, form) };
      assert.throws(() => plain.open(entry), SerializationError);
    }
  });

  test(`zlibCompressor() stops inflating ${algorithm} at the limit`, () => {
    const bomb = compressor.compress(new Uint8Array(50_000_000), algorithm);
    for (const limit of [0, 1000, 49_999_999]) {
      assert.throws(() => compressor.inflate(bomb, algorithm, limit), String(limit));
    }
    assert.equal(compressor.inflate(bomb, algorithm, 50_000_000).byteLength, 50_000_000);
  });

  test(`open() refuses ${algorithm} when it says more than maxBytes or than there is`, () => {
    const body = compressor.compress(new Uint8Array(5000), algorithm);
    const open = (raw: number, maxBytes?: number) => {
      const form = `1:raw:Uint8Array+${algorithm}:${raw}`;
      return createCodec({ compressor, maxBytes }).open({ body, form, checksum: checksumOfBytes(body, form) });
    };
    assert.equal((open(5000) as Uint8Array).byteLength, 5000);
    for (const raw of [4999, 5001, 0, 2 ** 40]) assert.throws(() => open(raw), SerializationError, String(raw));
    assert.throws(() => open(5000, 4999), SerializationError);
  });
}

test("createCodec() leaves a body as it is when it is under minBytes or does not shrink", () => {
  const codec = createCodec({ compressor, compress: { algorithm: "gzip" } });
  assert.equal((codec.seal("x".repeat(1000)) as Sealed).form, "1:json");
  assert.match((codec.seal("x".repeat(1100)) as Sealed).form, /gzip/);
  const noise = Uint8Array.from(
    { length: 3000 },
    (_, i) => Math.imul(i + 1, 2654435761) >>> 24 ^ Math.imul(i * i, 40503) >>> 8,
  );
  const entry = createCodec({ compressor, compress: { algorithm: "gzip", minBytes: 0 } }).seal(
    Uint8Array.of(1, 2, 3),
  ) as Sealed;
  assert.equal(entry.form, "1:raw:Uint8Array");
  assert.deepEqual(codec.open(codec.seal(noise) as Sealed), noise);
});

test("createCodec() refuses to compress at once when the runtime cannot", () => {
  const gzipOnly = { ...compressor, algorithms: ["gzip"] as const };
  assert.throws(() => createCodec({ sync: true, compress: { algorithm: "gzip" } }), ConfigurationError);
  assert.throws(
    () => createCodec({ sync: true, compressor: gzipOnly, compress: { algorithm: "zstd" } }),
    /can do gzip; choose/,
  );
  createCodec({ sync: true, compressor: gzipOnly, compress: { algorithm: "gzip" } });
});

test("createCodec() compresses through streams when there is no synchronous way, and both read each other", async () => {
  for (const algorithm of ["gzip", "deflate"] as const) {
    const streamed = createCodec({ compress: { algorithm } });
    const atOnce = createCodec({ compressor, compress: { algorithm } });
    for (const [name, value] of VALUES) {
      const entry = await streamed.seal(value);
      assert.match(entry.form, new RegExp(`\\+${algorithm}:`));
      assert.equal(difference(atOnce.open(entry), value), undefined, name);
      assert.equal(difference(await streamed.open(atOnce.seal(value) as Sealed), value), undefined, name);
      assert.equal(difference(await streamed.open(plain.seal(value) as Sealed), value), undefined, name);
    }
  }
});

test("open() stops a stream when there is more than it says, and refuses damage", async () => {
  const codec = createCodec();
  for (const algorithm of ["gzip", "deflate"] as const) {
    const bomb = compressor.compress(new Uint8Array(50_000_000), algorithm);
    const form = `1:raw:Uint8Array+${algorithm}:1000`;
    await assert.rejects(
      async () => await codec.open({ body: bomb, form, checksum: checksumOfBytes(bomb, form) }),
      /^SerializationError: Cannot read a stored value: it is larger than 1000 bytes; it counts as a miss$/,
    );
    for (const body of [bomb.slice(0, 50), Uint8Array.of(1, 2, 3), new Uint8Array(0)]) {
      await assert.rejects(
        async () => await codec.open({ body, form, checksum: checksumOfBytes(body, form) }),
        SerializationError,
      );
    }
  }
});

test("open() refuses a stream's compression when it has to answer at once", () => {
  const entry = createCodec({ compressor, compress: { algorithm: "gzip" } }).seal("x".repeat(2000)) as Sealed;
  assert.throws(() => createCodec({ sync: true }).open(entry), /compressed with gzip, which takes a while here/);
});

test("open() refuses an unknown stream compression", async () => {
  const original = globalThis.DecompressionStream;
  const entry = createCodec({ compressor, compress: { algorithm: "gzip" } }).seal("x".repeat(2000)) as Sealed;
  Object.defineProperty(globalThis, "DecompressionStream", { value: undefined, configurable: true, writable: true });
  try {
    await assert.rejects(
      async () => await createCodec().open(entry),
      /compressed with gzip, which this runtime cannot inflate/,
    );
  } finally {
    Object.defineProperty(globalThis, "DecompressionStream", { value: original, configurable: true, writable: true });
  }
});

test("unshuffle() undoes shuffle(), which puts bytes of one place together", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  assert.deepEqual([...shuffle(bytes, 2)], [1, 3, 5, 7, 2, 4, 6, 8]);
  for (const width of [1, 2, 4, 8]) assert.deepEqual(unshuffle(shuffle(bytes, width), width), bytes);
});

test("undoFilter() undoes applyFilter() for any bytes", () => {
  const next = random(3);
  for (let round = 0; round < 200; round++) {
    // Extremes make carries and overflows.
    const bytes = Uint8Array.from(
      { length: 8 * (round % 20) },
      () => [0, 255, 128, 127, next() * 256][Math.floor(next() * 5)]!,
    );
    for (const width of [4, 8]) {
      for (const filter of ["none", "shuffle", 1, 2, 3, 4] as const) {
        assert.deepEqual(undoFilter(applyFilter(bytes, width, filter), width, filter), bytes, `${filter} of ${width}`);
      }
    }
    for (const width of [1, 2]) {
      assert.deepEqual(undoFilter(applyFilter(bytes, width, "shuffle"), width, "shuffle"), bytes);
    }
  }
});

test("toDifferences() takes differences of neighbours, folded", () => {
  const bytes = (list: bigint[]) => new Uint8Array(BigInt64Array.from(list).buffer);
  assert.deepEqual(
    toDifferences(bytes([5n, 7n, 6n, 6n, -(2n ** 40n)]), 8, 1),
    bytes([10n, 4n, 1n, 0n, 2n * (2n ** 40n + 6n) - 1n]),
  );
  assert.deepEqual(toDifferences(bytes([5n, 7n, 9n, 11n]), 8, 2), bytes([10n, 5n, 0n, 0n]));
});

test("open() refuses filters where there are no such numbers", () => {
  const body = compressor.compress(new Uint8Array(2000), "gzip");
  for (
    const form of [
      "1:json+shuffle+gzip:2000",
      "1:raw:Int16Array+delta:1+gzip:2000",
      "1:raw:Uint8Array+delta:2+gzip:2000",
      "1:raw:Float64Array+shuffle",
      "1:super:8+delta:1+gzip:2000",
    ]
  ) {
    assert.throws(() => plain.open({ body, form, checksum: checksumOfBytes(body, form) }), SerializationError, form);
  }
});
