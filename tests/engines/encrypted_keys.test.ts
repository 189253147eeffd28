import assert from "node:assert/strict";
import test from "node:test";
import { encrypted, type EncryptionKey, type EncryptionKeys } from "../../engines/encrypted.ts";
import { files } from "../../engines/files.ts";
import { memory } from "../../engines/memory.ts";
import type { Globals } from "../../src/contract/engine.ts";
import type { Body } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { keyOf, listing, unbounded } from "../contract/subject.ts";
import { fastFolder } from "../engines_here.ts";
import { entryOf } from "./sqlite_engine.ts";

const [a, b] = [keyOf("a", 1), keyOf("a", 2)];
const bytes = (fill: number) => new Uint8Array(32).fill(fill);

async function withStore<T>(
  key: EncryptionKey | EncryptionKeys,
  directory: string,
  run: (store: AsyncStore<Body>) => Promise<T>,
): Promise<T> {
  const store = await encrypted(files, key).open({ directory, secure: true, bounds: unbounded }) as AsyncStore<Body>;
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

const read = (key: string) => async (store: AsyncStore<Body>) => (await store.get(key))?.body;
const write = (key: string, body: string) => (store: AsyncStore<Body>) =>
  Promise.resolve(store.set(key, entryOf(body)));

async function cryptoKey(length: number, usages: ("encrypt" | "decrypt")[], name = "AES-GCM"): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", new Uint8Array(length / 8), name, true, usages);
}

test("encrypted() reads what the same passphrase, bytes or CryptoKey wrote, and the three go together", async () => {
  const raw = bytes(9);
  const imported = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  for (const [writes, reads] of [["a passphrase", "a passphrase"], [raw, imported], [imported, raw]] as const) {
    const directory = `${fastFolder()}/store`;
    await withStore(writes, directory, write(a, "kept"));
    assert.equal(await withStore(reads, directory, read(a)), "kept");
  }
  const directory = `${fastFolder()}/store`;
  await withStore("caf\u00e9", directory, write(a, "kept"));
  assert.equal(await withStore("cafe\u0301", directory, read(a)), "kept", "the same text, typed on another system");
});

test("get() misses, set() replaces and entries() lists when the folder was written with another key", async () => {
  const directory = `${fastFolder()}/store`;
  await withStore(bytes(1), directory, write(a, "old"));
  for (const key of [bytes(2), "a passphrase", { current: "2", keys: { 2: bytes(1) } }]) {
    await withStore(key, directory, async (store) => {
      assert.equal(await store.get(a), undefined);
      const listed = (await listing(store, "")).get(a);
      assert.deepEqual(
        [listed?.form, listed?.label, listed?.tags, listed?.size],
        ["", "", [], 3],
        "so that it can be evicted",
      );
    });
  }
  await withStore(bytes(2), directory, write(a, "new"));
  assert.equal(await withStore(bytes(2), directory, read(a)), "new");
});

test("encrypted() copies the bytes of a key, so that they may be wiped", async () => {
  const directory = `${fastFolder()}/store`;
  const key = bytes(5);
  const engine = encrypted(files, key);
  key.fill(0);
  const store = await engine.open({ directory, secure: true, bounds: unbounded }) as AsyncStore<Body>;
  await store.set(a, entryOf("kept"));
  assert.equal(await withStore(bytes(5), directory, read(a)), "kept");
});

test("encrypted() reads entries with the key that wrote them, and writes with the current one", async () => {
  const directory = `${fastFolder()}/store`;
  const [k1, k2] = ["the old passphrase", bytes(2)];
  await withStore({ current: "k1", keys: { k1 } }, directory, write(a, "old"));
  await withStore({ current: "k2", keys: { k1, k2 } }, directory, async (store) => {
    assert.equal((await store.get(a))?.body, "old");
    await store.set(b, entryOf("new", { label: "l" }));
    const listed = await listing(store, "");
    assert.deepEqual([listed.get(a)?.form, listed.get(b)?.form, listed.get(b)?.label], ["1:json", "1:json", "l"]);
  });
  await withStore({ current: "k2", keys: { k2 } }, directory, async (store) => {
    assert.equal(await store.get(a), undefined, "the old key is gone");
    assert.equal((await store.get(b))?.body, "new");
  });
  assert.equal(await withStore({ current: "k1", keys: { k1 } }, directory, read(b)), undefined);
});

