import { type AllowedSkip, allowedSkips, appliesTo } from "../allowed_skips.ts";
import { type Bundles, bundleTests } from "./bundle.ts";
import { runInBrowser } from "./browser.ts";
import type { Case } from "./junit.ts";
import { pointToSources } from "./point_to_sources.ts";
import { browserOf, type BundledName, type Executable } from "./runtimes.ts";
import type { BundledOptions, BundledRun } from "./told_cases.ts";
import { runInWorkerd } from "./workerd.ts";

/** What the suite did in a column that is handed bundles. */
export interface BundledSuite {
  readonly cases: readonly Case[];
  /** What failures, consoles and runtimes say. */
  readonly output: string;
  /** How many files were left to the runtimes with the built-in modules that they need. */
  readonly tied: number;
  /** Files in which nothing ran, and those that could not be bundled. */
  readonly problems: readonly string[];
}

/** A file that is silent for so long hangs, in milliseconds. A test hangs a little before. */
const patience = 150_000;

/** Runs the test files that need no built-in module. */
export async function runBundledSuite(
  name: BundledName,
  runtime: Executable,
  files: readonly string[],
  onFile: (file: string) => void,
): Promise<BundledSuite> {
  const skips = allowedSkips.filter((skip) => appliesTo(skip, name));
  const { skipped, left } = setAside(files, skips);
  const target = name === "workerd" ? "workerd" : "chromium";
  const bundles = await bundleTests(left, target);
  const unable = skips.flatMap(({ test, file, because }) => test === undefined ? [] : [{ test, file, because }]);
  const options: BundledOptions = { bundles, unable, patience, onFile };
  const { cases, output } = await runIn(name, runtime, options);
  return {
    cases: [...skipped, ...cases],
    output: (await pointToSources(output, target)).join("\n"),
    tied: bundles.tied.size,
    problems: findProblems(bundles, cases),
  };
}

async function runIn(name: BundledName, { path }: Executable, options: BundledOptions): Promise<BundledRun> {
  if (options.bundles.code.size === 0) return { cases: [], output: [] };
  const browser = browserOf(name);
  if (browser === undefined) return await runInWorkerd(options);
  return await runInBrowser(browser, path, name.endsWith("-worker") ? "worker" : "window", options);
}

/** Takes out the files that cannot even load there; each counts as one test that was skipped. */
export function setAside(files: readonly string[], skips: readonly AllowedSkip[]): { skipped: Case[]; left: string[] } {
  const skipped: Case[] = [];
  const left = files.filter((file) => {
    const skip = skips.find((skip) => skip.file === file && skip.test === undefined);
    if (skip !== undefined) skipped.push({ file, name: "the whole file", state: "skipped", reason: skip.because });
    return skip === undefined;
  });
  return { skipped, left };
}

/** What is wrong besides tests that failed. */
function findProblems({ code, tied, broken }: Bundles, cases: readonly Case[]): string[] {
  return [
    ...[...broken].map(([file, message]) => `cannot bundle ${file}: ${message}`),
    ...[...tied].filter(([file]) => /\.(browser|workerd)\.test\.ts$/.test(file)).map(([file, needed]) =>
      `cannot run ${file}: it needs ${needed.join(", ")}`
    ),
    ...[...code.keys()].filter((file) => !cases.some((item) => item.file === file)).map((file) =>
      `ran no test of ${file}`
    ),
  ];
}
