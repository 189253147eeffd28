/**
 * A process that asks for many keys at an agreed instant: `many_keys.ts OPTIONS KEYS START`, with the options of `cacheMany` and the
 * keys as JSON, and when, in milliseconds since the epoch. Prints what it was given and the keys that its loader was asked for.
 */
import process from "node:process";
import { cacheMany } from "../../../src/decorators/cache_many.ts";

const [options, keys, start] = process.argv.slice(2) as [string, string, string];
const asked: number[][] = [];
const many = cacheMany(async (keys: readonly number[]): Promise<number[]> => {
  asked.push([...keys]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return keys.map((key) => key * 10);
}, JSON.parse(options));

await many.cache.has(-1);
await new Promise((resolve) => setTimeout(resolve, Number(start) - Date.now()));
const values = await many(JSON.parse(keys));
await many.cache.close();
console.log(JSON.stringify({ values, asked }));
