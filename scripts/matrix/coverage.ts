import { fileURLToPath } from "node:url";
import ts from "typescript";
import { readTree, root } from "../tree.ts";

/** The share of lines of `src` and `engines` that the suite has to run, in per cent. */
export const coverageGoal = 95;

/** How many of a file's lines run, of those that hold code. */
export interface FileCoverage {
  readonly path: string;
  readonly lines: number;
  readonly covered: number;
}

/**
 * What the Deno runs have covered of `src` and `engines`, by file.
 *
 * A file that no test loads is not in Deno's data; it counts with all its lines, unless it holds types alone.
 */
export async function measureCoverage(folders: readonly string[]): Promise<FileCoverage[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--lcov", ...folders],
    cwd: root,
    stderr: "null",
  }).output();
  const measured = readLcov(new TextDecoder().decode(stdout), fileURLToPath(root));
  const tree = await readTree(["src", "engines"]);
  return [...tree].map(([path, source]) => {
    const hits = measured.get(path);
    if (hits === undefined) return { path, lines: countCode(source), covered: 0 };
    return { path, lines: hits.length, covered: hits.filter((count) => count > 0).length };
  }).filter(({ lines }) => lines > 0);
}

/** The hit counts of each file's lines in an lcov report, by the path below a folder. */
export function readLcov(report: string, folder: string): Map<string, number[]> {
  const files = new Map<string, number[]>();
  for (const record of report.split("end_of_record")) {
    const path = /^SF:(.+)$/m.exec(record)?.[1];
    if (path === undefined || !path.startsWith(folder)) continue;
    files.set(path.slice(folder.length), [...record.matchAll(/^DA:\d+,(\d+)/gm)].map(([, count]) => Number(count)));
  }
  return files;
}

/** The lines that are left of a source when its types are gone; none for a file of types. */
function countCode(source: string): number {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      removeComments: true,
      verbatimModuleSyntax: true,
    },
  });
  return outputText.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "export {};").length;
}

/** The coverage in lines to print, and whether it reaches the goal. */
export function judgeCoverage(files: readonly FileCoverage[]): { text: string[]; reached: boolean } {
  const percent = (covered: number, lines: number) => lines === 0 ? 100 : 100 * covered / lines;
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const covered = files.reduce((sum, file) => sum + file.covered, 0);
  const below = files
    .map((file) => ({ ...file, percent: percent(file.covered, file.lines) }))
    .filter((file) => file.percent < coverageGoal)
    .sort((one, other) => one.percent - other.percent);
  const total = percent(covered, lines);
  return {
    reached: lines > 0 && total >= coverageGoal,
    text: [
      `line coverage of src and engines: ${total.toFixed(1)} % (${covered} of ${lines}), goal ${coverageGoal} %`,
      ...below.map((file) =>
        `  ${file.percent.toFixed(1).padStart(5)} % ${file.path} (${file.covered} of ${file.lines})`
      ),
    ],
  };
}
