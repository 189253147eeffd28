import type { Case } from "./junit.ts";
import type { RuntimeName } from "./runtimes.ts";

/** What an engine is in a column: `"tested"`, with a package where it wants one (`"tested with @deno/kv"`), or why it cannot be had. */
export type Cell = string;

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
  "firefox": "Firefox",
  "firefox-worker": "its workers",
  "webkit": "WebKit",
  "webkit-worker": "its workers",
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
      const shown = pack === undefined ? "tested" : `tested with ${pack}`;
      const cell = offered === undefined ? reason! : isTested(engine, cases) ? shown : "not tested";
      (matrix[engine] ??= {})[column] = cell;
    }
  }
  return matrix;
}

/** Whether a test passed in a suite named for an engine: `memory > …`, `files (openSync) > …`, `redis by url > …`. */
function isTested(engine: string, cases: readonly Case[]): boolean {
  const named = new RegExp(`^${engine}(?: (?!\\(not here)[^>]*)? > `);
  return cases.some(({ name, state }) => state === "passed" && named.test(name));
}

/**
 * Where a written matrix says other than a run shows, in words.
 *
 * Why not how many tests: that changes with the tests, and says nothing of the engine.
 */
export function compareMatrices(written: EngineMatrix, shown: EngineMatrix): string[] {
  const faults: string[] = [];
  for (const engine of new Set([...Object.keys(written), ...Object.keys(shown)])) {
    for (const column of Object.keys(titles) as RuntimeName[]) {
      const [claim = "nothing", found = "nothing"] = [written[engine]?.[column], shown[engine]?.[column]];
      if (claim !== found) faults.push(`${engine} on ${column}: written is ${claim}, shown was ${found}`);
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
  return (cell ?? "").replace(/^this runtime (has )?/, "").replace(/[;,(].*$/, "").trim();
}
