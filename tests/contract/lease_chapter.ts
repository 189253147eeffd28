import assert from "node:assert/strict";
import { it } from "node:test";
import type { AsyncStore } from "../../src/contract/store.ts";
import { pauseOf, until } from "./patience.ts";
import type { Subject } from "./subject.ts";
import { given, keyOf, listing } from "./subject.ts";

/** A span that no test outlives. */
const LONG = 600_000;
/** A span that ends while a test waits. */
const SHORT = 80;

const [a, b, c] = [keyOf("a", 1), keyOf("a", 2), keyOf("b", 3)];
const [ours, theirs] = [{ key: a, owner: "us:1" }, { key: a, owner: "them:1" }] as const;

/** What ends the lease of `a`, although there is no entry under that key. */
type Ending = readonly [method: keyof AsyncStore, end: (store: AsyncStore, tested: Subject) => unknown];

const endings: readonly Ending[] = [
  ["set", (store, { entry }) => store.set(a, entry("set"))],
  ["delete", (store) => store.delete(a)],
  ["clear", (store) => store.clear("a/")],
  ["clear", (store) => store.clear("")],
  ["setMany", (store, { entry }) => store.setMany!([[b, entry("b")], [a, entry("a")]])],
  ["deleteMany", (store) => store.deleteMany!([b, a])],
  ["commit", (store, { entry }) => store.commit!([{ key: b, entry: entry("b") }, { key: a, entry: entry("a") }])],
  ["commit", (store) => store.commit!([{ key: a, entry: undefined, found: "absent" }])],
  ["commit", (store, { entry }) => store.commit!([{ key: a, entry: entry("a") }], { key: c, owner: "us:1" })],
];

