/**
 * Runs the suite on every runtime and closes with one line of counts.
 *
 * `deno task test [--on=deno,deno-kv,bun,node,node20,chromium,chromium-worker,workerd] [words…]`: words choose the test files whose
 * path holds one of them. Firefox and WebKit, each also with `-worker`, run only when `--on` names them. `deno task test --write-matrix` writes down which engines a whole run has shown to work where.
 *
 * With CI=true these are failures, too: a skip that scripts/allowed_skips.ts does not know, a coverage below its goal, and a whole
 * run that shows other than what is written down.
 */
import { fileURLToPath } from "node:url";
import { allowedSkips } from "./allowed_skips.ts";
import { buildJs } from "./build_js.ts";
import { judgeCoverage, measureCoverage } from "./matrix/coverage.ts";
import { compareMatrices, readMatrix } from "./matrix/engine_matrix.ts";
import { filesFor } from "./matrix/files_for.ts";
import { matrixPath, readWrittenMatrix, writeMatrix } from "./matrix/matrix_file.ts";
import { findRuntime, type Found, type RuntimeName } from "./matrix/runtimes.ts";
import { needsBuild, type Outcome, runSuite } from "./matrix/run_suite.ts";
import {
  closingLine,
  count,
  type Counts,
  findSkips,
  type Missing,
  slowestFiles,
  titleOf,
  toTable,
} from "./matrix/summary.ts";
import { listFiles, root } from "./tree.ts";

/** In the order in which they start, the longest first. */
const all: readonly RuntimeName[] = [
  ...["deno", "bun", "node20", "node", "deno-kv"] as const,
  ...["chromium", "chromium-worker", "workerd"] as const,
];

/** Those that run only when they are asked for; Playwright brings the WebKit: `npx playwright-core install webkit`. */
const onRequest: readonly RuntimeName[] = ["firefox", "firefox-worker", "webkit", "webkit-worker"];
/** One more than the cores of the least machine: a quarter of the time of a column is spent waiting for timers and disks. */
const atOnce = 3;
const writeFlag = "--write-matrix";

