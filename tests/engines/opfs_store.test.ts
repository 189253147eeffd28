import assert from "node:assert/strict";
import { test } from "node:test";
import type { IndexedDbStore } from "../../engines/indexed_db/store.ts";
import { openOpfs } from "../../engines/opfs/open.ts";
import { opfs } from "../../engines/opfs.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import { EngineError } from "../../src/errors.ts";
import { type FakeBrowser, fakeBrowser, inBrowser } from "./browser/fake_browser.ts";
import type { FakeFolder } from "./browser/fake_files.ts";

let instant = 1_790_000_000_000;
const entry = (body: Body, parts: Partial<Entry> = {}): Entry<Body> => {
  const storedAt = instant += 10;
  const spans = { storedAt, freshUntil: Infinity, goneAt: Infinity };
  return { form: "1:raw", checksum: 1, ...spans, cost: 1, size: body.length, tags: [], label: "", ...parts, body };
};

const open = (browser: FakeBrowser): Promise<IndexedDbStore> => openOpfs("x", browser as never);
const folderOf = (browser: FakeBrowser): FakeFolder =>
  browser.navigator.storage.root.folders.get("twat_cache")!.folders.get("x")!;
const namesIn = (browser: FakeBrowser): string[] => [...folderOf(browser).files.keys()];
const text = (found: Entry<Body> | undefined): string | undefined =>
  found && (typeof found.body === "string" ? found.body : new TextDecoder().decode(found.body));
const full = (error: unknown): boolean => error instanceof EngineError && error.code === "ERR_CACHE_ENGINE_FULL";

test("probe() says what is missing when a browser has only some of what is needed", () => {
  const { indexedDB, IDBKeyRange, navigator } = fakeBrowser();
  const answer = (globals: Record<string, unknown>) => opfs.probe(globals, { directory: "" });
  const database = { indexedDB, IDBKeyRange };
  class FileSystemFileHandle {
    createWritable(): void {}
  }
  assert.equal(answer({ navigator }), "this runtime has no indexedDB");
  for (const lacking of [{}, { navigator: {} }, { navigator: { storage: {} } }]) {
    assert.equal(answer({ ...database, ...lacking }), "this runtime has no origin-private files");
  }
  for (const lacking of [{}, { FileSystemFileHandle: class {} }]) {
    const reason = "this browser writes to origin-private files only in workers";
    assert.equal(answer({ ...database, navigator, ...lacking }), reason);
  }
  assert.equal(answer({ ...database, navigator, FileSystemFileHandle }), true);
});

test("open() keeps bodies in the folder that is named, or else in default", async () => {
  const browser = fakeBrowser();
  const bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
  await inBrowser(browser, async () => {
    for (const folderName of ["one", undefined]) {
      const store = await opfs.open({ directory: "", folderName, secure: true, bounds });
      await store.set("scope/a-1", entry("x"));
      await store.close();
    }
  });
  const folders = browser.navigator.storage.root.folders.get("twat_cache")!.folders;
  assert.deepEqual([...folders.keys()], ["one", "default"]);
  for (const { files } of folders.values()) assert.match([...files.keys()].join(), /^scope_a-1~\w+~\w{8}~1\.txt$/);
});

test("open() says what happened when the browser gives no folder", async () => {
  const getDirectory = () => Promise.reject(new DOMException("private mode", "SecurityError"));
  const browser = { ...fakeBrowser(), navigator: { storage: { getDirectory } } };
  await assert.rejects(openOpfs("x", browser as never), (error) => {
    assert.ok(error instanceof EngineError);
    assert.equal(error.code, "ERR_CACHE_ENGINE_NOT_PERMITTED");
    assert.match(error.message, /^Cannot open "twat_cache\/x": .*private mode/);
    return true;
  });
});

test("set() leaves one file for each entry, whatever was replaced, dropped, refused or cleared", async () => {
  const browser = fakeBrowser();
  const store = await open(browser);
  for (let n = 0; n < 5; n++) await store.set("a/1", entry(`${n}`));
  await store.setMany([["a/1", entry("x")], ["a/2", entry("y")], ["a/1", entry("z")], ["b/3", entry("w")]]);
  assert.equal(namesIn(browser).length, 3);
  assert.equal(await store.commit([{ key: "a/9", entry: entry("no"), found: 7 }]), false);
  assert.equal(namesIn(browser).length, 3, "what was refused is not left lying");
  await store.delete("a/2");
  assert.equal(namesIn(browser).length, 2);
  assert.equal(await store.clear("a/"), 1);
  assert.equal(namesIn(browser).length, 1);
  assert.equal(text(await store.get("b/3")), "w");
  await store.close();
});

