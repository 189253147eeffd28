import { forceCloseDatabase, IDBObjectStore } from "fake-indexeddb";
import assert from "node:assert/strict";
import { test } from "node:test";
import { type IndexedDbStore, openStore, type StoreParts } from "../../engines/indexed_db/store.ts";
import { indexedDb } from "../../engines/indexed_db.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import type { News } from "../../src/contract/store.ts";
import { EngineError } from "../../src/errors.ts";
import { fakeBrowser, inBrowser } from "./browser/fake_browser.ts";

type Browser = ReturnType<typeof fakeBrowser>;

/** What a database is asked for, behind the back of the store. */
interface RawDatabase {
  close(): void;
  transaction(
    stores: string[],
    mode: string,
  ): { objectStore(name: string): Record<string, (...args: unknown[]) => unknown> };
}

const open = (browser: Browser, parts: Partial<StoreParts> = {}): Promise<IndexedDbStore> =>
  openStore({ engine: "indexed_db", database: "twat_cache/x", globals: browser as never, ...parts });

const rejects = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof EngineError);
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return true;
};

let instant = 1_790_000_000_000;
const entry = (body: Body, parts: Partial<Entry> = {}): Entry<Body> => {
  const storedAt = instant += 10;
  const spans = { storedAt, freshUntil: Infinity, goneAt: Infinity };
  return { form: "1:raw", checksum: 1, ...spans, cost: 1, size: body.length, tags: [], label: "", ...parts, body };
};

/** A browser whose `indexedDB.open` is another one. */
const withOpen = (open: (browser: Browser, name: string, version: number) => unknown): Browser => {
  const browser = fakeBrowser();
  return { ...browser, indexedDB: { open: (name: string, version: number) => open(browser, name, version) } };
};

const rawOpen = ({ indexedDB }: Browser, name: string, version?: number): Record<string, unknown> =>
  (indexedDB as { open(name: string, version?: number): Record<string, unknown> }).open(name, version);

/** A database opened behind the back of the store. */
const rawDatabase = (browser: Browser, name = "twat_cache/x", version?: number, stores: string[] = []) =>
  new Promise<RawDatabase>((resolve, reject) => {
    const request = rawOpen(browser, name, version);
    request["onupgradeneeded"] = () =>
      stores.forEach((store) =>
        (request["result"] as { createObjectStore(name: string): void }).createObjectStore(store)
      );
    request["onsuccess"] = () => resolve(request["result"] as RawDatabase);
    request["onerror"] = () => reject(request["error"]);
  });

/** Runs while only so many bytes fit into all databases, as a browser counts them: what was dropped before counts no longer. */
async function withRoom(bytes: number, run: () => Promise<void>): Promise<void> {
  const prototype = IDBObjectStore.prototype as unknown as Record<"put" | "delete", (...args: unknown[]) => unknown>;
  const { put, delete: drop } = prototype;
  const kept = new Map<unknown, number>();
  prototype.put = function (value, key) {
    const room = bytes - [...kept].reduce((sum, [other, length]) => sum + (other === key ? 0 : length), 0);
    if (room < 0 || lengthOf(value) > room) throw new DOMException("no more room", "QuotaExceededError");
    if (lengthOf(value) > 0) kept.set(key, lengthOf(value));
    return put.call(this, value, key);
  };
  prototype.delete = function (key) {
    if ((this as { name?: string }).name === "bodies") kept.delete(key);
    return drop.call(this, key);
  };
  try {
    await run();
  } finally {
    Object.assign(prototype, { put, delete: drop });
  }
}

const lengthOf = (value: unknown) => typeof value === "string" || value instanceof Uint8Array ? value.length : 0;

test("probe() says what is missing when there is no indexedDB, or only half of it", () => {
  const { indexedDB, IDBKeyRange } = fakeBrowser();
  const lacks = "this runtime has no indexedDB";
  for (const globals of [{}, { indexedDB: null }, { indexedDB: {} }, { indexedDB }, { IDBKeyRange }]) {
    assert.equal(indexedDb.probe(globals, { directory: "" }), lacks);
  }
  assert.equal(indexedDb.probe({ indexedDB, IDBKeyRange }, { directory: "" }), true);
});

test("open() keeps folders apart, and takes the one named default when none is named", async () => {
  const names: string[] = [];
  const browser = withOpen((browser, name, version) => (names.push(name), rawOpen(browser, name, version)));
  const bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
  await inBrowser(browser, async () => {
    for (const folderName of ["one", undefined]) {
      const store = await indexedDb.open({ directory: "", folderName, secure: true, bounds });
      await store.set("a/1", entry("x"));
      await store.close();
    }
  });
  assert.deepEqual(names, ["twat_cache/one", "twat_cache/default"]);
});

