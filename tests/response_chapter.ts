import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type CacheOptions, on, SerializationError } from "../mod.ts";
import { gate } from "./gate.ts";
import { QuietLogger } from "./quiet_logger.ts";
import { settled } from "./settled.ts";

/** What a reader can see of a Response. */
interface Seen {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly string[])[];
  readonly cookies: readonly string[];
  readonly bodiless: boolean;
  readonly bytes: readonly number[];
}

const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at * 7 + (at >> 8));

const made: Readonly<Record<string, () => Response>> = {
  "text": () => new Response("zażółć 🦉", { headers: { "content-type": "text/plain;charset=utf-8", "x-one": "1, 2" } }),
  "bytes": () => new Response(bytes, { status: 203, statusText: "As Told" }),
  "json": () => Response.json({ a: [1, null] }, { status: 201 }),
  "an error of the server": () => new Response("no", { status: 503, headers: { "retry-after": "1" } }),
  "an empty text": () => new Response(""),
  "no body": () => new Response(null),
  "204": () => new Response(null, { status: 204 }),
  "205": () => new Response(null, { status: 205 }),
  "304": () => new Response(null, { status: 304, headers: { etag: '"x"' } }),
  "a redirection": () => Response.redirect("https://example.com/there", 302),
  "cookies": () =>
    new Response("c", { headers: [["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2, 3"], ["x", "y"]] }),
  "a stream": () => new Response(chunks("a stream", "", " of chunks"), { headers: { "x-streamed": "yes" } }),
  "said to be compressed": () => new Response("not compressed", { headers: { "content-encoding": "gzip" } }),
  "an answer to HEAD": () => new Response(null, { headers: { "content-length": "70000000" } }),
  "a page": () => new Response("<p>", { headers: { "content-type": "text/html", "content-length": "3" } }),
};

