import type { Case } from "./junit.ts";
import type { RuntimeName } from "./runtimes.ts";

/**
 * What an engine is in a column: how many of its tests passed there, with a package where it wants one (`"98 with @deno/kv"`), or
 * why it cannot be had.
 */
export type Cell = number | string;

/** Engines by name, and each by column. */
export type EngineMatrix = Readonly<Record<string, Readonly<Partial<Record<RuntimeName, Cell>>>>>;

/** The columns in the order of the table, and what they are called there. */
const titles: Readonly<Record<RuntimeName, string>> = {
  "deno": "Deno",
  "deno-kv": "Deno with KV",
  "bun": "Bun",
  "node": "Node 24",
  "node20": "Node 20",
  "chromium": "Chromium",
  "chromium-worker": "its workers",
  "workerd": "workerd",
};

/** How `tests/contract/expected_engines.test.ts` says whether an engine can be had. */
const offer = /^(\w+) is (?:(offered here)(?: with (\S+))?|not offered here: (.+))$/;

/** The matrix that the tests of a run show. */
export function readMatrix(
  outcomes: readonly { readonly name: RuntimeName; readonly cases: readonly Case[] }[],
): EngineMatrix {
  const matrix: Record<string, Partial<Record<RuntimeName, Cell>>> = {};
  for (const column of Object.keys(titles) as RuntimeName[]) {
    const cases = outcomes.find(({ name }) => name === column)?.cases ?? [];
    for (const { name, state } of cases) {
      const [, engine, offered, pack, reason] = offer.exec(name) ?? [];
      if (engine === undefined || state !== "passed") continue;
      const passed = countOf(engine, cases);
      const shown = pack === undefined ? passed : `${passed} with ${pack}`;
      const cell = offered === undefined ? reason! : passed === 0 ? "not tested" : shown;
      (matrix[engine] ??= {})[column] = cell;
    }
  }
  return matrix;
}

/** How many tests passed in the suites named for an engine: `memory > …`, `files (openSync) > …`, `redis by url > …`. */
function countOf(engine: string, cases: readonly Case[]): number {
  const named = new RegExp(`^${engine}(?: (?!\\(not here)[^>]*)? > `);
  return cases.filter(({ name, state }) => state === "passed" && named.test(name)).length;
}

/** How many tests a cell says have passed; `undefined` where it gives a reason. */
function passedOf(cell: Cell | undefined): number | undefined {
  const digits = /^\d+(?=$| with )/.exec(String(cell))?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/** Where a written matrix says more or less than a run shows, in words. More tests than written are no fault. */
export function compareMatrices(written: EngineMatrix, shown: EngineMatrix): string[] {
  const faults: string[] = [];
  for (const engine of new Set([...Object.keys(written), ...Object.keys(shown)])) {
    for (const column of Object.keys(titles) as RuntimeName[]) {
      const [claim, found] = [written[engine]?.[column], shown[engine]?.[column]];
      const [claimed, passed] = [passedOf(claim), passedOf(found)];
      const agrees = claimed === undefined || passed === undefined ? claim === found : claimed <= passed;
      if (!agrees) {
        faults.push(`${engine} on ${column}: written is ${claim ?? "nothing"}, shown was ${found ?? "nothing"}`);
      }
    }
  }
  return faults;
}

/** The matrix as a table in Markdown. */
export function matrixTable(matrix: EngineMatrix): string {
  const columns = (Object.keys(titles) as RuntimeName[]).filter((column) =>
    Object.values(matrix).some((row) => row[column] !== undefined)
  );
  const rows = [
    ["engine", ...columns.map((column) => titles[column])],
    ...Object.entries(matrix).map(([engine, row]) => [`\`${engine}\``, ...columns.map((column) => brief(row[column]))]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`);
  return [lines[0], `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...lines.slice(1)].join("\n");
}

/** A reason without what to do about it. */
function brief(cell: Cell | undefined): string {
  return String(cell ?? "").replace(/^this runtime (has )?/, "").replace(/[;,(].*$/, "").trim();
}
