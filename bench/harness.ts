import { writeFileSync } from "node:fs";
import process from "node:process";

/** The runtimes that have goals of their own. */
export type Runtime = "node" | "bun" | "deno";

/** The same goal everywhere, or one for each runtime. */
export type Goal = number | Readonly<Record<Runtime, number>>;

/** One row of a table: work, and what it is compared with. */
export interface Row {
  /** Unique in its table. */
  readonly name: string;
  /** Does the work so many times over; returns something made of all results, so that none is optimised away. */
  readonly work: (times: number) => unknown;
  /** The name of the row it is compared with; none for a floor. */
  readonly floor?: string;
  /** At most so many times the time of the floor. */
  readonly atMost?: Goal;
  /** At least so many times faster than other rows, by their names. */
  readonly fasterThan?: Readonly<Record<string, Goal>>;
}

/** What was measured against one other row. */
export interface Comparison {
  readonly against: string;
  /** Median over the rounds of this row's time divided by the other's. */
  readonly ratio: number;
  /** The largest ratio that meets the goal, if there is one. */
  readonly goal: number | undefined;
}

/** What came out for a row. */
export interface Result {
  readonly name: string;
  /** Median time of one piece of work, in nanoseconds. */
  readonly ns: number;
  /** What it weighs, where that is what was measured, and not time. */
  readonly bytes?: number;
  readonly comparisons: readonly Comparison[];
}

/** A table of results, as it is written to JSON. */
export interface Table {
  readonly title: string;
  readonly runtime: Runtime;
  readonly version: string;
  readonly results: readonly Result[];
}

/** How long to measure. */
export interface Effort {
  /** Rounds that count, 301 by default. In each, every row runs once, in an order that changes. */
  readonly rounds?: number;
  /** About how long one row runs in one round, in milliseconds; 0.4 by default, less than what a busy system grants in one go. */
  readonly slice?: number;
  /** How long each row runs before anything counts, in milliseconds; 150 by default, because compilers are threads that wait, too. */
  readonly warmUp?: number;
}

/** Which runtime this is. */
export const runtime: Runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

/**
 * Times rows against one another in one process.
 *
 * Why: machines are noisy and change speed while they measure, so the rows are interleaved, each is divided by its
 * floor's time in the same round, and the medians of those ratios are compared with the goals.
 */
export async function measure(title: string, rows: readonly Row[], effort: Effort = {}): Promise<Table> {
  const { rounds = 301, slice = 0.4, warmUp = 150 } = effort;
  const times = new Map<string, number>();
  for (const row of rows) times.set(row.name, await warm(row, slice, warmUp));
  const spent = new Map<string, number[]>(rows.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < rows.length; turn++) {
      const row = rows[(turn + round) % rows.length]!;
      spent.get(row.name)!.push(await time(row, times.get(row.name)!));
    }
  }
  const ratio = (a: string, b: string) => median(spent.get(a)!.map((ns, round) => ns / spent.get(b)![round]!));
  const results = rows.map(({ name, floor, atMost, fasterThan = {} }): Result => ({
    name,
    ns: median(spent.get(name)!),
    comparisons: [
      ...(floor === undefined ? [] : [{ against: floor, ratio: ratio(name, floor), goal: here(atMost) }]),
      ...Object.entries(fasterThan).map(([against, factor]) => ({
        against,
        ratio: ratio(name, against),
        goal: 1 / here(factor)!,
      })),
    ],
  }));
  return { title, runtime, version: process.versions[runtime] ?? process.version, results };
}

/** The comparisons of a table that miss their goals. */
export function misses({ results }: Table): string[] {
  return results.flatMap(({ name, comparisons }) =>
    comparisons
      .filter(({ ratio, goal }) => goal !== undefined && ratio > goal)
      .map(({ against, ratio, goal }) => `${name}: ${factor(ratio)} × ${against}, goal ${factor(goal!)} ×`)
  );
}

/** What was measured of a row, with its unit. */
export function amount({ ns, bytes }: Pick<Result, "ns" | "bytes">): string {
  return bytes === undefined ? `${ns.toFixed(1)} ns` : `${bytes} B`;
}

/** A table as text. */
export function rendered(table: Table): string {
  const lines = table.results.flatMap((result) => [
    [result.name, amount(result), "", "", ""],
    ...result.comparisons.map(({ against, ratio, goal }) => [
      "",
      "",
      `${factor(ratio)} × ${against}`,
      goal === undefined ? "" : `≤ ${factor(goal)} ×`,
      goal === undefined ? "" : ratio <= goal ? "met" : "MISSED",
    ]),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  const shown = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
  return [`${table.title} (${table.runtime} ${table.version})`, ...shown].join("\n");
}

/**
 * Prints tables. Of the arguments of the process, `--json FILE` writes them to a file, and `--check` makes the process
 * exit with 1 when a goal is missed.
 */
export function report(tables: readonly Table[], args: readonly string[] = process.argv.slice(2)): void {
  for (const table of tables) console.log(`${rendered(table)}\n`);
  const json = args.indexOf("--json");
  if (json >= 0) writeFileSync(args[json + 1]!, `${JSON.stringify(tables, null, 2)}\n`);
  const missed = tables.flatMap(misses);
  for (const line of missed) console.log(`missed: ${line}`);
  if (missed.length > 0 && args.includes("--check")) process.exitCode = 1;
}

/**
 * Work that calls a function with each key in turn, in a loop whose machine code no other row shares, and looks at
 * every result.
 *
 * @param call The function.
 * @param keys As many as a power of two; visited with a stride, so that neighbours in memory are not neighbours in time.
 * @param awaited Whether to await each call.
 */
export function callsOf(call: (key: never) => unknown, keys: readonly unknown[], awaited = false): Row["work"] {
  const { length } = keys;
  if ((length & (length - 1)) !== 0) {
    throw new RangeError(`Cannot loop over ${length} keys: not a power of two; add some`);
  }
  const [kind, wait] = awaited ? ["async function", "await "] : ["function", ""];
  const make = new Function(
    "call",
    "keys",
    `return ${kind} (times) {
      let absent = 0;
      for (let at = 0; at < times; at++) if (${wait}call(keys[at * 7 & ${length - 1}]) === undefined) absent++;
      return absent;
    }`,
  );
  return make(call, keys) as Row["work"];
}

/** Runs a row until it is warm; returns how many times fill a slice. */
async function warm(row: Row, slice: number, warmUp: number): Promise<number> {
  let times = 64;
  for (let spent = 0; spent < warmUp;) {
    const ms = await time(row, times) * times / 1e6;
    spent += ms;
    if (ms < slice && times < 2 ** 24) times *= 2;
  }
  return times;
}

let kept: unknown;

/** The time of one piece of work, in nanoseconds. */
async function time({ work }: Row, times: number): Promise<number> {
  const start = performance.now();
  const result = work(times);
  if (result instanceof Promise) kept = await result;
  else kept = result;
  const ns = (performance.now() - start) * 1e6 / times;
  if (kept === time) throw new Error("unreachable; it keeps the results observable");
  return ns;
}

function here(goal: Goal | undefined): number | undefined {
  return typeof goal === "object" ? goal[runtime] : goal;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

function factor(value: number): string {
  return value.toFixed(value < 0.1 ? 3 : 2);
}