/** How Responses are kept by an engine, as users meet it. `name` is what the tests are called. */
export function responseChapter(name: string, options: CacheOptions): void {
  for (const [kind, make] of Object.entries(made)) {
    test(`a Response is the same to the first caller, to those who wait and at hits on ${name} when it is ${kind}`, async () => {
      let runs = 0;
      const fn = acache(() => (runs++, Promise.resolve(make())), { name: `kind-${kind}`, ...options });
      await fn.cache.clear();
      const expected = await seen(make());
      const look = async (response: unknown) => {
        assert.equal(Object.getPrototypeOf(response), Response.prototype);
        assert.deepEqual(await seen(response as Response), expected);
      };
      // Read at once: whoever is first reads as it comes, and it is kept when it has all come.
      for (const response of await Promise.all([fn(), fn(), fn()])) await look(response);
      await settled(fn);
      for (const response of [await fn(), await fn(), (await fn.cache.peek())!.value]) await look(response);
      assert.deepEqual([runs, fn.cache.stats().hits], [1, 2]);
      await fn.cache.close();
    });
  }

  test(`twenty cold callers on ${name} cause one run, and each reads the whole Response`, async () => {
    let runs = 0;
    const opened = gate();
    const fn = acache(async () => (runs++, await opened.opened, new Response(bytes)), { name: "twenty", ...options });
    await fn.cache.clear();
    const callers = Array.from({ length: 20 }, () => fn());
    opened.open();
    const read = await Promise.all(callers.map(async (caller) => (await caller).arrayBuffer()));
    for (const buffer of read) assert.deepEqual(new Uint8Array(buffer), bytes);
    assert.equal(runs, 1);
    assert.deepEqual([fn.cache.stats().coalesced, fn.cache.stats().misses], [19, 20]);
    await fn.cache.close();
  });

  test(`a hundred hits on ${name} each read the whole Response, and what one changes reaches no other`, async () => {
    let runs = 0;
    const fn = acache(() => {
      runs++;
      return Promise.resolve(new Response(Uint8Array.of(1, 2, 3), { headers: { "x-from": "origin" } }));
    }, { name: "hundred", ...options });
    await fn.cache.clear();
    const first = await fn();
    first.headers.set("x-from", "the first caller");
    first.headers.append("set-cookie", "secret=1");
    await first.arrayBuffer();
    await settled(fn);
    for (let hit = 0; hit < 100; hit++) {
      const response = await fn();
      assert.equal(response.headers.get("x-from"), "origin");
      assert.equal(response.headers.get("set-cookie"), null);
      response.headers.set("x-from", `hit ${hit}`);
      const read = new Uint8Array(await response.arrayBuffer());
      assert.deepEqual([...read], [1, 2, 3]);
      read.fill(9);
    }
    assert.equal(runs, 1);
    assert.equal(fn.cache.stats().hits, 100);
    await fn.cache.close();
  });

  const refusals: Readonly<Record<string, readonly [() => Response | Promise<Response>, RegExp]>> = {
    "it is an error": [() => Response.error(), /Cannot serialize a Response: it is of type "error".*; throw an error/],
    "its body was read already": [async () => {
      const response = new Response("x");
      await response.text();
      return response;
    }, /its body was read already; return it unread, or a clone of it/],
    "it is a stream of events": [
      () => new Response("data: 1\n\n", { headers: { "content-type": "text/event-stream" } }),
      /a stream of events, which need not end; leave it out with shouldCache/,
    ],
    "it says that it is too large": [
      () => new Response("x", { headers: { "content-length": "70000000000" } }),
      /its body has 70000000000 bytes or more; return one of at most \d+/,
    ],
    "it is of a class of its own": [
      () => new (class Mine extends Response {})("x"),
      /it is an instance of Mine, a kind of Response; return a plain Response/,
    ],
  };
  for (const [why, [make, message]] of Object.entries(refusals)) {
    test(`a Response is handed on and not kept by ${name} when ${why}`, async () => {
      let runs = 0;
      const fn = acache(() => (runs++, Promise.resolve(make())), {
        name: "refused",
        logger: new QuietLogger(),
        ...options,
      });
      await fn.cache.clear();
      const errors: unknown[] = [];
      const stop = on("refused", ({ error }) => void errors.push(error));
      const given = [await fn(), await fn()];
      stop();
      assert.equal(runs, 2);
      assert.notEqual(given[0], given[1]);
      assert.equal(errors.length, 2);
      for (const error of errors) {
        assert.ok(error instanceof SerializationError);
        assert.match(error.message, message);
      }
      await fn.cache.close();
    });
  }

  test(`callers who wait on ${name} get a Response of their own when shouldCache leaves it out`, async () => {
    let runs = 0;
    const shouldCache = (response: Response) => response.ok;
    const make = () => (runs++, Promise.resolve(new Response("down", { status: 503 })));
    const fn = acache(make, { name: "left-out", ...options, shouldCache: shouldCache as never });
    await fn.cache.clear();
    const texts = await Promise.all([1, 2, 3].map(async () => (await fn()).text()));
    assert.deepEqual(texts, ["down", "down", "down"]);
    assert.equal(runs, 1);
    await fn();
    assert.equal(runs, 2);
    await fn.cache.close();
  });

  test(`callers who wait on ${name} run the function themselves when its Response cannot be shared`, async () => {
    let runs = 0;
    const make = () => Promise.resolve(new Response(`${++runs}`, { headers: { "content-type": "text/event-stream" } }));
    const fn = acache(make, { name: "unshared", logger: new QuietLogger(), ...options });
    await fn.cache.clear();
    const texts = await Promise.all([1, 2, 3].map(async () => (await fn()).text()));
    assert.deepEqual(texts.sort(), ["1", "2", "3"]);
    await fn.cache.close();
  });

  test(`a Response whose body breaks off reaches its caller as far as it goes and is not kept by ${name}`, async () => {
    let runs = 0;
    const fn = acache(() => {
      runs++;
      const parts = ["so", " far"];
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const part = parts.shift();
          if (part === undefined) controller.error(new TypeError("the line is dead"));
          else controller.enqueue(new TextEncoder().encode(part));
        },
      });
      return Promise.resolve(new Response(body, { status: 206 }));
    }, { name: "broken-off", logger: new QuietLogger(), ...options });
    await fn.cache.clear();
    for (let call = 1; call <= 2; call++) {
      const response = await fn();
      assert.equal(response.status, 206);
      const reader = response.body!.getReader();
      let text = "";
      await assert.rejects(async () => {
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          text += new TextDecoder().decode(next.value);
        }
      }, /the line is dead/);
      assert.equal(text, "so far");
      assert.equal(runs, call);
    }
    await fn.cache.close();
  });

  test(`cache.set() on ${name} keeps a Response and leaves it to be read`, async () => {
    const fn = acache((n: number) => Promise.resolve(new Response(`${n}`)), { name: "by-hand", ...options });
    await fn.cache.clear();
    const given = new Response("by hand", { headers: { "x-hand": "1" } });
    await fn.cache.set([1], given);
    assert.equal(await given.text(), "by hand");
    const hit = await fn(1);
    assert.equal(hit.headers.get("x-hand"), "1");
    assert.equal(await hit.text(), "by hand");
    await assert.rejects(async () => await fn.cache.set([1], given), SerializationError);
    await fn.cache.close();
  });
}

async function seen(response: Response): Promise<Seen> {
  const { status, statusText, headers } = response;
  const cookies = headers.getSetCookie();
  const bodiless = response.body === null;
  const listed = [...headers].filter(([name]) => name !== "set-cookie").sort();
  const read = new Uint8Array(await response.arrayBuffer());
  return { status, statusText, headers: listed, cookies, bodiless, bytes: [...read] };
}

function chunks(...texts: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const text = texts.shift();
      if (text === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(text));
    },
  });
}
