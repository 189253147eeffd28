import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumOfBytes } from "../../src/codec/checksum.ts";
import { createCodec } from "../../src/codec/codec.ts";
import { anotherOf, flowKindOf, flowOf, wholeOf } from "../../src/codec/flowing.ts";
import type { FlowKind } from "../../src/codec/outlet.ts";
import { isPromiseLike } from "../../src/contract/maybe_promise.ts";
import { SerializationError } from "../../src/errors.ts";
import { readAll } from "../flow_chapter.ts";
import { random } from "../random.ts";

const codec = createCodec();
const kinds: readonly FlowKind[] = ["generator", "async-generator", "stream"];
const chunks = [
  1,
  "zażółć",
  { a: [new Date(0)] },
  new Float64Array([1, 2]),
  undefined,
  new Map([[1, Uint8Array.of(1)]]),
];

test("flowKindOf() tells what can be read again by whoever comes from anything else", () => {
  const byHand = (more: object) => ({
    next: () => ({ done: true }),
    [Symbol.iterator]() {
      return this;
    },
    ...more,
  });
  const locked = new ReadableStream();
  locked.getReader();
  const trap = new Proxy({}, {
    get() {
      throw new Error("do not touch");
    },
  });
  const expected: readonly (readonly [unknown, FlowKind | undefined])[] = [
    [(function* () {})(), "generator"],
    [(async function* () {})(), "async-generator"],
    [[1].values(), "generator"],
    [new Map().keys(), "generator"],
    ["text"[Symbol.iterator](), "generator"],
    [byHand({}), "generator"],
    [byHand({ return: () => ({ done: true }) }), "generator"],
    [new ReadableStream(), "stream"],
    [new ReadableStream({ type: "bytes" }), "byte-stream"],
    [byHand({ total: 3 }), undefined],
    [{ next: () => {}, [Symbol.iterator]: () => [].values() }, undefined],
    [{ next: () => {} }, undefined],
    [{ next: "page 2" }, undefined],
    [locked, undefined],
    [trap, undefined],
    [[1], undefined],
    [new Map(), undefined],
    [undefined, undefined],
    [null, undefined],
    [() => {}, undefined],
  ];
  for (const [value, kind] of expected) assert.equal(flowKindOf(value), kind);
});

for (const kind of kinds) {
  test(`seal() and open() bring back a whole ${kind}, compressed and by a serializer too`, async () => {
    const returned = kind === "stream" ? undefined : { sum: 1n };
    const plain = { kind, chunks: ["a", "b".repeat(5_000)], returned: undefined };
    const serializer = {
      encode: (value: unknown) => `!${JSON.stringify(value)}`,
      decode: (body: unknown) => JSON.parse((body as string).slice(1)),
    };
    const ways = [
      [codec, { kind, chunks, returned }],
      [createCodec({ compress: { algorithm: "gzip", minBytes: 0 } }), { kind, chunks, returned }],
      [createCodec({ serializer }), plain],
    ] as const;
    for (const [some, copy] of ways) {
      const given = flowOf(copy);
      const sealed = await some.seal(given);
      assert.match(sealed.form, /^1:flow:\d+(\+gzip:\d+)?$/);
      for (let reader = 0; reader < 2; reader++) {
        const flow = await some.open(sealed);
        assert.equal(flowKindOf(flow), kind);
        assert.deepEqual(await readAll(flow), { given: copy.chunks, returned: copy.returned });
      }
      assert.deepEqual(await readAll(given), { given: copy.chunks, returned: copy.returned }, "and leave it unread");
    }
  });
}

test("seal() of a whole flow answers at once and refuses a chunk that would not survive", () => {
  const sync = createCodec({ sync: true });
  assert.ok(!isPromiseLike(sync.seal(flowOf({ kind: "generator", chunks, returned: undefined }))));
  const bad = flowOf({ kind: "generator", chunks: [() => {}], returned: undefined });
  assert.throws(() => codec.seal(bad), /Cannot serialize value: it is a function/);
  const large = flowOf({ kind: "generator", chunks: ["x".repeat(100)], returned: undefined });
  assert.throws(() => createCodec({ maxBytes: 50 }).seal(large), /are more than 50/);
});

