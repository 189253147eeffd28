import { fileURLToPath } from "node:url";
import { textOf } from "../../tests/browser/told.ts";
import { root } from "../tree.ts";
import { runBundledSuite } from "./bundled_suite.ts";
import { filesFor } from "./files_for.ts";
import { type Case, readJunit } from "./junit.ts";
import { type BundledName, type Executable, isBundled, type ProcessName, type RuntimeName } from "./runtimes.ts";

/** What a suite is run with. */
export interface SuiteOptions {
  readonly name: RuntimeName;
  readonly runtime: Executable;
  /** Test files below the project's folder. */
  readonly files: readonly string[];
  /** A folder for reports, ours alone. */
  readonly reports: string;
  /** Where the sources stand as JavaScript, for the files that this runtime cannot read. */
  readonly built: string;
  /** Where Deno leaves its coverage data; none is collected without it. */
  readonly coverage?: string | undefined;
  /** What tests are told about the other runtimes. */
  readonly env: Readonly<Record<string, string>>;
}

/** What became of a suite on one runtime. */
export interface Outcome {
  readonly name: RuntimeName;
  readonly version: string;
  readonly cases: readonly Case[];
  /** What is wrong with the run as a whole. Each counts as a failure. */
  readonly problems: readonly string[];
  readonly seconds: number;
  /** What the runner printed, without the lines of tests that passed. */
  readonly output: string;
  /** How many files were left to other runtimes, since they need built-in modules. */
  readonly tied?: number;
}

/** A runner that is silent for so long hangs, in milliseconds: no test takes that long, however busy the machine is. */
const patience = 5 * 60_000;

/** When a runner is ended that is never silent, in milliseconds. */
const atMost = 45 * 60_000;

/** Runs the suite on one runtime. A runner that fails, hangs or dies is an outcome, too, never an error. */
export async function runSuite(options: SuiteOptions): Promise<Outcome> {
  const { name } = options;
  const files = filesFor(name, options.files);
  return isBundled(name)
    ? await runBundles({ ...options, name, files })
    : await runProcess({ ...options, name, files });
}

interface ProcessSuite extends SuiteOptions {
  readonly name: ProcessName;
}

async function runBundles(options: SuiteOptions & { readonly name: BundledName }): Promise<Outcome> {
  const { name, runtime } = options;
  const start = performance.now();
  let now = "the bundles";
  const stop = heartbeat(`${name} ${runtime.version}`, () => now);
  const outcome = (parts: Pick<Outcome, "cases" | "problems" | "output" | "tied">) => ({
    name,
    version: runtime.version,
    seconds: (performance.now() - start) / 1000,
    ...parts,
  });
  try {
    return outcome(await runBundledSuite(name, runtime, options.files, (file) => now = file));
  } catch (error) {
    return outcome({ cases: [], problems: [`does not run: ${textOf(error)}`], output: "", tied: 0 });
  } finally {
    stop();
  }
}

/** Says each minute where a run stands, until it is told to stop. */
function heartbeat(title: string, now: () => string): () => void {
  const start = performance.now();
  const timer = setInterval(() => {
    console.log(`${title}: ${Math.round((performance.now() - start) / 60_000)} min, now at: ${now()}`);
  }, 60_000);
  return () => clearInterval(timer);
}

async function runProcess(options: ProcessSuite): Promise<Outcome> {
  const { name, runtime, files } = options;
  const report = `${options.reports}/${name}`;
  const start = performance.now();
  const { code, output } = await run(
    `${name} ${runtime.version}`,
    runtime.path,
    commandOf(options, report),
    // Each file is a process of its own, and without it strips and compiles the whole library anew.
    { ...options.env, ...(name === "node" && { NODE_COMPILE_CACHE: `${options.reports}/compiled` }) },
  );
  const seconds = (performance.now() - start) / 1000;
  const text = await Deno.readTextFile(report).catch(() => "");
  const reported = name.startsWith("node") ? readLines(text, options.built) : readJunit(text);
  const cases = reported.filter(({ state }) => state !== "empty");
  const problems = judge(cases, emptyFiles(name, files, reported, output), code);
  return { name, version: runtime.version, cases, problems, seconds, output: onlyTelling(output) };
}

