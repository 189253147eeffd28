import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, bcache, fcache, mcache, ucache } from "../../mod.ts";
import { fastFolder } from "../engines_here.ts";

const cacheDir = fastFolder();

test("mcache() over bcache() answers from memory first, then from disk, and computes once", async () => {
  const make = (runs: number[]) => {
    const kept = bcache((x: number) => (runs.push(x), { x }), { name: "kept", cacheDir, folderName: "stacked" });
    return { kept, front: mcache(kept) };
  };
  const runs: number[] = [];
  const first = make(runs);
  assert.deepEqual(await first.front(1), { x: 1 });
  assert.deepEqual(await first.front(1), { x: 1 });
  assert.deepEqual([first.front.cache.stats().hits, first.kept.cache.stats().hits], [1, 0]);
  first.front.cache.clear();
  assert.deepEqual(await first.front(1), { x: 1 });
  assert.deepEqual([first.front.cache.stats().hits, first.kept.cache.stats().hits], [1, 1]);
  await first.kept.cache.close();

  const second = make(runs);
  assert.deepEqual(await second.front(1), { x: 1 });
  assert.deepEqual([second.front.cache.stats().misses, second.kept.cache.stats().hits], [1, 1]);
  assert.deepEqual(runs, [1]);
  await second.kept.cache.close();
});

test("every decorator takes what every decorator made, and keeps its name and length", async () => {
  const decorators = { mcache, bcache, fcache, acache, ucache } as unknown as Record<string, typeof acache>;
  for (const [outer, over] of Object.entries(decorators)) {
    for (const [inner, under] of Object.entries(decorators)) {
      let runs = 0;
      const persistent = (called: string) => called === "bcache" || called === "fcache";
      const options = (called: string) => persistent(called) ? { name: `${outer} over ${inner}`, cacheDir } : {};
      const tripled = async function triple(x: number): Promise<number> {
        runs++;
        return await Promise.resolve(x * 3);
      };
      const middle = under(tripled, { ...options(inner), ...persistent(inner) ? { folderName: "inner" } : {} });
      const whole = over(middle, { ...options(outer), ...persistent(outer) ? { folderName: "outer" } : {} });
      const both = await Promise.all([whole(2), whole(2)]);
      assert.deepEqual([...both, await whole(2), await middle(2)], [6, 6, 6, 6], `${outer} over ${inner}`);
      assert.equal(runs, 1, `${outer} over ${inner}`);
      assert.deepEqual([whole.name, whole.length], ["triple", 1]);
      assert.equal(whole.cache.original, middle);
    }
  }
});