async function main(args: readonly string[]): Promise<number> {
  const inCi = Deno.env.get("CI") === "true";
  const words = args.filter((arg) => !arg.startsWith("-"));
  const chosen = choose(args);
  const files = (await listFiles("tests")).filter((file) => file.endsWith(".test.ts"))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
  if (files.length === 0) {
    throw new Error(`Cannot test: no file tests/**/*.test.ts holds ${words.join(" or ")}; check the words`);
  }
  const isWhole = words.length === 0 && all.every((name) => chosen.includes(name));
  if (args.includes(writeFlag) && !isWhole) {
    throw new Error(`Cannot write the matrix: a part of the suite does not show it; use ${writeFlag} by itself`);
  }

  const folder = await makeFolder();
  try {
    const found = await findAll(chosen);
    const wanted = chosen.flatMap((name) => {
      const runtime = found.get(name);
      const isHere = runtime !== undefined && !("missing" in runtime);
      return isHere && filesFor(name, files).length > 0 ? [{ name, runtime }] : [];
    });
    const missing = chosen.flatMap((name): Missing[] => {
      const runtime = found.get(name);
      return runtime !== undefined && "missing" in runtime ? [{ name, reason: runtime.missing }] : [];
    });
    for (const { name, reason } of missing) console.log(`${name}: skipped, ${reason}`);
    if (args.includes(writeFlag) && missing.length > 0) {
      throw new Error("Cannot write the matrix: it has a column for each runtime; install those that are missing");
    }
    const built = `${folder}/js`;
    if (wanted.some(({ name }) => files.some((file) => needsBuild(name, file)))) await buildJs(built);
    const coverage = words.length === 0 && chosen.includes("deno") ? `${folder}/coverage` : undefined;

    const outcomes: Outcome[] = [];
    const waiting = [...wanted];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        console.log(`${titleOf({ ...next.runtime, name: next.name })}: ${filesFor(next.name, files).length} files`);
        const outcome = await runSuite({ ...next, files, built, coverage, reports: folder, env: environment(found) });
        outcomes.push(outcome);
        tell(outcome);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    outcomes.sort((one, other) => chosen.indexOf(one.name) - chosen.indexOf(other.name));
    const matrix = !isWhole || missing.length > 0 ? "left" : args.includes(writeFlag) ? "write" : "compare";
    return await close(outcomes, missing, coverage, matrix, inCi);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function choose(args: readonly string[]): RuntimeName[] {
  const named = args.find((arg) => arg.startsWith("--on="))?.slice("--on=".length).split(",");
  const known = [...all, ...onRequest];
  const stranger = named?.find((name) => !known.some((one) => one === name)) ??
    args.find((arg) => arg.startsWith("-") && !arg.startsWith("--on=") && arg !== writeFlag);
  if (stranger !== undefined) {
    throw new Error(`Cannot test: "${stranger}" is unknown; use --on= with ${known.join(", ")}`);
  }
  return named === undefined ? [...all] : known.filter((name) => named.includes(name));
}

/** Inside the project, so that what is built finds node_modules; of its own, so that two runs do not meet. */
async function makeFolder(): Promise<string> {
  const parent = fileURLToPath(new URL("dist", root));
  await Deno.mkdir(parent, { recursive: true });
  return await Deno.makeTempDir({ dir: parent, prefix: "test-" });
}

/** Every runtime; those that were not chosen only when they are at hand, for tests that start other runtimes. */
async function findAll(chosen: readonly RuntimeName[]): Promise<Map<RuntimeName, Found>> {
  return new Map(
    await Promise.all(
      [...new Set([...all, ...chosen])].map(async (name) =>
        [name, await findRuntime(name, chosen.includes(name))] as const
      ),
    ),
  );
}

/** What tests read in tests/runtimes.ts, and where those that drive a browser find it. */
function environment(found: ReadonlyMap<RuntimeName, Found>): Record<string, string> {
  const pathOf = (name: RuntimeName) => {
    const runtime = found.get(name);
    return runtime === undefined || "missing" in runtime ? undefined : runtime.path;
  };
  const paths = {
    TWAT_TEST_DENO: pathOf("deno"),
    TWAT_TEST_BUN: pathOf("bun"),
    TWAT_TEST_NODE: pathOf("node"),
    CHROMIUM_PATH: pathOf("chromium"),
  };
  return Object.fromEntries(Object.entries(paths).flatMap(([name, path]) => path === undefined ? [] : [[name, path]]));
}

function tell(outcome: Outcome): void {
  const counts = count(outcome);
  const { seconds, tied = 0 } = outcome;
  const rest = tied === 0 ? "" : `; ${tied} files need built-in modules`;
  console.log(`${titleOf(outcome)}: ${closingLine(counts)} in ${seconds.toFixed(1)} s${rest}`);
  if (counts.failed === 0) return;
  console.log(outcome.output.trim());
  for (const line of failuresOf(outcome)) console.log(line);
}

/** A line for each failure, by itself: what a runner prints of it may be thousands of lines above the end. */
function failuresOf(outcome: Outcome): string[] {
  const title = titleOf(outcome);
  const failed = outcome.cases.filter(({ state }) => state === "failed");
  return [
    ...failed.map(({ file, name }) => `FAILED ${title}: ${file} "${name}"`),
    ...outcome.problems.map((problem) => `FAILED ${title}: ${problem}`),
  ];
}

async function close(
  outcomes: readonly Outcome[],
  missing: readonly Missing[],
  coverage: string | undefined,
  matrix: "left" | "write" | "compare",
  inCi: boolean,
): Promise<number> {
  const sum: Counts = { passed: 0, failed: 0, skipped: missing.length };
  for (const outcome of outcomes) {
    const { passed, failed, skipped } = count(outcome);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  const lines = ["", ...toTable(outcomes, missing), "", ...slowestFiles(outcomes), ""];
  for (const { text, allowed } of findSkips(outcomes, missing, allowedSkips)) {
    if (!allowed && inCi) sum.failed++;
    lines.push(`${!allowed && inCi ? "FAILED, scripts/allowed_skips.ts does not allow it: " : ""}skipped on ${text}`);
  }
  if (matrix === "write") {
    await writeMatrix(readMatrix(outcomes));
    lines.push(`written: ${matrixPath}; deno task fix puts it into the README`);
  } else if (matrix === "compare") {
    const written = await readWrittenMatrix();
    const faults = written === undefined ? ["there is none"] : compareMatrices(written, readMatrix(outcomes));
    if (inCi) sum.failed += faults.length;
    for (const fault of faults) {
      lines.push(`${inCi ? "FAILED, " : ""}${matrixPath} is to be written anew (${writeFlag}): ${fault}`);
    }
  }
  if (coverage !== undefined) {
    const folders = outcomes.filter(({ name }) => name.startsWith("deno")).map(({ name }) => `${coverage}/${name}`);
    const { text, reached } = judgeCoverage(await measureCoverage(folders));
    lines.push(...text);
    if (!reached && inCi) {
      sum.failed++;
      lines.push("FAILED, the coverage is below its goal");
    }
  }
  lines.push("", ...outcomes.flatMap(failuresOf));
  console.log([...lines, closingLine(sum)].join("\n"));
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