test("a whole flow is known as such until it is read, left or locked", async () => {
  const copy = { kind: "generator", chunks: [1], returned: 2 } as const;
  const flow = flowOf(copy) as Generator;
  assert.equal(wholeOf(flow), copy);
  assert.notEqual(anotherOf(flow), flow);
  assert.deepEqual([...anotherOf(flow) as Generator], [1]);
  flow.next();
  assert.equal(wholeOf(flow), undefined);
  assert.equal(anotherOf(flow), flow);
  const left = flowOf(copy) as Generator;
  left.return(undefined);
  assert.equal(wholeOf(left), undefined);
  const stream = flowOf({ ...copy, kind: "stream" }) as ReadableStream;
  const reader = stream.getReader();
  assert.equal(wholeOf(stream), undefined);
  reader.releaseLock();
  assert.notEqual(wholeOf(stream), undefined);
  await stream.cancel();
  assert.equal(wholeOf(stream), undefined);
  assert.equal(wholeOf(7), undefined);
});

test("a stream of bytes gives no empty chunk, and copies that may be taken away", async () => {
  const bytes = Uint8Array.of(1, 2);
  const copy = {
    kind: "byte-stream",
    chunks: [new Uint8Array(0), bytes, new Uint8Array(0)],
    returned: undefined,
  } as const;
  for (let reader = 0; reader < 2; reader++) {
    assert.deepEqual((await readAll(flowOf(copy))).given, [Uint8Array.of(1, 2)]);
  }
  assert.equal(bytes.byteLength, 2);
});

test("a stream of bytes fails when it comes to a chunk that is none", async () => {
  for (const chunk of [1, { byteLength: 1e9 }, null, [1], "text", new DataView(new ArrayBuffer(1e3))]) {
    const stream = flowOf({ kind: "byte-stream", chunks: [Uint8Array.of(1), chunk], returned: undefined });
    await assert.rejects(readAll(stream), SerializationError, String(chunk));
  }
});

test("openPart() gives memory of its own and refuses what is no chunk", () => {
  const part = codec.sealPart(Uint8Array.of(1, 2));
  (codec.openPart(part) as Uint8Array).fill(9);
  assert.deepEqual(codec.openPart(part), Uint8Array.of(1, 2));
  for (const form of ["1:flow:2", "1:response:2", "1:json+gzip:5", "1:raw:Uint8Array+shuffle", "2:json"]) {
    assert.throws(() => codec.openPart({ ...part, form }), SerializationError);
  }
});

test("open() reads a flow or refuses it when 2,000 bytes are changed at random and sealed anew", async () => {
  const next = random(20261125);
  const sealed = await codec.seal(flowOf({ kind: "async-generator", chunks, returned: { a: 1 } }));
  const expected = sealed.body as Uint8Array;
  for (let round = 0; round < 2_000; round++) {
    const bytes = new Uint8Array(expected);
    bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
    try {
      await readAll(codec.open({ body: bytes, form: sealed.form, checksum: checksumOfBytes(bytes, sealed.form) }));
    } catch (error) {
      assert.ok(error instanceof SerializationError, String(error));
    }
  }
});

test("open() refuses a stored flow with one bit flipped or cut short", async () => {
  const sealed = await codec.seal(flowOf({ kind: "generator", chunks: [1, "two"], returned: undefined }));
  const bytes = sealed.body as Uint8Array;
  for (let at = 0; at < bytes.length; at++) {
    const flipped = new Uint8Array(bytes);
    flipped[at]! ^= 1 << (at % 8);
    assert.throws(() => codec.open({ ...sealed, body: flipped }), SerializationError);
    assert.throws(() => codec.open({ ...sealed, body: bytes.slice(0, at) }), SerializationError);
  }
});

test("open() reads a flow that is written out here, in releases to come too", async () => {
  const body = new TextEncoder().encode('["generator",["1:json"],[0,1,0,1],0]12');
  const flow = codec.open({ body, form: "1:flow:36", checksum: checksumOfBytes(body, "1:flow:36") });
  assert.deepEqual(await readAll(flow), { given: [1, 2], returned: undefined });
});
