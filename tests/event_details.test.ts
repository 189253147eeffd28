import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type CacheEvent, on, type PolicyName } from "../mod.ts";
import { enginesHere, fastFolder, keptIn } from "./engines_here.ts";
import { FakeClock } from "./fake_clock.ts";
import { QuietLogger } from "./quiet_logger.ts";
import { settled } from "./settled.ts";

const cacheDir = fastFolder();

for (const engine of enginesHere) {
  test(`on() tells the same of ${engine} as of any engine: order, keys, age, size, cost and reason`, async () => {
    const clock = new FakeClock();
    const events: CacheEvent[] = [];
    const options = { name: "told", clock, ttl: 1_000, maxSize: 2, policy: "fifo" as PolicyName };
    const fn = acache(
      (x: number) => x < 0 ? Promise.reject(new RangeError("negative")) : Promise.resolve("x".repeat(x)),
      {
        ...options,
        logger: new QuietLogger(),
        ...keptIn(engine, cacheDir, "told"),
      },
    );
    const keys = [1, 2, 3, -1].map((x) => fn.cache.key(x));
    const stop = on("*", (event) => event.cache === "told" && events.push(event));
    await fn(1);
    await settled(fn);
    clock.advance(250);
    await fn(1);
    for (const x of [2, 3]) {
      await fn(x);
      await settled(fn);
    }
    await assert.rejects(fn(-1), RangeError);
    clock.advance(1_000);
    await fn(3);
    await settled(fn);
    await fn.cache.invalidate(3);
    await fn.cache.clear();
    stop();
    const told: unknown[] = events.map((event) => {
      const { type, cache, ...rest } = event;
      assert.equal(cache, "told");
      if (type !== "set" && type !== "failed") return [type, rest];
      const { size, cost, ...others } = rest as { size?: number; cost: number };
      assert.ok(cost >= 0 && (type === "failed" || size! > 0));
      return [type, others];
    });
    const [first, second, third, negative] = keys;
    const evicted = ["evict", { key: first, reason: "size" }];
    const set = ["set", { key: third }];
    assert.deepEqual(told, [
      ["miss", { key: first, because: "absent" }],
      ["set", { key: first }],
      ["hit", { key: first, age: 250, state: "fresh" }],
      ["miss", { key: second, because: "absent" }],
      ["set", { key: second }],
      ["miss", { key: third, because: "absent" }],
      // Memory makes room before it takes the value in, other engines after it.
      ...engine === "memory" ? [evicted, set] : [set, evicted],
      ["miss", { key: negative, because: "absent" }],
      ["failed", { key: negative, error: (events.find(({ type }) => type === "failed") as { error: unknown }).error }],
      ["miss", { key: third, because: "gone" }],
      set,
      ["invalidate", { key: third }],
      ["clear", { entries: 1 }],
    ]);
    await fn.cache.close();
  });
}
