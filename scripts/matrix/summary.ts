import { type AllowedSkip, appliesTo } from "../allowed_skips.ts";
import type { RuntimeName } from "./runtimes.ts";
import type { Outcome } from "./run_suite.ts";

/** A runtime that is not there. */
export interface Missing {
  readonly name: RuntimeName;
  readonly reason: string;
}

/** Tests counted by what became of them. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** How many tests of one run passed, failed and were skipped. Each problem of the run is a failure. */
export function count({ cases, problems }: Pick<Outcome, "cases" | "problems">): Counts {
  const counts: Counts = { passed: 0, failed: problems.length, skipped: 0 };
  for (const { state } of cases) if (state !== "empty") counts[state]++;
  return counts;
}

/** The table of runtimes, one line each. */
export function toTable(outcomes: readonly Outcome[], missing: readonly Missing[]): string[] {
  const rows = [
    ["runtime", "passed", "failed", "skipped", "seconds"],
    ...outcomes.map((outcome) => {
      const { passed, failed, skipped } = count(outcome);
      return [titleOf(outcome), String(passed), String(failed), String(skipped), outcome.seconds.toFixed(1)];
    }),
    ...missing.map(({ name }) => [name, "-", "-", "missing", "-"]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)).join(
      "  ",
    )
  );
}

/** The files whose tests took longest in each column, a line each. */
export function slowestFiles(outcomes: readonly Outcome[], most = 6): string[] {
  return outcomes.map((outcome) => {
    const sums = new Map<string, number>();
    for (const { file, seconds = 0 } of outcome.cases) sums.set(file, (sums.get(file) ?? 0) + seconds);
    const slowest = [...sums].sort(([, one], [, other]) => other - one).slice(0, most);
    return `slowest on ${titleOf(outcome)}: ${
      slowest.map(([file, seconds]) => `${file.replace(/^tests\//, "")} ${seconds.toFixed(1)} s`).join(", ")
    }`;
  });
}

/** A run's runtime and its version. */
export function titleOf({ name, version }: Pick<Outcome, "name" | "version">): string {
  return name === "deno-kv" ? `deno ${version} with KV` : `${name.replace(/\d+$/, "")} ${version}`;
}

/** A skipped test or runtime, with its reason, and whether the table of allowed skips knows it. */
export interface Skip {
  readonly text: string;
  readonly allowed: boolean;
}

/**
 * Everything that was skipped.
 *
 * Only Node reports why; where a runner does not, the reason comes from the same test on Node, or else from the table.
 */
export function findSkips(
  outcomes: readonly Outcome[],
  missing: readonly Missing[],
  table: readonly AllowedSkip[],
): Skip[] {
  const told = new Map<string, string>();
  for (const { cases } of outcomes) {
    for (const { name, reason } of cases) if (reason !== undefined) told.set(name, reason);
  }
  const ofTests = outcomes.flatMap((outcome) =>
    outcome.cases.filter(({ state }) => state === "skipped").map(({ file, name, reason: own }) => {
      const entry = table.find((entry) => allows(entry, outcome.name, file, name));
      const reason = own ?? told.get(name) ?? entry?.because ?? "its runner does not tell why";
      return { text: `${titleOf(outcome)}: ${file} "${name}": ${reason}`, allowed: entry !== undefined };
    })
  );
  const ofRuntimes = missing.map(({ name, reason }) => ({
    text: `${name}: ${reason}`,
    allowed: table.some((entry) => appliesTo(entry, name) && entry.test === undefined && entry.file === undefined),
  }));
  return [...ofRuntimes, ...ofTests];
}

function allows(entry: AllowedSkip, on: RuntimeName, file: string, name: string): boolean {
  if (!appliesTo(entry, on) || (entry.test === undefined && entry.file === undefined)) return false;
  return (entry.test === undefined || name.includes(entry.test)) && (entry.file === undefined || entry.file === file);
}

/** The closing line. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
