import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type CacheOptions, invalidateTag, on } from "../mod.ts";
import { gate } from "./gate.ts";
import { QuietLogger } from "./quiet_logger.ts";
import { settled } from "./settled.ts";
import { unshared } from "./unshared.ts";

const chunks: readonly unknown[] = [
  1,
  "two",
  { three: [3] },
  new Map([["four", 4]]),
  undefined,
  null,
  Uint8Array.of(7),
];
const pieces = ["zażółć", " ", "🦉".repeat(2_000), "end"].map((text) => new TextEncoder().encode(text));

/** What a reader gets of a flow in the end. */
export interface Read {
  readonly given: unknown[];
  readonly returned: unknown;
}

/** Reads a flow of any kind to its end. */
export async function readAll(flow: unknown): Promise<Read> {
  const given: unknown[] = [];
  if (flow instanceof Response || flow instanceof ReadableStream) {
    const reader = (flow instanceof Response ? flow.body! : flow).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) given.push(next.value);
    return { given, returned: undefined };
  }
  const iterator = flow as AsyncGenerator | Generator;
  for (;;) {
    const step = await iterator.next();
    if (step.done) return { given, returned: step.value };
    given.push(step.value);
  }
}

/** A stream that gives values as they are asked for. */
export function streamOf(values: readonly unknown[], asked: () => void = () => {}): ReadableStream {
  let at = 0;
  const source: UnderlyingDefaultSource = {
    pull(controller) {
      asked();
      if (at === values.length) controller.close();
      else controller.enqueue(values[at++]);
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

function byteStream(): ReadableStream {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (at === pieces.length) {
        controller.close();
        (controller as ReadableByteStreamController).byobRequest?.respond(0);
      } else controller.enqueue(new Uint8Array(pieces[at++]!));
    },
  });
}

