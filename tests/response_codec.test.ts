import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache, on, SerializationError } from "../mod.ts";
import { checksumOfBytes } from "../src/codec/checksum.ts";
import { createCodec } from "../src/codec/codec.ts";
import { isPromiseLike } from "../src/contract/maybe_promise.ts";
import { QuietLogger } from "./quiet_logger.ts";
import { random } from "./random.ts";
import { unshared } from "./unshared.ts";

const codec = createCodec();
const make = () =>
  new Response("content", { status: 201, statusText: "Made", headers: { "x-one": "1", "x-two": "2" } });

async function textOf(value: unknown): Promise<string> {
  const response = value as Response;
  const { status, statusText } = response;
  return JSON.stringify([status, statusText, [...response.headers], await response.text()]);
}

test("seal() and open() bring back a Response, plain and compressed, and leave the given one unread", async () => {
  const given = make();
  for (
    const compress of [undefined, { algorithm: "gzip", minBytes: 0 }, { algorithm: "deflate", minBytes: 0 }] as const
  ) {
    const some = createCodec({ compress });
    const sealed = await some.seal(new Response("x".repeat(5000), { headers: { "x-long": "y" } }));
    assert.match(sealed.form, compress === undefined ? /^1:response:\d+$/ : /^1:response:\d+\+(gzip|deflate):\d+$/);
    assert.equal(sealed.size, (sealed.body as Uint8Array).byteLength);
    const back = await some.open(sealed) as Response;
    assert.deepEqual([back.headers.get("x-long"), await back.text()], ["y", "x".repeat(5000)]);
    assert.equal(await textOf(await some.open(await some.seal(given))), await textOf(make()));
  }
  assert.equal(await textOf(given), await textOf(make()));
});

test("seal() of a Response that a cache gave needs no reading, and holds what was done to its headers", async () => {
  const given = codec.open(await codec.seal(make())) as Response;
  given.headers.set("x-one", "changed");
  const sealed = createCodec({ sync: true }).seal(given);
  assert.ok(!isPromiseLike(sealed));
  const back = codec.open(sealed) as Response;
  assert.deepEqual([back.headers.get("x-one"), await back.text()], ["changed", "content"]);
  await given.text();
  assert.throws(() => codec.seal(given), /its body was read already/);
});

test("seal() refuses what is no whole Response, and a Response within a value", async () => {
  const locked = make();
  locked.body!.getReader();
  assert.throws(() => codec.seal(locked), /Cannot serialize a Response: its body was read already; /);
  assert.throws(() => codec.seal(new Request("https://example.com")), /Request/);
  assert.throws(() => codec.seal({ response: make() }), /value\.response/);
  assert.throws(() => createCodec({ sync: true }).seal(make()), /reading its body takes a while; use the async/);
  const large = createCodec({ maxBytes: 20 });
  await assert.rejects(async () => await large.seal(make()), /are more than 20/);
});

test("seal() keeps a Response of 2,000 headers and refuses one of more, and open() does not read them", async () => {
  const withHeaders = (count: number) => {
    const headers = new Headers();
    for (let i = 0; i < count; i++) headers.set(`x-${i}`, "y");
    return new Response(null, { headers });
  };
  const back = await codec.open(await codec.seal(withHeaders(2_000))) as Response;
  assert.equal(back.headers.get("x-1999"), "y");
  assert.throws(() => codec.seal(withHeaders(2_001)), /it has 2001 headers; /);
  const head = JSON.stringify([200, "", Array.from({ length: 20_000 }, (_, i) => [`x-${i}`, "y"]), 0]);
  const [bytes, form] = [new TextEncoder().encode(head), `1:response:${head.length}`];
  const start = performance.now();
  assert.throws(() => codec.open({ body: bytes, form, checksum: checksumOfBytes(bytes, form) }), /no head of a Respo/);
  assert.ok(performance.now() - start < 500, "it took too long");
});