test("get() and getMany() miss what is torn or missing, and find what was written meanwhile", async () => {
  const browser = fakeBrowser();
  const store = await open(browser);
  for (const key of ["a/1", "a/2", "a/3"]) await store.set(key, entry(`body of ${key}`));
  const { files } = folderOf(browser);
  const [first, second] = namesIn(browser) as [string, string];
  files.set(first, new Uint8Array(3));
  files.delete(second);
  assert.equal(await store.get("a/1"), undefined);
  assert.equal(await store.get("a/2"), undefined);
  assert.deepEqual((await store.getMany(["a/1", "a/2", "a/3", "a/4"])).map(text), [
    undefined,
    undefined,
    "body of a/3",
    undefined,
  ]);
  await store.set("a/2", entry("again"));
  assert.equal(text(await store.get("a/2")), "again");
  const folder = folderOf(browser);
  const { getFileHandle } = folder;
  folder.getFileHandle = async function (name, options) {
    folder.getFileHandle = getFileHandle;
    await store.set("a/3", entry("newer"));
    return getFileHandle.call(folder, name, options);
  };
  assert.equal(text(await store.get("a/3")), "newer", "the file that was asked for went meanwhile");
  await store.close();
});

test("get() tells of what keeps it from a file that is there", async () => {
  const browser = fakeBrowser();
  const store = await open(browser);
  await store.set("a/1", entry("one"));
  folderOf(browser).getFileHandle = () => Promise.reject(new DOMException("locked", "NoModificationAllowedError"));
  await assert.rejects(store.get("a/1"), { code: "ERR_CACHE_ENGINE_BUSY" });
  await store.close();
});

test("set() makes room for a body when there is none, and leaves nothing lying of one that never fits", async () => {
  const browser = fakeBrowser();
  const store = await open(browser);
  folderOf(browser).room = 1_000;
  for (let n = 0; n < 10; n++) await store.set(`a/${n}`, entry("x".repeat(300)));
  const { entries } = await store.usage("");
  assert.ok(entries >= 1 && entries <= 3, `${entries} are kept`);
  assert.equal(namesIn(browser).length, entries);
  assert.equal(text(await store.get("a/9")), "x".repeat(300));
  await assert.rejects(store.set("a/9", entry("x".repeat(2_000))), full);
  await assert.rejects(store.setMany([["b/1", entry("x".repeat(2_000))], ["b/2", entry("y")]]), full);
  assert.equal(namesIn(browser).length, entries);
  assert.equal(text(await store.get("a/9")), "x".repeat(300), "what was there stays");
  await store.close();
});

test("set() makes the folder anew when the data of the site was cleared", async () => {
  const browser = fakeBrowser();
  const store = await open(browser);
  const gone = folderOf(browser);
  gone.getFileHandle = () => Promise.reject(new DOMException("no such folder", "NotFoundError"));
  browser.navigator.storage.root.folders.clear();
  await store.set("a/1", entry("one"));
  assert.equal(text(await store.get("a/1")), "one");
  assert.notEqual(folderOf(browser), gone);
  assert.equal(store.native, folderOf(browser));
  await store.close();
});

test("open() drops old files that belong to no entry, and neither young ones nor those of others", async () => {
  const browser = fakeBrowser();
  const first = await open(browser);
  await first.set("a/1", entry("one"));
  await first.close();
  const { files } = folderOf(browser);
  const [kept] = namesIn(browser) as [string];
  const named = (age: number, ending: string) => `a_1~${(Date.now() - age).toString(36)}~abcdefgh~5.${ending}`;
  const [old, half, young] = [named(700_000, "bin"), named(700_000, "txt.crswap"), named(60_000, "bin")];
  const ageless = kept.replace(/~\w+~/, `~${(Date.now() - 700_000).toString(36)}~`);
  for (const name of [old, half, young, "notes.txt"]) files.set(name, new Uint8Array(5));
  await (await open(browser)).close();
  assert.deepEqual(namesIn(browser).sort(), [kept, young, "notes.txt"].sort());
  files.set(ageless, files.get(kept)!);
  files.delete(kept);
  files.delete(young);
  await (await open(browser)).close();
  assert.ok(files.has(ageless), "while there are no more files than entries, none is suspected");
});

test("get() gives text back whether it has UTF-8 or not", async () => {
  const store = await open(fakeBrowser());
  for (const odd of ["a\ud800b\0", "\udfff", "\ufeffmark", "", "zażółć 🦉"]) {
    await store.set("a/1", entry(odd));
    const { body } = (await store.get("a/1"))!;
    const same = typeof body === "string" ? body : new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
    assert.equal(same, odd);
  }
  await store.close();
});
