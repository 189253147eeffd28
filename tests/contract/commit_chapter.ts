import assert from "node:assert/strict";
import type { Entry } from "../../src/contract/entry.ts";
import type { Change } from "../../src/contract/store.ts";
import type { Subject } from "./subject.ts";
import { given, keyOf, listing } from "./subject.ts";

const [a, b, c, d] = [keyOf("a", 1), keyOf("a", 2), keyOf("b", 3), keyOf("c", 4)];

/** Several changes at once: all or none, and only when what is there is what was thought to be there. */
export function commitChapter({ engine, entry, same, body, offers, ...tested }: Subject): void {
  given(offers("commit"))(
    "commit() makes all changes when nothing is demanded, and the counts are right at once",
    () =>
      tested.with(async (store) => {
        assert.ok(store.commit);
        const [stays, replaced, dropped] = [entry("stays"), entry("replaced"), entry("dropped")];
        await store.set(a, stays);
        await store.set(b, replaced);
        await store.set(c, dropped);
        const [newer, added] = [entry("a newer one", { tags: ["t"], label: "l" }), entry("added", { size: 7.5 })];
        const changes: Change[] = [{ key: b, entry: newer }, { key: c, entry: undefined }, { key: d, entry: added }];
        assert.equal(await store.commit(changes), true);
        assert.deepEqual(await store.usage(""), { entries: 3, bytes: stays.size + newer.size + added.size });
        assert.deepEqual(await store.usage("a/"), { entries: 2, bytes: stays.size + newer.size });
        assert.deepEqual(await store.usage("b/"), { entries: 0, bytes: 0 });
        for (const [key, expected] of [[a, stays], [b, newer], [d, added]] as const) {
          same(await store.get(key), expected, key);
        }
        assert.equal(await store.get(c), undefined);
        assert.deepEqual([...(await listing(store, "")).keys()].sort(), [a, b, d].sort());
        assert.equal(await store.clear(""), 3);
      }),
  );

  given(offers("commit"))(
    "commit() makes the changes when every `found` is what is there",
    () =>
      tested.with(async (store) => {
        assert.ok(store.commit);
        const first = entry("first", { storedAt: 1_790_000_000_000.125 });
        assert.equal(await store.commit([{ key: a, entry: first, found: "absent" }]), true);
        same(await store.get(a), first);
        const [second, other] = [entry("second"), entry("other")];
        assert.equal(
          await store.commit([
            { key: a, entry: second, found: first.storedAt },
            { key: b, entry: undefined, found: "absent" },
            { key: c, entry: other },
            { key: d, entry: undefined },
          ]),
          true,
        );
        same(await store.get(a), second);
        same(await store.get(c), other);
        assert.equal(await store.commit([{ key: a, entry: undefined, found: second.storedAt }]), true);
        assert.equal(await store.commit([{ key: a, entry: undefined, found: "absent" }]), true);
        assert.deepEqual(await store.usage(""), { entries: 1, bytes: other.size });
      }),
  );

  given(offers("commit"))(
    "commit() changes nothing when one `found` is not what is there, be it the first or the last",
    () =>
      tested.with(async (store) => {
        assert.ok(store.commit);
        const [kept, other] = [entry("kept"), entry("other")];
        await store.set(a, kept);
        await store.set(b, other);
        const wrong: readonly Change[] = [
          { key: a, entry: entry("x"), found: "absent" },
          { key: a, entry: entry("x"), found: kept.storedAt + 1 },
          { key: a, entry: undefined, found: other.storedAt },
          { key: d, entry: entry("x"), found: kept.storedAt },
          { key: d, entry: undefined, found: 0 },
        ];
        const right: readonly Change[] = [
          { key: b, entry: undefined, found: other.storedAt },
          { key: c, entry: entry("never there"), found: "absent" },
        ];
        for (const [at, one] of wrong.entries()) {
          for (const changes of [[one], [one, ...right], [...right, one]]) {
            assert.equal(await store.commit(changes), false, `demand ${at} among ${changes.length}`);
            assert.deepEqual([...(await listing(store, "")).keys()].sort(), [a, b].sort());
            same(await store.get(a), kept);
            same(await store.get(b), other);
          }
        }
        assert.deepEqual(await store.usage(""), { entries: 2, bytes: kept.size + other.size });
        assert.equal(await store.commit(right), true, "a failed commit leaves nothing in the way of the next");
      }),
  );

  given(offers("commit"))(
    "commit() holds every `found` against what was there before, and lets the last change of a key count",
    () =>
      tested.with(async (store) => {
        assert.ok(store.commit);
        const [first, last, other] = [entry("first"), entry("the last one counts"), entry("other")];
        const twice: Change[] = [
          { key: a, entry: first, found: "absent" },
          { key: b, entry: other },
          { key: a, entry: last, found: "absent" },
          { key: b, entry: undefined },
        ];
        assert.equal(await store.commit(twice), true);
        same(await store.get(a), last);
        assert.equal(await store.get(b), undefined);
        assert.deepEqual(await store.usage(""), { entries: 1, bytes: last.size });
        assert.equal(await store.commit([{ key: a, entry: undefined }, { key: a, entry: first }]), true);
        same(await store.get(a), first);
        assert.deepEqual(await store.usage(""), { entries: 1, bytes: first.size });
        assert.equal(await store.commit([]), true, "nothing to change is no failure");
      }),
  );

  given(offers("commit"))(
    "commit() makes 200 changes in several scopes, or none of them",
    () =>
      tested.with(async (store) => {
        assert.ok(store.commit);
        const key = (n: number) => keyOf(["a", "b", "c"][n % 3]!, n);
        const kept = new Map<string, Entry>();
        for (let n = 0; n < 100; n++) kept.set(key(n), entry(`before ${n}`, { size: n }));
        if (store.setMany) await store.setMany([...kept]);
        else for (const [key, one] of kept) await store.set(key, one);
        const changes = Array.from({ length: 200 }, (_, n): Change => {
          const found = kept.get(key(n))?.storedAt ?? "absent";
          return { key: key(n), entry: n % 4 ? entry(`after ${n}`, { size: n / 2 }) : undefined, found };
        });
        const wrong = [...changes.slice(0, 199), { ...changes[199]!, found: 1 }];
        assert.equal(await store.commit(wrong), false);
        assert.deepEqual(await store.usage(""), { entries: 100, bytes: 4950 });
        assert.equal(await store.commit(changes), true);
        for (const { key, entry } of changes) entry === undefined ? kept.delete(key) : kept.set(key, entry);
        for (const [key, expected] of kept) same(await store.get(key), expected, key);
        const bytes = [...kept.values()].reduce((sum, { size }) => sum + size, 0);
        assert.deepEqual(await store.usage(""), { entries: kept.size, bytes });
        assert.deepEqual([...(await listing(store, "")).keys()].sort(), [...kept.keys()].sort());
      }),
  );

  given(offers("commit"))(
    "commit() keeps the body as it was given when the body has 100 KB, and replaces it by a small one",
    () =>
      tested.with(async (store) => {
        assert.ok(store.commit);
        const size = Math.min(100_000, engine.limits.bodyBytes);
        const bytes = new Uint8Array(size).map((_, at) => at * 31 + (at >> 8));
        const large = entry("", { body: engine.holds === "bytes" ? bytes : { bytes }, size });
        const text = entry("", { body: body("0123456789".repeat(size / 10)), size });
        assert.equal(await store.commit([{ key: a, entry: large, found: "absent" }, { key: b, entry: text }]), true);
        same(await store.get(a), large);
        same(await store.get(b), text);
        const small = entry("small");
        assert.equal(await store.commit([{ key: a, entry: small, found: large.storedAt }]), true);
        same(await store.get(a), small);
        assert.deepEqual(await store.usage(""), { entries: 2, bytes: small.size + size });
      }),
  );

  given(offers("commit"))(
    "commit() lets one of several win when all demand the same, and loses no step of a counter",
    async () => {
      const count = async (...stores: NonNullable<Parameters<Parameters<Subject["with"]>[0]>[0]>[]) => {
        const tries = stores.flatMap((store) =>
          [1, 2, 3].map(() => store.commit!([{ key: a, entry: entry("one"), found: "absent" }]))
        );
        assert.equal((await Promise.all(tries)).filter(Boolean).length, 1);
        const first = entry("", { tags: ["0"] });
        await stores[0]!.set(b, first);
        const increment = async (store: typeof stores[number]) => {
          for (;;) {
            const found = await store.get(b);
            const next = entry("", { tags: [`${Number(found!.tags[0]) + 1}`] });
            if (await store.commit!([{ key: b, entry: next, found: found!.storedAt }])) return;
          }
        };
        await Promise.all(stores.flatMap((store) => Array.from({ length: 6 }, () => increment(store))));
        assert.deepEqual((await stores[0]!.get(b))?.tags, [`${stores.length * 6}`]);
      };
      if (engine.shared) await tested.withTwo((first, second) => count(first, second));
      else await tested.with((store) => count(store));
    },
  );

  given(offers("commit") && engine.scope === "function")(
    "commit() keeps the bounds of a store that bounds itself",
    () =>
      tested.with(async (store) => {
        assert.ok(store.commit);
        for (const key of [a, b, c, d]) {
          assert.equal(await store.commit([{ key, entry: entry("", { size: 1 }) }]), true);
        }
        assert.deepEqual(await store.usage(""), { entries: 2, bytes: 2 });
        assert.equal(await store.commit([{ key: a, entry: entry("", { size: 1 }), found: "absent" }]), true);
      }, { bounds: { maxSize: 2, maxBytes: Infinity, policy: "fifo" } }),
  );
}
