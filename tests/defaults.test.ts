import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, mcache, tiered, withDefaults } from "../mod.ts";
import { memory } from "../engines/memory.ts";
import { SharedMap } from "./shared_map.ts";

test("withDefaults({ enabled: false }) runs functions each time, and wrappers that give promises still do", async () => {
  let runs = 0;
  const count = (x: number) => {
    if (x < 0) throw new RangeError(`${x}`);
    return x + ++runs;
  };
  const engine = tiered(memory, new SharedMap().engine());
  const wrapped = [acache(count), acache(count, { name: "behind", engine }), acache(count, { copy: "clone" })];
  for (const fn of wrapped) {
    runs = 0;
    const given = withDefaults({ enabled: false }, () => [fn(1), fn(1)]) as unknown as Promise<number>[];
    assert.ok(given.every((one) => one instanceof Promise));
    assert.deepEqual(await Promise.all(given), [2, 3]);
    await assert.rejects(withDefaults({ enabled: false }, () => fn(-1)) as unknown as Promise<number>, RangeError);
    assert.equal(await fn.cache.has(1), false);
  }
  const soon = mcache(count);
  assert.throws(() => withDefaults({ enabled: false }, () => soon(-1)), RangeError);
});
