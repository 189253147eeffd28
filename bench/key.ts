/**
 * What a key costs, as a multiple of `JSON.stringify` on the same arguments (P7). Runs alike on Deno, Bun and Node.
 *
 * Each figure is the least of many short rounds that take turns, so that a busy machine disturbs both sides alike.
 * "looked up" adds a `Map.get` to both sides, which makes them flatten their text and hash it.
 */
import { digest } from "../src/key/digest.ts";
import { fingerprint } from "../src/key/fingerprint.ts";

const VARIANTS = 512;
const ROUNDS = 60;

/** Arguments of one kind, many of them, so that no runtime remembers a text. */
function variants(make: (i: number) => unknown[]): unknown[][] {
  return Array.from({ length: VARIANTS }, (_, i) => make(i));
}

const kinds: Readonly<Record<string, { args: unknown[][]; goal: number }>> = {
  "3 primitives": { goal: 0.8, args: variants((i) => [i * 7, `user:${i}`, i % 2 === 0]) },
  "small unsorted object": {
    goal: 1.4,
    args: variants((i) => [
      i % 2 === 0
        ? { page: i, limit: 20, filter: "active", asc: true }
        : { limit: 20, asc: false, page: i, filter: `tag${i}` },
    ]),
  },
  "nested, 100 keys": {
    goal: 2.5,
    args: variants((i) => [
      Object.fromEntries(Array.from({ length: 10 }, (_, row) => [
        `row${(row * 7) % 10}`,
        {
          name: `n${i}`,
          id: i + row,
          zip: "12345",
          active: true,
          city: null,
          amount: row * 1.5,
          born: 1980,
          tag: "x",
          kind: 2,
        },
      ])),
    ]),
  },
  "array of 100 numbers": { goal: 2.5, args: variants((i) => [Array.from({ length: 100 }, (_, j) => i * j)]) },
};

let sink = 0;

function perCall(work: (args: unknown[]) => number, args: unknown[][]): number {
  const start = performance.now();
  for (let i = 0; i < args.length; i++) sink += work(args[i]!);
  return (performance.now() - start) * 1e6 / args.length;
}

function compare(works: readonly ((args: unknown[]) => number)[], args: unknown[][]): number[] {
  const least = works.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    works.forEach((work, i) => least[i] = Math.min(least[i]!, perCall(work, args)));
  }
  return least;
}

const none = new Map<string, number>();
for (const [name, { args, goal }] of Object.entries(kinds)) {
  const [floor, ours, floorLooked, oursLooked] = compare([
    (list) => JSON.stringify(list).length,
    (list) => fingerprint(list).length,
    (list) => none.get(JSON.stringify(list)) ?? 1,
    (list) => none.get(fingerprint(list)) ?? 1,
  ], args) as [number, number, number, number];
  console.log(
    `${name.padEnd(24)} floor ${floor.toFixed(0).padStart(6)} ns  ours ${ours.toFixed(0).padStart(6)} ns  ` +
      `${(ours / floor).toFixed(2)} x, looked up ${(oursLooked / floorLooked).toFixed(2)} x  (goal ${goal} x)`,
  );
}

const texts = variants((i) => [`user:profile:${i}:page:settings`]);
const [short] = compare([(list) => digest(list[0] as string).length], texts) as [number];
const encoder = new TextEncoder();
const webCrypto = performance.now();
for (let i = 0; i < 200; i++) await crypto.subtle.digest("SHA-256", encoder.encode(texts[i]![0] as string));
const awaited = (performance.now() - webCrypto) * 1e6 / 200;
console.log(
  `digest of a short text   ${short.toFixed(0)} ns, ${(short / awaited).toFixed(3)} x awaited WebCrypto (goal 0.01 x)` +
    (sink === 0 ? " nothing was measured" : ""),
);
