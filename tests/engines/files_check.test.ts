import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { files } from "../../engines/files.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import type { AsyncStore, SyncStore } from "../../src/contract/store.ts";
import { tempFolder } from "../temp_folder.ts";

function entry(body: Body): Entry<Body> {
  const instants = { storedAt: 1_790_000_000_000, freshUntil: Infinity, goneAt: Infinity };
  return { body, form: "1:json", checksum: 7, ...instants, cost: 1, size: body.length, tags: [], label: "" };
}

/** A store of two whole entries, with the folders of its scope and of the first entry. */
function opened(): { store: SyncStore<Body>; later: AsyncStore<Body>; scope: string; home: string } {
  const directory = join(tempFolder(), "store");
  const options = {
    directory,
    secure: true,
    bounds: { maxSize: Infinity, maxBytes: Infinity, policy: "lru" },
  } as const;
  const store = files.openSync!(options) as SyncStore<Body>;
  store.set("f/one", entry('"one"'));
  store.set("f/two", entry('"two"'));
  const scope = join(directory, "f");
  return { store, later: files.open(options) as AsyncStore<Body>, scope, home: join(scope, "one") };
}

/** Makes a file look as if it was written two minutes ago. */
function age(path: string): void {
  const then = Date.now() / 1_000 - 120;
  utimesSync(path, then, then);
}

describe("files, check()", () => {
  it("check() reports a file that no entry names, and removes it when it is to fix", async () => {
    const { store, later, scope, home } = opened();
    const paths = [
      join(home, "value-aaaaaaaa.json"),
      join(home, "meta-bbbbbbbb.tmp"),
      join(scope, "journal-cccccccc.tmp"),
    ];
    for (const path of paths) writeFileSync(path, "left by a writer that died");
    assert.deepEqual(store.check!("", true), [], "a writer may still be at it");
    paths.forEach(age);
    const expected = (fixed: boolean) =>
      paths.map((path) => ({ reason: `no entry names ${JSON.stringify(path)}`, fixed }));
    const sorted = (faults: readonly { reason: string }[]) =>
      [...faults].sort((a, b) =>
        paths.findIndex((p) => a.reason.includes(p)) - paths.findIndex((p) => b.reason.includes(p))
      );
    assert.deepEqual(sorted(store.check!("f/", false)), expected(false));
    assert.deepEqual(sorted(await later.check!("", false)), expected(false));
    assert.ok(paths.every((path) => existsSync(path)), "a look changes nothing");
    assert.deepEqual(store.check!("g/", true), []);
    assert.deepEqual(sorted(await later.check!("", true)), expected(true));
    assert.ok(!paths.some((path) => existsSync(path)));
    assert.deepEqual(store.check!("", false), []);
    assert.equal(store.usage("").entries, 2);
  });

  it("check() reports an entry whose body is missing or cut, and removes it when it is to fix", () => {
    for (const harm of [(path: string) => rmSync(path), (path: string) => truncateSync(path, 2)]) {
      const { store, home } = opened();
      harm(join(home, "value.json"));
      const reason = `the body ${JSON.stringify(join(home, "value.json"))} is missing or has not 5 bytes`;
      assert.deepEqual(store.check!("", false), [{ key: "f/one", reason, fixed: false }]);
      assert.deepEqual(store.check!("f/", true), [{ key: "f/one", reason, fixed: true }]);
      assert.ok(!existsSync(home));
      assert.deepEqual(store.check!("", true), []);
      assert.deepEqual(store.usage(""), { entries: 1, bytes: 5 });
      assert.equal(store.get("f/two")?.size, 5);
    }
  });

  it("check() reports a damaged meta.json and a copied folder, and removes them when it is to fix", () => {
    const { store, scope, home } = opened();
    writeFileSync(join(home, "meta.json"), readFileSync(join(home, "meta.json"), "utf8").replace("f/one", "f/oné"));
    cpSync(join(scope, "two"), join(scope, "three"), { recursive: true });
    const reasons = [
      `${JSON.stringify(join(home, "meta.json"))} is damaged`,
      `${JSON.stringify(join(scope, "three"))} holds the entry of another folder`,
    ];
    assert.deepEqual(store.check!("", false).map(({ reason }) => reason).sort(), [...reasons].sort());
    assert.ok(store.check!("", true).every(({ fixed }) => fixed));
    age(join(home, "value.json"));
    assert.deepEqual(store.check!("", true).map(({ fixed }) => fixed), [true], "its body has become a leftover");
    assert.deepEqual(store.check!("", false), []);
    assert.deepEqual([existsSync(home), existsSync(join(scope, "three"))], [false, false]);
    assert.equal(store.usage("").entries, 1);
    assert.ok(store.get("f/two"));
  });

  it("check() reports what is not the cache's and leaves it alone", () => {
    const { store, scope, home } = opened();
    const outside = tempFolder();
    writeFileSync(join(outside, "meta.json"), "{}");
    const paths = [join(scope, "notes.txt"), join(home, "photo.jpg"), join(scope, "link")];
    writeFileSync(paths[0]!, "mine");
    writeFileSync(paths[1]!, "mine");
    symlinkSync(outside, paths[2]!);
    mkdirSync(join(scope, "Not A Cache Folder"));
    paths.push(join(scope, "Not A Cache Folder"));
    paths.slice(0, 2).forEach(age);
    const expected = paths.map((path) => `${JSON.stringify(path)} is not the cache's and was left alone`).sort();
    for (const fix of [false, true]) {
      const found = store.check!("", fix);
      assert.deepEqual(found.map(({ reason }) => reason).sort(), expected);
      assert.ok(found.every(({ fixed }) => !fixed));
    }
    assert.ok(paths.every((path) => existsSync(path)));
    assert.ok(existsSync(join(outside, "meta.json")), "nothing was done through the link");
  });
});