const made: Readonly<Record<string, { readonly make: () => unknown; readonly tag: string; readonly read: Read }>> = {
  "a generator": {
    make: function* () {
      yield* chunks;
      return { last: new Date(0) };
    },
    tag: "Generator",
    read: { given: [...chunks], returned: { last: new Date(0) } },
  },
  "an asynchronous generator": {
    make: async function* () {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
      return { last: new Date(0) };
    },
    tag: "AsyncGenerator",
    read: { given: [...chunks], returned: { last: new Date(0) } },
  },
  "a generator that gives nothing": {
    make: function* () {},
    tag: "Generator",
    read: { given: [], returned: undefined },
  },
  "an iterator of a Map": {
    make: () => new Map([[1, "one"], [2, "two"]]).entries(),
    tag: "Generator",
    read: { given: [[1, "one"], [2, "two"]], returned: undefined },
  },
  "an iterator written by hand": {
    make: () => {
      let left = 3;
      return {
        next: () => left > 0 ? { value: left-- } : { done: true, value: "done" },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
    tag: "AsyncGenerator",
    read: { given: [3, 2, 1], returned: "done" },
  },
  "a stream of values": {
    make: () => streamOf(chunks),
    tag: "ReadableStream",
    read: { given: [...chunks], returned: undefined },
  },
  "a stream of bytes": {
    make: byteStream,
    tag: "ReadableStream",
    read: { given: pieces, returned: undefined },
  },
};

/** How results that flow are kept by an engine, as users meet it. `name` is what the tests are called. */
export function flowChapter(name: string, options: CacheOptions): void {
  for (const [kind, { make, tag, read }] of Object.entries(made)) {
    test(`the first caller, callers who wait, late ones and hits on ${name} read the same of ${kind}`, {
      skip: unshared,
    }, async () => {
      let runs = 0;
      const fn = acache((): unknown => (runs++, make()), { name: `flow-${kind}`, ...options });
      await fn.cache.clear();
      const [first, second] = await Promise.all([fn(), fn()]);
      const [readFirst, late] = [await readAll(first), await fn()];
      await settled(fn);
      const hits = [await fn(), await fn(), (await fn.cache.peek())!.value];
      assert.deepEqual(readFirst, read);
      for (const flow of [first, second, late, ...hits]) assert.equal(tagOf(flow), tag);
      for (const flow of [second, late, ...hits]) assert.deepEqual(await readAll(flow), read);
      assert.equal(runs, 1);
      assert.equal(fn.cache.stats().inFlight, 0);
      await fn.cache.close();
    });
  }

  test(
    `a stream of bytes from ${name} can be read into one's own memory, at first and at a hit`,
    { skip: unshared },
    async () => {
      const fn = acache(() => Promise.resolve(byteStream()), { name: "byob", ...options });
      await fn.cache.clear();
      const whole = pieces.flatMap((piece) => [...piece]);
      for (let call = 0; call < 2; call++) {
        const reader = (await fn()).getReader({ mode: "byob" });
        const read: number[] = [];
        for (;;) {
          const { done, value } = await reader.read(new Uint8Array(100));
          if (value !== undefined) read.push(...value);
          if (done) break;
        }
        assert.deepEqual(read, whole);
        await settled(fn);
      }
      assert.deepEqual([fn.cache.stats().hits, fn.cache.stats().misses], [1, 1]);
      await fn.cache.close();
    },
  );

  test(`the body of a Response reaches its first caller on ${name} as it comes, and late ones from its beginning`, {
    skip: unshared,
  }, async () => {
    let runs = 0;
    const rest = gate();
    const fn = acache(() => {
      runs++;
      let at = 0;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          if (at === 1) await rest.opened;
          if (at === pieces.length) controller.close();
          else controller.enqueue(new Uint8Array(pieces[at++]!));
        },
      }, { highWaterMark: 0 });
      return Promise.resolve(new Response(body, { status: 203, headers: { "x-from": "origin" } }));
    }, { name: "flow-response", ...options });
    await fn.cache.clear();
    const first = await fn();
    first.headers.set("x-from", "the first caller");
    const reader = first.body!.getReader();
    const chunk = (await reader.read()).value!;
    assert.deepEqual(chunk, pieces[0]);
    chunk.fill(0);
    const late = await fn();
    const spoiled = (await (await fn()).body!.getReader().read()).value!;
    assert.deepEqual(spoiled, pieces[0]);
    spoiled.fill(0);
    assert.deepEqual([late.status, late.headers.get("x-from")], [203, "origin"]);
    assert.equal(await fn.cache.peek(), undefined, "nothing is kept yet");
    rest.open();
    const text = pieces.map((piece) => new TextDecoder().decode(piece)).join("");
    assert.equal(await late.text(), text);
    await settled(fn);
    const hit = await fn();
    assert.deepEqual([hit.status, hit.headers.get("x-from"), await hit.text()], [203, "origin", text]);
    while (!(await reader.read()).done);
    assert.equal(runs, 1);
    await fn.cache.close();
  });

  test(`the first caller on ${name} gets each chunk as it comes; who comes meanwhile replays, then follows`, {
    skip: unshared,
  }, async () => {
    let runs = 0;
    const gates = [gate(), gate(), gate()];
    const fn = acache(async function* () {
      runs++;
      for (const [at, { opened }] of gates.entries()) {
        await opened;
        yield at;
      }
      return "the end";
    }, { name: "follow", ...options });
    await fn.cache.clear();
    const first = await fn();
    const waiting = first.next();
    gates[0]!.open();
    assert.deepEqual(await waiting, { done: false, value: 0 });
    const late = await fn();
    assert.deepEqual(await late.next(), { done: false, value: 0 });
    const following = late.next();
    gates[1]!.open();
    assert.deepEqual(await following, { done: false, value: 1 });
    gates[2]!.open();
    assert.equal(await fn.cache.has(), false);
    assert.deepEqual(await readAll(late), { given: [2], returned: "the end" });
    assert.deepEqual(await readAll(first), { given: [1, 2], returned: "the end" });
    await settled(fn);
    assert.equal(await fn.cache.has(), true);
    assert.deepEqual(await readAll(await fn()), { given: [0, 1, 2], returned: "the end" });
    assert.deepEqual([runs, fn.cache.stats().coalesced], [1, 1]);
    await fn.cache.close();
  });

  test(`a source that fails gives its error to every reader on ${name} at its place, and nothing is kept`, {
    skip: unshared,
  }, async () => {
    let runs = 0;
    const error = new TypeError("the line is dead");
    const fn = acache(async function* () {
      runs++;
      yield await Promise.resolve("so far");
      throw error;
    }, { name: "failing", ...options });
    await fn.cache.clear();
    const failed: unknown[] = [];
    const stop = on("failed", (event) => void failed.push(event.error));
    const flows = await Promise.all([fn(), fn()]);
    for (const flow of flows) {
      assert.deepEqual(await flow.next(), { done: false, value: "so far" });
      await assert.rejects(() => flow.next(), (thrown) => thrown === error);
      assert.deepEqual(await flow.next(), { done: true, value: undefined });
    }
    stop();
    assert.deepEqual(failed, [error]);
    await settled(fn);
    assert.equal(await fn.cache.has(), false);
    assert.equal(fn.cache.stats().inFlight, 0);
    await (await fn()).next();
    assert.equal(runs, 2);
    await fn.cache.close();
  });

  test(`the source is told to stop when the last reader on ${name} leaves, and a part is never kept`, {
    skip: unshared,
  }, async () => {
    let runs = 0;
    let stopped = 0;
    const fn = acache(async function* (): AsyncGenerator<number, void> {
      runs++;
      try {
        for (let at = 0;; at++) yield await Promise.resolve(at);
      } finally {
        stopped++;
      }
    }, { name: "leaving", ...options });
    await fn.cache.clear();
    const told: string[] = [];
    const stop = on("*", ({ type, cache }) => void (cache === "leaving" && told.push(type)));
    const [first, second] = await Promise.all([fn(), fn()]);
    for (let at = 0; at < 3; at++) await first.next();
    assert.deepEqual(await first.return(undefined), { done: true, value: undefined });
    assert.deepEqual(await second.next(), { done: false, value: 0 });
    assert.deepEqual([stopped, fn.cache.stats().inFlight], [0, 1]);
    await second.return(undefined);
    stop();
    assert.deepEqual([stopped, fn.cache.stats().inFlight], [1, 0]);
    assert.deepEqual(told, ["miss", "coalesced", "fenced"]);
    await settled(fn);
    assert.equal(await fn.cache.has(), false);
    const again = await fn();
    await again.next();
    await again.return(undefined);
    assert.equal(runs, 2);
    await fn.cache.close();
  });

  test(
    `who leaves early on ${name} disturbs no other, and all of it is kept when one has read it`,
    { skip: unshared },
    async () => {
      let runs = 0;
      const fn = acache(() => (runs++, Promise.resolve(streamOf([1, 2, 3]))), { name: "staying", ...options });
      await fn.cache.clear();
      const [first, second] = await Promise.all([fn(), fn()]);
      const reader = first.getReader();
      await reader.read();
      await reader.cancel("enough");
      assert.deepEqual((await readAll(second)).given, [1, 2, 3]);
      await settled(fn);
      assert.deepEqual((await readAll(await fn())).given, [1, 2, 3]);
      assert.equal(runs, 1);
      await fn.cache.close();
    },
  );

  const fences: Readonly<Record<string, (cache: { invalidate(): unknown; clear(): unknown }) => unknown>> = {
    "invalidate()": (cache) => cache.invalidate(),
    "clear()": (cache) => cache.clear(),
    "invalidateTag()": () => invalidateTag(`tag of ${name}`),
  };
  for (const [fence, use] of Object.entries(fences)) {
    test(`${fence} while a result flows on ${name} lets its readers go on and has nothing of it kept`, {
      skip: unshared,
    }, async () => {
      let runs = 0;
      const fn = acache(async function* () {
        const run = ++runs;
        for (let at = 0; at < 3; at++) yield await Promise.resolve(`${run}.${at}`);
      }, { name: `fence-${fence}`, ...options, tags: [`tag of ${name}`] });
      await fn.cache.clear();
      const first = await fn();
      await first.next();
      await use(fn.cache);
      assert.deepEqual((await readAll(first)).given, ["1.1", "1.2"]);
      await settled(fn);
      assert.equal(await fn.cache.has(), false);
      assert.deepEqual((await readAll(await fn())).given, ["2.0", "2.1", "2.2"]);
      await settled(fn);
      assert.deepEqual((await readAll(await fn())).given, ["2.0", "2.1", "2.2"]);
      assert.equal(runs, 2);
      await fn.cache.close();
    });
  }

  test(`a result that flows is not kept by ${name} when it is larger than maxBytes, and all of it is read`, {
    skip: unshared,
  }, async () => {
    const fn = acache(async function* () {
      for (let at = 0; at < 50; at++) yield await Promise.resolve("x".repeat(1_000));
    }, { name: "large", logger: new QuietLogger(), ...options, maxBytes: 20_000 });
    await fn.cache.clear();
    const errors: unknown[] = [];
    const stop = on("refused", ({ error }) => void errors.push(error));
    assert.equal((await readAll(await fn())).given.length, 50);
    stop();
    await settled(fn);
    assert.equal(errors.length, 1);
    assert.match(String(errors[0]), /CacheValueError: Cannot keep a result that flows: it has more than 20000 bytes/);
    assert.deepEqual([await fn.cache.has(), fn.cache.stats().inFlight], [false, 0]);
    await fn.cache.close();
  });
}

function tagOf(flow: unknown): string {
  return Object.prototype.toString.call(flow).slice("[object ".length, -1);
}