test("encrypted() reads with an old CryptoKey that may only decrypt", async () => {
  const directory = `${fastFolder()}/store`;
  await withStore({ current: "k1", keys: { k1: new Uint8Array(32) } }, directory, write(a, "old"));
  const keys = { k1: await cryptoKey(256, ["decrypt"]), k2: bytes(2) };
  assert.equal(await withStore({ current: "k2", keys }, directory, read(a)), "old");
});

test("encrypted() stretches a passphrase once, whatever the number of engines and stores", async () => {
  const { deriveKey } = crypto.subtle;
  let derived = 0;
  crypto.subtle.deriveKey = function (this: SubtleCrypto, ...args: Parameters<SubtleCrypto["deriveKey"]>) {
    derived++;
    return deriveKey.apply(this, args);
  };
  try {
    const directory = `${fastFolder()}/store`;
    for (let n = 0; n < 3; n++) await withStore("a passphrase of its own", directory, write(a, "kept"));
    const both = { current: "2", keys: { 1: "another one, never needed", 2: "a passphrase of its own" } };
    await withStore(both, directory, read(b));
    assert.equal(derived, 2, "once an id, and not what no entry needs");
  } finally {
    delete (crypto.subtle as { deriveKey?: unknown }).deriveKey;
  }
});

test("encrypted() throws a ConfigurationError that says what a key may be, and never shows it", async () => {
  const wrong: readonly [unknown, string, RegExp][] = [
    [new Uint8Array(16), "key", /has 16 bytes/],
    [new Uint8Array(0), "key", /has 0 bytes/],
    ["", "key", /is an empty passphrase/],
    [undefined, "key", /is a value of type undefined/],
    [null, "key", /is null/],
    [42, "key", /is a value of type number/],
    [{}, "key", /is a value of type object/],
    [await cryptoKey(128, ["encrypt", "decrypt"]), "key", /is a CryptoKey for AES-GCM of 128 bits/],
    [await cryptoKey(256, ["encrypt", "decrypt"], "AES-CBC"), "key", /is a CryptoKey for AES-CBC of 256 bits/],
    [await cryptoKey(256, ["encrypt"]), "key", /may not decrypt/],
    [await cryptoKey(256, ["decrypt"]), "key", /may not encrypt/],
    [{ current: "k1", keys: { k1: new Uint8Array(31) } }, "key.keys.k1", /has 31 bytes/],
  ];
  for (const [key, path, message] of wrong) {
    assert.throws(() => encrypted(files, key as EncryptionKey), (error) => {
      assert.ok(error instanceof ConfigurationError, String(error));
      assert.equal(error.issues[0]?.path, path);
      assert.match(error.message, message);
      assert.match(error.message, /give 32 random bytes, a passphrase, or a CryptoKey for AES-GCM of 256 bits$/);
      return true;
    });
  }
  const ids: readonly [EncryptionKeys, RegExp][] = [
    [{ current: "k2", keys: { k1: "hunter2" } }, /key.current is "k2"; name one of the keys: "k1"/],
    [{ current: "k1", keys: {} }, /name one of the keys: none/],
    [{ current: "a b", keys: { "a b": "hunter2" } }, /has the id "a b"; use 1 to 32 of A-Z a-z 0-9 . _ -/],
  ];
  for (const [keys, message] of ids) {
    assert.throws(() => encrypted(files, keys), (error) => {
      assert.match((error as Error).message, message);
      assert.ok(!(error as Error).message.includes("hunter2"));
      return true;
    });
  }
});

test("encrypted() refuses an engine that keeps the very values", () => {
  assert.throws(() => encrypted(memory, "a passphrase"), /it holds references; choose an engine that holds bytes/);
});

test("encrypted() declares what the engine inside is, and answers with promises", () => {
  const remote = { ...files, remote: true, protocols: ["server:"] };
  const engine = encrypted(remote, bytes(1));
  assert.deepEqual(
    [engine.name, engine.mode, engine.persistent, engine.shared, engine.onDisk, engine.remote, engine.protocols],
    ["encrypted_files", "async", true, true, true, true, ["server:"]],
  );
  assert.equal(engine.limits.bodyBytes, files.limits.bodyBytes - 16);
});

test("probe() says so when there is no WebCrypto, and else what the engine inside says", () => {
  const engine = encrypted({ ...files, probe: () => "nobody has it" }, bytes(1));
  assert.match(String(engine.probe({ crypto: {} }, { directory: "/x" })), /^this runtime has no WebCrypto here/);
  assert.equal(engine.probe(globalThis as unknown as Globals, { directory: "/x" }), "nobody has it");
});
