import { CacheContext, invalidateTag, mcache } from "../mod.ts";
import { measure, report, type Row } from "./harness.ts";

/** How many entries carry the tag that is invalidated. */
const TAGGED = 100;

/**
 * Sets 100 entries of a function in memory and invalidates their tag, among so many others. They are new ones each time: a `Map`
 * of V8 keeps the places of deleted keys, in which every later look for the same key has to look, until it is built anew.
 */
function inMemory(among: number): Row {
  const fn = mcache((n: number) => n, {
    name: `tags-${among}`,
    maxSize: Infinity,
    maxBytes: Infinity,
    tags: (n) => [n < 0 ? "some" : `tag-${n % 1_000}`],
  });
  for (let n = 0; n < among; n++) fn(n);
  let next = -1;
  return {
    name: `memory, a tag of ${TAGGED} entries among ${among.toLocaleString("en")}`,
    work: async (times) => {
      for (let time = 0; time < times; time++) {
        for (let n = 0; n < TAGGED; n++) fn(next--);
        await invalidateTag("some");
      }
    },
  };
}

/** The same in the engine that `bcache` chooses here. */
async function onDisk(among: number): Promise<Row> {
  const cache = await CacheContext.open({ persist: true, folderName: `bench-tags-${among}`, maxSize: Infinity });
  await cache.clear();
  for (let n = 0; n < among; n += 10_000) {
    const size = Math.min(10_000, among - n);
    await cache.setMany(Array.from({ length: size }, (_, at) => [n + at, n + at]), { tags: [`tag-${n}`] });
  }
  await cache.setMany(Array.from({ length: TAGGED }, (_, at) => [`t${at}`, at]), { tags: ["some"] });
  return {
    name: `${cache.info.engine}, a tag of ${TAGGED} entries among ${among.toLocaleString("en")}`,
    work: async (times) => {
      for (let time = 0; time < times; time++) await cache.invalidateTag("some");
    },
  };
}

if (import.meta.main) {
  const rows: Row[] = [];
  for (const make of [inMemory, onDisk]) {
    const [few, many] = [await make(1_000), await make(1_000_000)];
    rows.push(few, { ...many, floor: few.name, atMost: 3 });
  }
  report([await measure("invalidateTag (P16)", rows, { rounds: 101 })]);
}
