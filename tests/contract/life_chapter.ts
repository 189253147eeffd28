import assert from "node:assert/strict";
import { it } from "node:test";
import type { Globals } from "../../src/contract/engine.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { ResourceError } from "../../src/errors.ts";
import { builtIn } from "./built_in.ts";
import type { Subject } from "./subject.ts";
import { given, keyOf, listing } from "./subject.ts";

/** From probing and opening to the last close. */
export function lifeChapter({ engine, entry, same, ...tested }: Subject): void {
  const fs = builtIn<typeof import("node:fs")>("node:fs");

  it("probe() says yes without touching anything when the runtime offers the engine", () => {
    const options = tested.options();
    assert.equal(engine.probe(globalThis as unknown as Globals, options), true);
    if (options.directory !== "") assert.equal(fs?.existsSync(options.directory), false, "a probe makes nothing");
  });

  it("probe() says in words what it lacks when there are no globals at all", () => {
    const answer = engine.probe({}, tested.options());
    if (tested.injected || !engine.persistent && !engine.shared && !engine.onDisk) return assert.equal(answer, true);
    assert.equal(typeof answer, "string");
    assert.match(answer as string, /^\S.*[^.\s]$/, "words that end a sentence, without its full stop");
  });

  it("the engine declares what it is", () => {
    assert.match(engine.name, /^[a-z][a-z0-9_]*$/);
    assert.ok(engine.limits.keyBytes >= 200, "keys of the core have up to 200 characters");
    assert.ok(engine.limits.bodyBytes > 0);
    assert.ok(engine.keeps.length > 0);
    assert.equal(engine.openSync !== undefined, engine.mode === "both");
  });

  it("open() makes folders and files for this user alone when secure is on", () => {
    const place = tested.place();
    return tested.with(async (store) => {
      await store.set(keyOf("a", 1), entry("secret"));
      if (!fs?.existsSync(place.directory) || globalThis.process?.platform === "win32") return;
      const names = fs.readdirSync(place.directory, { recursive: true }) as string[];
      for (const path of [place.directory, ...names.map((name) => `${place.directory}/${name}`)]) {
        const status: { readonly mode: number; isDirectory(): boolean } = fs.lstatSync(path);
        assert.equal(status.mode & 0o777, status.isDirectory() ? 0o700 : 0o600, path);
      }
    }, { ...place, secure: true });
  });

  given(engine.persistent)(
    "get() returns the exact entry when the store was closed and opened again",
    async () => {
      const place = tested.place();
      const kept = entry("kept", { tags: ["t"], label: "l", freshUntil: Infinity, goneAt: Infinity });
      const first = await tested.open(place);
      await first.set(keyOf("a", 1), kept);
      await first.set(keyOf("a", 2), entry("dropped"));
      await first.delete(keyOf("a", 2));
      await first.touch?.([{ key: keyOf("a", 1), accessedAt: kept.storedAt + 7, hits: 3 }]);
      const touched = first.touch !== undefined;
      await first.close();
      const second = await tested.open(place);
      try {
        same(await second.get(keyOf("a", 1)), kept);
        assert.equal(await second.get(keyOf("a", 2)), undefined);
        assert.deepEqual(await second.usage(""), { entries: 1, bytes: kept.size });
        if (touched) assert.equal((await listing(second, "")).get(keyOf("a", 1))?.hits, 3);
      } finally {
        await second.close();
      }
    },
  );

  given(!engine.persistent && !engine.shared)(
    "open() gives a store of its own when the engine keeps to itself",
    () =>
      tested.withTwo(async (first, second) => {
        await first.set(keyOf("a", 1), entry("mine"));
        assert.equal(await second.get(keyOf("a", 1)), undefined);
      }),
  );

  given(engine.shared)(
    "get() sees what another store on the same storage wrote",
    () =>
      tested.withTwo(async (first, second) => {
        for (let n = 0; n < 20; n++) {
          const [writer, reader] = n % 2 ? [first, second] : [second, first];
          const one = entry(`round ${n}`);
          await writer.set(keyOf("a", 1), one);
          same(await reader.get(keyOf("a", 1)), one, `round ${n}`);
          assert.deepEqual(await reader.usage("a/"), { entries: 1, bytes: one.size });
        }
        assert.equal(await first.delete(keyOf("a", 1)), true);
        assert.equal(await second.get(keyOf("a", 1)), undefined);
        await first.set(keyOf("a", 2), entry("x"));
        assert.equal(await second.clear(""), 1);
        assert.equal(await first.get(keyOf("a", 2)), undefined);
        assert.deepEqual(await first.usage(""), { entries: 0, bytes: 0 });
        await first.close();
        const late = entry("after the other closed");
        await second.set(keyOf("a", 3), late);
        same(await second.get(keyOf("a", 3)), late);
      }),
  );

  it("close() may be called twice, and every other method throws ResourceError afterwards", async () => {
    const store = await tested.open();
    const key = keyOf("a", 1);
    await store.set(key, entry("x"));
    await store.close();
    await store.close();
    const calls: Record<string, (store: AsyncStore) => unknown> = {
      get: (store) => store.get(key),
      set: (store) => store.set(key, entry("y")),
      delete: (store) => store.delete(key),
      entries: (store) => listing(store, ""),
      clear: (store) => store.clear(""),
      usage: (store) => store.usage(""),
      getMany: (store) => store.getMany?.([key]),
      setMany: (store) => store.setMany?.([[key, entry("y")]]),
      deleteMany: (store) => store.deleteMany?.([key]),
      touch: (store) => store.touch?.([{ key, accessedAt: 1, hits: 1 }]),
      sweep: (store) => store.sweep?.("", 0),
      trim: (store) => store.trim?.("", { maxSize: 1, maxBytes: 1, policy: "lru" }),
      commit: (store) => store.commit?.([{ key, entry: entry("y") }]),
      lease: (store) => store.lease?.({ key, owner: "late" }, 1_000),
      release: (store) => store.release?.({ key, owner: "late" }),
      watch: (store) => store.watch?.(() => {}),
      check: (store) => store.check?.("", false),
    };
    for (const [method, call] of Object.entries(calls)) {
      if (store[method as keyof AsyncStore] === undefined) continue;
      await assert.rejects(async () => await call(store), ResourceError, `${method}() after close()`);
    }
  });

  it("native is what a person may want to reach", () =>
    tested.with(async (store) => {
      await store.set(keyOf("a", 1), entry("x"));
      assert.ok(store.native !== undefined && store.native !== null);
    }));
}