test("open() says what to do when the browser forbids it or the data is newer", async () => {
  const forbidden = withOpen(() => {
    throw new DOMException("denied", "SecurityError");
  });
  await assert.rejects(open(forbidden), rejects("ERR_CACHE_ENGINE_NOT_PERMITTED", /"twat_cache\/x".*let this site/));
  const browser = fakeBrowser();
  (await rawDatabase(browser, "twat_cache/x", 2)).close();
  await assert.rejects(open(browser), rejects("ERR_CACHE_ENGINE", /a newer release .*; reload the page/));
  const odd = withOpen(() => {
    throw "no reason";
  });
  await assert.rejects(open(odd), rejects("ERR_CACHE_ENGINE", /\(no reason\); see the cause/));
});

test("open() asks again when clearing the data of the site cuts the opening off, and not for ever", async () => {
  let cuts = 0;
  const cut = (most: number) =>
    withOpen((browser, name, version) => {
      if (cuts === most) return rawOpen(browser, name, version);
      cuts++;
      const request: Record<string, unknown> = { error: new DOMException("The connection was closed.", "AbortError") };
      queueMicrotask(() => (request["onerror"] as () => void)());
      return request;
    });
  const store = await open(cut(2));
  await store.set("a/1", entry("one"));
  assert.equal((await store.get("a/1"))?.body, "one");
  await store.close();
  await assert.rejects(open(cut(Infinity)), rejects("ERR_CACHE_ENGINE", /The connection was closed/));
});

test("open() leaves a database alone that somebody else made", async () => {
  const browser = fakeBrowser();
  (await rawDatabase(browser, "twat_cache/x", 1, ["bodies", "keyval"])).close();
  await assert.rejects(open(browser), rejects("ERR_CACHE_ENGINE_DAMAGED", /somebody else made it/));
  const database = await rawDatabase(browser) as unknown as { objectStoreNames: Iterable<string> };
  assert.deepEqual([...database.objectStoreNames], ["bodies", "keyval"]);
});

test("open() gives up when the database does not open, and what opens late is used", async () => {
  let release = (): void => {};
  const late = withOpen((browser, name, version) => {
    const real = rawOpen(browser, name, version);
    const request: Record<string, unknown> = {};
    real["onupgradeneeded"] = () => {
      request["result"] = real["result"];
      (request["onupgradeneeded"] as () => void)();
    };
    release = () => {
      request["result"] = real["result"];
      (request["onsuccess"] as () => void)();
    };
    return request;
  });
  const store = await open(late, { patience: 20 }).catch((error) => error);
  rejects("ERR_CACHE_ENGINE_BUSY", /does not open; close other tabs/)(store);
  const { IndexedDbStore } = await import("../../engines/indexed_db/store.ts");
  const parts = { engine: "indexed_db", database: "twat_cache/y", globals: late as never, patience: 200 };
  const patient = new IndexedDbStore(parts);
  await assert.rejects(patient.open(), EngineError);
  const start = Date.now();
  for (let n = 0; n < 20; n++) await assert.rejects(patient.get("a/1"), EngineError);
  assert.ok(Date.now() - start < 20 * 200, "nobody waits again for what is late");
  release();
  await new Promise((resolve) => setTimeout(resolve, 0));
  await patient.set("a/1", entry("one"));
  assert.equal((await patient.get("a/1"))?.body, "one");
  await patient.close();
});

test("close() closes a database that opens only afterwards", async () => {
  const { IndexedDbStore } = await import("../../engines/indexed_db/store.ts");
  const browser = fakeBrowser();
  const store = new IndexedDbStore({ engine: "indexed_db", database: "twat_cache/x", globals: browser as never });
  const opening = store.open();
  await store.close();
  await opening;
  const { indexedDB } = browser as { indexedDB: { deleteDatabase(name: string): Record<string, unknown> } };
  const how = await new Promise((resolve) => {
    const request = indexedDB.deleteDatabase("twat_cache/x");
    request["onsuccess"] = () => resolve("deleted");
    request["onblocked"] = () => resolve("blocked");
  });
  assert.equal(how, "deleted");
});

test("get() and set() go on when the browser closed the database, and watch() tells that it may be empty", async () => {
  const store = await open(fakeBrowser());
  const heard: News[] = [];
  store.watch((news) => heard.push(news));
  await store.set("a/1", entry("one"));
  forceCloseDatabase(store.native as never);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal((await store.get("a/1"))?.body, "one");
  assert.deepEqual(heard, ["live", { prefix: "" }]);
  (store.native as RawDatabase).close();
  assert.equal((await store.get("a/1"))?.body, "one", "closed without a word");
  await store.close();
});

test("set() is done once more when its transaction was broken off, and no third time", async () => {
  const store = await open(fakeBrowser());
  const prototype = IDBObjectStore.prototype as unknown as { put(value: unknown, key: unknown): unknown };
  const { put } = prototype;
  let broken = 1;
  prototype.put = function (value, key) {
    if (broken-- > 0) throw new DOMException("connection lost", "UnknownError");
    return put.call(this, value, key);
  };
  try {
    await store.set("a/1", entry("one"));
    assert.equal((await store.get("a/1"))?.body, "one");
    broken = 2;
    await assert.rejects(store.set("a/1", entry("two")), rejects("ERR_CACHE_ENGINE", /connection lost/));
    assert.equal((await store.get("a/1"))?.body, "one");
  } finally {
    prototype.put = put;
  }
  await store.close();
});