/** The right to compute a key: one owner at a time, fenced by every change, kept apart from entries. */
export function leaseChapter(tested: Subject): void {
  const { engine, entry, same, offers } = tested;

  it("open() gives a store on which lease() comes with release() and commit()", () => {
    assert.equal(offers("lease"), offers("release"), "name both in `accelerators`");
    assert.ok(offers("commit") || !offers("lease"), "a lease is of use only with `commit`");
  });

  /** Runs with two stores, which share a storage where the engine can. */
  const withTwo = (run: (first: Leasing, second: Leasing) => Promise<void>) =>
    engine.shared
      ? tested.withTwo((first, second) => run(first as Leasing, second as Leasing))
      : tested.with((store) => run(store as Leasing, store as Leasing));

  given(offers("lease"))(
    "lease() is had by one owner at a time, who may renew it, and by another once it is given back",
    () =>
      withTwo(async (first, second) => {
        assert.equal(await first.lease(ours, LONG), true);
        assert.equal(await second.lease(theirs, LONG), false);
        assert.equal(await first.lease(theirs, LONG), false);
        assert.equal(await first.lease(ours, LONG), true, "its owner has it");
        assert.equal(await first.lease(ours, LONG, true), true, "and renews it");
        assert.equal(await second.lease(theirs, LONG, true), false, "nobody else does");
        assert.equal(await second.lease({ ...ours, key: b }, LONG), true, "another key is another lease");
        await second.release(theirs);
        assert.equal(await second.lease(theirs, LONG), false, "who has it not cannot give it back");
        await first.release(ours);
        assert.equal(await second.lease(theirs, LONG), true);
        assert.equal(await first.lease(ours, LONG), false);
        await first.release(ours);
        assert.equal(await first.lease(ours, LONG), false, "it is the other's now");
        await second.release(theirs);
        await second.release(theirs);
      }),
  );

  given(offers("lease"))(
    "lease() is had by exactly one when several ask at once",
    () =>
      withTwo(async (first, second) => {
        for (let round = 0; round < 5; round++) {
          const key = keyOf("race", round);
          const asked = Array.from({ length: 8 }, (_, n) =>
            (n % 2 ? first : second).lease({ key, owner: `o${n}` }, LONG));
          assert.equal((await Promise.all(asked)).filter(Boolean).length, 1, `round ${round}`);
        }
      }),
  );

  given(offers("lease"))(
    "lease() goes to another when its span is over, not before, and a renewal counts from then on",
    () =>
      withTwo(async (first, second) => {
        const renewed = { key: b, owner: "us:2" };
        assert.equal(await first.lease(renewed, SHORT), true);
        assert.equal(await first.lease(renewed, LONG), true);
        const start = Date.now();
        assert.equal(await first.lease(ours, SHORT), true);
        await until(() => second.lease(theirs, LONG), "the lease is over");
        assert.ok(Date.now() - start >= SHORT - 5, "not before its span was over");
        assert.equal(await first.lease(ours, LONG), false);
        assert.equal(await second.lease({ key: b, owner: "them:2" }, LONG), false, "what was renewed is still had");
      }),
  );

  given(offers("lease"))(
    "commit() with a lease makes the changes and gives the lease back",
    () =>
      withTwo(async (first, second) => {
        const [computed, other] = [entry("computed"), entry("other")];
        assert.equal(await first.lease(ours, LONG), true);
        assert.equal(await first.commit([{ key: a, entry: computed }, { key: c, entry: other }], ours), true);
        same(await second.get(a), computed);
        same(await second.get(c), other);
        assert.deepEqual(await second.usage(""), { entries: 2, bytes: computed.size + other.size });
        assert.equal(await first.commit([{ key: a, entry: other }], ours), false, "it has been given back");
        assert.equal(await second.lease(theirs, LONG), true);
        assert.equal(await second.commit([{ key: c, entry: undefined }], theirs), true, "and of a key left as it is");
        assert.equal(await first.lease(ours, LONG), true, "given back, too");
      }),
  );

  given(offers("lease"))(
    "commit() with a lease changes nothing when a `found` is not what is there, and the lease stays",
    () =>
      withTwo(async (first, second) => {
        assert.equal(await first.lease(ours, LONG), true);
        assert.equal(
          await first.commit([{ key: a, entry: entry("x"), found: 5 }, { key: c, entry: entry("x") }], ours),
          false,
        );
        assert.deepEqual(await first.usage(""), { entries: 0, bytes: 0 });
        assert.equal(await second.lease(theirs, LONG), false);
        assert.equal(await first.commit([{ key: a, entry: entry("x"), found: "absent" }], ours), true);
      }),
  );

  given(offers("lease"))(
    "commit() with a lease changes nothing when its owner never had it, lost it to another or gave it back",
    () =>
      withTwo(async (first, second) => {
        const changes = () => [{ key: b, entry: entry("late") }, { key: a, entry: entry("late") }];
        assert.equal(await first.commit(changes(), ours), false, "never had");
        assert.equal(await first.lease(ours, SHORT), true);
        await until(() => second.lease(theirs, LONG), "the lease is over");
        assert.equal(await first.commit(changes(), ours), false, "lost to another");
        assert.equal(await second.lease(theirs, LONG), true, "the other still has it");
        await second.release(theirs);
        assert.equal(await second.commit(changes(), theirs), false, "given back");
        assert.deepEqual(await first.usage(""), { entries: 0, bytes: 0 });
        assert.equal((await listing(second, "")).size, 0);
      }),
  );

  given(offers("lease"))(
    "commit() with a lease is made wholly or not at all when the lease is over and nobody else took it",
    () =>
      withTwo(async (first, second) => {
        assert.equal(await first.lease(ours, 1), true);
        await pauseOf(30);
        const late = entry("late, but nothing newer");
        const made = await first.commit([{ key: a, entry: late }, { key: c, entry: late }], ours);
        if (made) same(await second.get(a), late);
        else assert.equal(await second.get(a), undefined);
        assert.equal((await second.usage("")).entries, made ? 2 : 0);
        assert.equal(await second.lease(theirs, LONG), true);
      }),
  );

  for (const [at, [method, end]] of endings.entries()) {
    given(offers("lease") && (offers(method as "commit") || ["set", "delete", "clear"].includes(method)))(
      `${method}() ends the lease of a key that it concerns, so that nothing older is committed (way ${at + 1})`,
      () =>
        withTwo(async (first, second) => {
          assert.equal(await first.lease(ours, LONG), true);
          assert.equal(await second.lease({ key: c, owner: "us:1" }, LONG), true);
          await end(second, tested);
          const before = [...(await listing(second, "")).values()];
          assert.equal(await first.lease(ours, LONG, true), false, "what was ended cannot be renewed");
          assert.equal(await first.commit([{ key: a, entry: entry("from before") }], ours), false);
          assert.deepEqual([...(await listing(first, "")).values()], before, "nothing was changed");
          assert.equal(await second.lease(theirs, LONG), true, "it is free at once");
        }),
    );
  }

  given(offers("lease"))(
    "set(), delete() and clear() leave the leases of other keys alone",
    () =>
      withTwo(async (first, second) => {
        assert.equal(await first.lease(ours, LONG), true);
        await second.set(b, entry("b"));
        await second.delete(b);
        await second.set(c, entry("c"));
        await second.clear("b/");
        await second.clear("ab/");
        assert.equal(await second.lease(theirs, LONG), false);
        assert.equal(await first.commit([{ key: a, entry: entry("mine") }], ours), true);
      }),
  );

  given(offers("lease"))(
    "lease() is never got, listed, counted, swept or trimmed",
    () =>
      withTwo(async (first, second) => {
        const kept = entry("kept");
        await first.set(b, kept);
        assert.equal(await first.lease(ours, LONG), true);
        assert.equal(await first.lease({ key: b, owner: "us:1" }, LONG), true);
        for (const store of [first, second]) {
          assert.equal(await store.get(a), undefined);
          same(await store.get(b), kept);
          assert.deepEqual([...(await listing(store, "")).keys()], [b]);
          assert.deepEqual(await store.usage(""), { entries: 1, bytes: kept.size });
          assert.deepEqual(await store.check?.("", false) ?? [], []);
          assert.equal(await store.delete(a), false, "there is nothing to drop");
          assert.equal(await first.lease(ours, LONG), true);
        }
        await second.trim?.("a/", { maxSize: 0, maxBytes: 0, policy: "lru" });
        await second.sweep?.("", Infinity);
        assert.equal(await second.lease(theirs, LONG), false);
        assert.equal(await second.lease({ key: b, owner: "them:1" }, LONG), false);
        await first.clear("");
        assert.deepEqual(await second.usage(""), { entries: 0, bytes: 0 });
      }),
  );
}

type Leasing = AsyncStore & Required<Pick<AsyncStore, "lease" | "release" | "commit">>;