test("seal() keeps a Response of a library, and what only looks like one is no reason to fail", async () => {
  class Foreign {
    readonly status = 202;
    readonly statusText = "Foreign";
    readonly headers = new Map([["x-foreign", "1"], ["set-cookie", "a=1"]]) as unknown as Headers;
    readonly bodyUsed = false;
    readonly body = { pipe: () => {} };
    clone() {
      return this;
    }
    arrayBuffer() {
      return Promise.resolve(new TextEncoder().encode("foreign").buffer);
    }
  }
  const fn = acache(() => Promise.resolve(new Foreign() as unknown as Response));
  const [first, second, hit] = [...await Promise.all([fn(), fn()]), await fn()];
  for (const response of [first, second, hit]) {
    assert.ok(response instanceof Response);
    assert.deepEqual([response.status, response.headers.get("x-foreign"), await response.text()], [
      202,
      "1",
      "foreign",
    ]);
  }
  const broken = new Foreign();
  broken.arrayBuffer = () => Promise.reject(new Error("no bytes"));
  const failing = acache(() => Promise.resolve(broken), { logger: new QuietLogger() });
  assert.equal(await failing(), broken);
  const trap = new Proxy({}, {
    get(_, name) {
      if (name === "then") return undefined;
      throw new Error("do not touch");
    },
  });
  const trapped = acache(() => Promise.resolve(trap), { logger: new QuietLogger() });
  assert.equal(await trapped(), trap);
});

test("a Response of a synchronous function in a synchronous cache is handed out at once and kept when it was read", {
  skip: unshared,
}, async () => {
  let runs = 0;
  const fn = mcache(() => (runs++, make()));
  const [first, second] = [fn(), fn()];
  assert.ok(first instanceof Response && second instanceof Response);
  for (const response of [first, second]) assert.equal(await textOf(response), await textOf(make()));
  const hit = fn();
  assert.equal(await textOf(hit), await textOf(make()));
  assert.deepEqual([runs, fn.cache.stats().hits], [1, 1]);
});

test("mcache() keeps a Response of a function that gives promises, and counts its bytes", async () => {
  let runs = 0;
  const fn = mcache((n: number) => {
    runs++;
    return Promise.resolve(new Response(new Uint8Array(n)));
  }, { maxBytes: 2000, policy: "lru" });
  for (const n of [900, 901, 900, 902, 900]) assert.equal((await (await fn(n)).arrayBuffer()).byteLength, n);
  assert.equal(runs, 3);
  const { size, bytes } = fn.cache.stats();
  assert.deepEqual([size, bytes >= 1800 && bytes <= 2000], [2, true]);
});

test("open() reads a Response or refuses it when 2,000 bytes are changed at random and sealed anew", async () => {
  const next = random(20261125);
  const sealed = await codec.seal(make());
  const expected = sealed.body as Uint8Array;
  for (let round = 0; round < 2_000; round++) {
    const bytes = new Uint8Array(expected);
    bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
    try {
      assert.ok(codec.open({ body: bytes, form: sealed.form, checksum: checksumOfBytes(bytes, sealed.form) }));
    } catch (error) {
      assert.ok(error instanceof SerializationError, String(error));
    }
  }
});

test("open() refuses a stored Response with one bit flipped or cut short", async () => {
  const sealed = await codec.seal(make());
  const whole = sealed.body as Uint8Array;
  for (let at = 0; at < whole.length; at++) {
    const bytes = new Uint8Array(whole);
    bytes[at]! ^= 1 << (at % 8);
    assert.throws(() => codec.open({ ...sealed, body: bytes }), SerializationError);
    assert.throws(() => codec.open({ ...sealed, body: whole.slice(0, at) }), SerializationError);
  }
});

test("seal() refuses a body of more than 64 MiB whose size is not told, and its caller reads all of it", async () => {
  let runs = 0;
  const megabyte = new Uint8Array(1024 * 1024).fill(7);
  const fn = acache(() => {
    runs++;
    let left = 65;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => left-- > 0 ? controller.enqueue(megabyte) : controller.close(),
    });
    return Promise.resolve(new Response(body));
  }, { logger: new QuietLogger() });
  const errors: unknown[] = [];
  const stop = on("refused", ({ error }) => void errors.push(error));
  let length = 0;
  for await (const chunk of (await fn()).body!) length += chunk.byteLength;
  stop();
  assert.equal(length, 65 * megabyte.byteLength);
  assert.match(String(errors[0]), /it has more than 67108864 bytes|return one of at most 67108864/);
  assert.equal(await fn.cache.peek(), undefined);
  assert.equal(runs, 1);
});