function commandOf({ name, runtime, files, built, coverage }: ProcessSuite, report: string): string[] {
  switch (name) {
    case "deno":
    case "deno-kv":
      return [
        ...["test", "-A", "--no-check", `--junit-path=${report}`],
        ...(name === "deno-kv" ? ["--unstable-kv"] : []),
        ...(coverage === undefined ? [] : [`--coverage=${coverage}/${name}`, "--coverage-raw-data-only"]),
        ...files,
      ];
    case "bun":
      return [
        ...["test", "--timeout=120000", "--reporter=junit", `--reporter-outfile=${report}`],
        // Without it, the caches that one file leaves open are those of the next: all share a global object.
        ...(/^1\.[0-3]\./.test(runtime.version) ? [] : ["--isolate"]),
        ...files.map((file) => `./${file}`),
      ];
    case "node":
    case "node20":
      return [
        ...["--test", "--enable-source-maps", "--test-reporter=spec", "--test-reporter-destination=stdout"],
        ...[
          `--test-reporter=${new URL("node_reporter.mjs", import.meta.url)}`,
          `--test-reporter-destination=${report}`,
        ],
        ...files.map((file) => needsBuild(name, file) ? `${built}/${file.replace(/\.ts$/, ".js")}` : file),
      ];
  }
}

/** Whether a runtime cannot read a test file as it is. */
export function needsBuild(name: RuntimeName, file: string): boolean {
  return name === "node20" || (name === "node" && file.endsWith(".decorators.test.ts"));
}

/** Our own environment, with colours off: runners take FORCE_COLOR for a yes, whatever it holds. */
function plainEnv(): Record<string, string> {
  const { FORCE_COLOR: _, ...rest } = Deno.env.toObject();
  return { ...rest, NO_COLOR: "1" };
}

/** Runs a command to its end, or to the end of our patience, and says each minute where it stands. */
async function run(title: string, command: string, args: string[], env: Readonly<Record<string, string>>) {
  const child = new Deno.Command(command, {
    args,
    cwd: root,
    clearEnv: true,
    env: { ...plainEnv(), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const chunks: string[] = [];
  const kill = () => child.kill("SIGKILL");
  const limit = setTimeout(kill, atMost);
  let quiet = setTimeout(kill, patience);
  const hear = (chunk: string) => {
    chunks.push(chunk);
    clearTimeout(quiet);
    quiet = setTimeout(kill, patience);
  };
  const silence = heartbeat(title, () => chunks.join("").trimEnd().split("\n").at(-1) ?? "");
  const stop = new AbortController();
  const read = (stream: ReadableStream<Uint8Array>) =>
    stream.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: hear }), { signal: stop.signal })
      .catch(() => {});
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  const { code, signal } = await child.status;
  // A process that a test left behind may hold the pipes open for ever.
  const linger = setTimeout(() => stop.abort(), 5_000);
  await reading;
  silence();
  for (const timer of [limit, quiet, linger]) clearTimeout(timer);
  return { code: signal ?? code, output: chunks.join("") };
}

/**
 * The test files in which a runtime found no test, each runner's way of telling.
 *
 * Why not by the files of the tests: Deno and Node tell where a test is written, and a suite that several files share is written
 * in none of them.
 */
export function emptyFiles(
  name: ProcessName,
  files: readonly string[],
  reported: readonly Case[],
  output: string,
): string[] {
  switch (name) {
    case "deno":
    case "deno-kv":
      return [...output.matchAll(/^(?:running 0 tests|Uncaught error) from \.\/(\S+)/gm)].map(([, file = ""]) => file);
    case "bun":
      return files.filter((file) => !reported.some((item) => item.file === file));
    case "node":
    case "node20":
      return reported.filter(({ state }) => state === "empty").map(({ file }) => file);
  }
}

/** What the counts alone would not tell. */
function judge(cases: readonly Case[], empty: readonly string[], code: number | string): string[] {
  const problems: string[] = [];
  if (code === "SIGKILL") {
    problems.push(`was ended: silent for ${patience / 60_000} minutes, or not done within ${atMost / 60_000}`);
  }
  if (cases.length === 0) return [...problems, `ran no test (exit code ${code})`];
  problems.push(...empty.map((file) => `ran no test of ${file}`));
  const failed = cases.some(({ state }) => state === "failed");
  if (code !== 0 && !failed && problems.length === 0) {
    problems.push(`ended with exit code ${code} although no test failed`);
  }
  return problems;
}

function readLines(text: string, built: string): Case[] {
  return text.split("\n").filter((line) => line !== "").map((line): Case => {
    const item: Case = JSON.parse(line);
    return { ...item, file: toSource(item.file, built) };
  });
}

function toSource(file: string, built: string): string {
  for (const folder of [built, fileURLToPath(root).replace(/\/$/, "")]) {
    if (file.startsWith(`${folder}/`)) return file.slice(folder.length + 1).replace(/\.js$/, ".ts");
  }
  return file;
}

/** Leaves out the lines that runners print for tests that pass. */
function onlyTelling(output: string): string {
  const passing = /^\s*(✔ .*|▶ .*|\(pass\) .*|\(skip\) .*|﹣ .*|.* \.\.\. (ok|ignored) \(\S+\))$/;
  return output.split("\n").filter((line) => !passing.test(line)).join("\n");
}
