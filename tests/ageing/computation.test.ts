import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, CacheOperationError, computation, mcache } from "../../mod.ts";
import { enginesHere, fastFolder, keptIn } from "../engines_here.ts";
import { FakeClock } from "../fake_clock.ts";
import { settled } from "../settled.ts";

const folder = fastFolder();

for (const engine of enginesHere) {
  test(`${engine}: computation() hands the old value and its tags to the function, which can say that it is not modified`, async () => {
    const clock = new FakeClock();
    const seen: unknown[] = [];
    const fn = acache(async (id: number) => {
      const run = computation<{ etag: string; id: number }>();
      const old = run?.old;
      seen.push(old && { value: old.value, tags: old.tags, state: old.state, age: old.age });
      await Promise.resolve();
      if (old?.value.etag === "v1" && seen.length < 3) return run!.notModified();
      return { etag: "v1", id };
    }, {
      ...keptIn(engine, folder, "etag"),
      name: `etag-${engine}`,
      ttl: "1m",
      staleIfError: "1h",
      tags: (_, id) => [`page:${id}`],
      clock,
    });
    const first = await fn(7);
    await settled(fn);
    clock.advance(60_000);
    assert.deepEqual(await fn(7), first);
    await settled(fn);
    clock.advance(59_999);
    assert.deepEqual(await fn(7), first);
    assert.deepEqual(seen, [
      undefined,
      { value: { etag: "v1", id: 7 }, tags: ["page:7"], state: "stale", age: 60_000 },
    ]);
    assert.deepEqual((await fn.cache.peek(7))?.tags, ["page:7"]);
    await fn.cache.refresh(7);
    assert.deepEqual((seen[2] as { state: string }).state, "fresh", "refresh() shows what is kept, too");
    await fn.cache.close();
  });
}

test("notModified() without an old value is a CacheOperationError, and computation() outside of a function is undefined", () => {
  const fn = mcache((_: number) => computation()!.notModified());
  assert.throws(() => fn(1), CacheOperationError);
  assert.equal(computation(), undefined);
  const key = mcache((_: number) => computation()?.key, { name: "key" });
  assert.equal(key(1), key.cache.key(1));
});