test("set() drops what is gone, then what was not used for longest, when there is no room", () =>
  withRoom(1_000, async () => {
    const store = await open(fakeBrowser());
    await store.set("a/1", entry("1".repeat(300)));
    await store.set("a/2", entry("2".repeat(300)));
    await store.set("b/3", entry("3".repeat(300), { goneAt: 5 }));
    await store.touch([{ key: "a/1", accessedAt: instant + 1_000, hits: 1 }]);
    await store.set("c/4", entry("4".repeat(200)));
    const left = async () => {
      const keys: string[] = [];
      for await (const { key } of store.entries("")) keys.push(key);
      return keys.sort();
    };
    assert.deepEqual(await left(), ["a/1", "a/2", "c/4"], "what was gone went");
    await store.set("c/5", entry("5".repeat(300)));
    assert.deepEqual(await left(), ["a/1", "c/5"], "what was used stays, and a tenth more than has to goes");
    assert.deepEqual(await store.usage(""), { entries: 2, bytes: 600 });
    assert.deepEqual(await store.usage("a/"), { entries: 1, bytes: 300 });
    await assert.rejects(store.set("a/1", entry("x".repeat(2_000))), rejects("ERR_CACHE_ENGINE_FULL", /no more room/));
    assert.deepEqual(await left(), ["a/1", "c/5"], "nothing leaves for what never fits");
    await store.close();
  }));

test("set() makes room for each of several that come at once", () =>
  withRoom(1_000, async () => {
    const store = await open(fakeBrowser());
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.set(`a/${n}`, entry("x".repeat(300)))));
    const { entries, bytes } = await store.usage("");
    assert.ok(entries >= 1 && entries <= 3, `${entries} are kept`);
    assert.equal(bytes, entries * 300);
    await store.close();
  }));

test("usage() counts again where a count is missing, and set() writes it anew", async () => {
  const browser = fakeBrowser();
  const store = await open(browser);
  for (const key of ["a/1", "a/2", "b/3"]) await store.set(key, entry(key));
  const raw = await rawDatabase(browser);
  raw.transaction(["usage"], "readwrite").objectStore("usage")["delete"]!("a/");
  assert.deepEqual(await store.usage("a/"), { entries: 2, bytes: 6 });
  assert.deepEqual(await store.usage(""), { entries: 3, bytes: 9 });
  await store.set("a/4", entry("four"));
  assert.deepEqual(await store.usage("a/"), { entries: 3, bytes: 10 });
  assert.deepEqual(await store.usage(""), { entries: 4, bytes: 13 });
  raw.close();
  await store.close();
});

test("set() keeps the part of a buffer that is the body, and not the buffer", async () => {
  const browser = fakeBrowser();
  const store = await open(browser);
  await store.set("a/1", entry(new Uint8Array(1_000).fill(7).subarray(10, 13)));
  const body = (await store.get("a/1"))?.body as Uint8Array;
  assert.deepEqual([...body], [7, 7, 7]);
  assert.equal(body.buffer.byteLength, 3);
  await store.close();
});

test("watch() hears nothing of strangers on the channel, and says so when there is no channel", async () => {
  const browser = fakeBrowser();
  const store = await open(browser);
  const heard: News[] = [];
  store.watch((news) => heard.push(news));
  const stranger = new browser.BroadcastChannel("twat_cache/x");
  for (const message of [null, 5, "lost", {}, { keys: "a/1" }, { keys: [1] }, { prefix: 1 }, { keys: ["a/1"] }]) {
    stranger.postMessage(message);
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(heard, ["live", { keys: ["a/1"] }]);
  await store.close();
  const deaf = await open({ ...browser, BroadcastChannel: undefined as never });
  deaf.watch((news) => heard.push(news));
  assert.equal(heard.at(-1), "lost");
  await deaf.set("a/1", entry("one"));
  await deaf.close();
});

test("watch() tells that news may have been missed when a page comes back from the side", async () => {
  const listeners = new Set<(event: unknown) => void>();
  const addEventListener = (_: string, listener: (event: unknown) => void) => void listeners.add(listener);
  const removeEventListener = (_: string, listener: (event: unknown) => void) => void listeners.delete(listener);
  const store = await open({ ...fakeBrowser(), addEventListener, removeEventListener } as never);
  const heard: News[] = [];
  store.watch((news) => heard.push(news));
  for (const persisted of [false, true]) for (const listener of listeners) listener({ persisted });
  assert.deepEqual(heard, ["live", "lost", "live"]);
  await store.close();
  assert.equal(listeners.size, 0);
});
