/**
 * A process that calls one cached function at an agreed instant: `leaseholder.ts OPTIONS LOG CALLERS START TAKES`, with the
 * options of `bcache` as JSON, the file to which each run adds a line, how many callers come at once, when, in milliseconds since the epoch,
 * and how long the function takes, or `"for ever"`. Prints what the callers were given, once each.
 */
import { appendFileSync } from "node:fs";
import process from "node:process";
import { bcache } from "../../../mod.ts";

const [options, log, callers, start, takes] = process.argv.slice(2) as [string, string, string, string, string];
const fn = bcache(async (key: string) => {
  appendFileSync(log, `${process.pid} ${Date.now()}\n`);
  console.log("computing");
  if (takes === "for ever") await new Promise((resolve) => setTimeout(resolve, 600_000));
  await new Promise((resolve) => setTimeout(resolve, Number(takes)));
  return `${key} by ${process.pid}`;
}, { name: "leased", version: "1", strict: true, ...JSON.parse(options) });

await fn.cache.has("warm-up");
await new Promise((resolve) => setTimeout(resolve, Number(start) - Date.now()));
const given = await Promise.all(Array.from({ length: Number(callers) }, () => fn("k")));
const { coalesced, hits, misses, errors } = fn.cache.stats();
await fn.cache.close();
console.log(JSON.stringify({ given: [...new Set(given)], coalesced, hits, misses, errors }));
