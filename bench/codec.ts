/**
 * Codec round trips beside superjson's, in one run: seal + open against stringify + parse.
 *
 * Run with `deno run -A bench/codec.ts`, `bun bench/codec.ts` or `node bench/codec.ts`; `--check` fails when a goal of P8 is missed.
 */

import process from "node:process";
import { SuperJSON } from "superjson";
import { createCodec } from "../src/codec/codec.ts";
import type { Sealed } from "../src/contract/codec.ts";

interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly rounds: number;
  /** How many times faster than superjson it has to be, and the largest share of superjson's size. */
  readonly goal?: { readonly faster: number; readonly size?: number };
}

const day = Date.UTC(2025, 0, 1);
const rows: readonly Row[] = [
  {
    name: "small record with Date",
    value: { id: 7, name: "Ada", email: "ada@example.org", admin: false, createdAt: new Date(day) },
    rounds: 4000,
    goal: { faster: 4 },
  },
  {
    name: "1,000 rows with Dates",
    value: Array.from({ length: 1000 }, (_, i) => ({
      id: i,
      name: `user ${i}`,
      email: `user${i}@example.org`,
      active: i % 2 === 0,
      score: i * 1.5,
      createdAt: new Date(day + i * 1000),
    })),
    rounds: 15,
    goal: { faster: 10, size: 0.5 },
  },
  {
    name: "Map + Set of 1,000",
    value: {
      map: new Map(Array.from({ length: 1000 }, (_, i) => [`key ${i}`, i])),
      set: new Set(Array.from({ length: 1000 }, (_, i) => `member ${i}`)),
    },
    rounds: 30,
    goal: { faster: 7 },
  },
  { name: "8 MB Float64Array", value: Float64Array.from({ length: 1e6 }, Math.sin), rounds: 1, goal: { faster: 80 } },
  {
    name: "plain JSON, 100 B",
    value: { id: 12345, name: "Some Name", mail: "some@example.org", tags: ["a", "b"], ok: true, n: 1.25 },
    rounds: 4000,
  },
  // superjson takes hours for a circular network of 100 nodes, so this is a chain with one shared object.
  { name: "graph: shared objects", value: graph(), rounds: 100 },
];

function graph(): unknown {
  const team = { name: "team", since: new Date(day) };
  return Array.from({ length: 100 }, (_, i) => ({ id: i, team, pattern: new RegExp(`a${i}`) }));
}

/** The best time of a round in microseconds, over runs of both in turn. */
function race(mine: () => unknown, theirs: () => unknown, rounds: number, runs: number): [number, number] {
  const best: [number, number] = [Infinity, Infinity];
  for (let run = 0; run < runs; run++) {
    [mine, theirs].forEach((work, side) => {
      const start = performance.now();
      for (let i = 0; i < rounds; i++) work();
      best[side] = Math.min(best[side]!, (performance.now() - start) * 1000 / rounds);
    });
  }
  return best;
}

const codec = createCodec();
const superjson = new SuperJSON();
let missed = 0;
for (const { name, value, rounds, goal } of rows) {
  const [mine, theirs] = race(
    () => codec.open(codec.seal(value) as Sealed),
    () => superjson.parse(superjson.stringify(value)),
    rounds,
    rounds === 1 ? 5 : 15,
  );
  const sealed = codec.seal(value) as Sealed;
  const faster = theirs / mine;
  const size = sealed.size / superjson.stringify(value).length;
  const reached = goal === undefined || (faster >= goal.faster && size <= (goal.size ?? Infinity));
  if (!reached) missed++;
  console.log(
    `${name.padEnd(28)} ${sealed.form.padEnd(20)} ${mine.toFixed(1).padStart(9)} µs  superjson ${
      theirs.toFixed(1).padStart(10)
    } µs  ` +
      `${faster.toFixed(1).padStart(6)} x faster, ${size.toFixed(2)} of the size${
        goal ? `  goal ${goal.faster} x${goal.size ? `, ${goal.size}` : ""}: ${reached ? "reached" : "MISSED"}` : ""
      }`,
  );
}

const small = codec.seal(rows[4]!.value) as Sealed;
const [open, parse] = race(() => codec.open(small), () => JSON.parse(small.body as string), 20_000, 25);
console.log(
  `open of ${small.size} B JSON: ${(open * 1000).toFixed(0)} ns, JSON.parse alone ${(parse * 1000).toFixed(0)} ns`,
);
const large = codec.seal(rows[3]!.value) as Sealed;
const [openLarge, copy] = race(() => codec.open(large), () => (large.body as Uint8Array).slice(), 1, 25);
console.log(
  `open of 8 MB: ${(openLarge / 1000).toFixed(2)} ms (${(8e6 / openLarge / 1000).toFixed(1)} GB/s), copying it ${
    (copy / 1000).toFixed(2)
  } ms`,
);
if (missed > 0 && process.argv.includes("--check")) process.exitCode = 1;
