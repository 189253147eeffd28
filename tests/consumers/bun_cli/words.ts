#!/usr/bin/env bun
/**
 * Prints the most frequent words of files. What was counted once is in SQLite afterwards, by the digest of the text.
 *
 *     bun add @twat/cache
 *     bun words.ts --top 5 FILE…
 */
import { bcache } from "@twat/cache";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { top: { type: "string", default: "10" } },
  allowPositionals: true,
});

/** A synchronous function stays one: there is nothing to await. */
const count = bcache.sync(function count(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map([...counts].sort(([, one], [, other]) => other - one));
}, { folderName: "words", maxSize: 10_000 });

for (const path of positionals) {
  const top = [...count(readFileSync(path, "utf8"))].slice(0, Number(values.top));
  console.log(`${path}: ${top.map(([word, times]) => `${word} ${times}`).join(", ")}`);
}
const { hits, misses } = count.cache.stats();
console.log(`${misses} counted, ${hits} known before (${count.cache.info.engine})`);
