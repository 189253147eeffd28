/**
 * The library at work: indexes the documentation of the installed packages and answers questions from it, in one process that
 * finds nothing cached and in a second one that finds what the first one kept.
 *
 * `deno task demo`, `bun scripts/demo.ts` and `node scripts/demo.ts` do the same; `--help` tells the options.
 */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { getCachePath } from "../mod.ts";
import { type DemoOptions, readOptions, usage } from "./demo/demo_options.ts";
import { packagesFolder } from "./demo/find_pages.ts";
import { tellProgress } from "./demo/progress.ts";
import { type Demo, report } from "./demo/report.ts";
import { type Run, runOnce } from "./demo/run_once.ts";
import { samples } from "./demo/samples.ts";

const folderName = "demo";

async function main(args: readonly string[]): Promise<number> {
  let options: DemoOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`Cannot run the demo: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  try {
    return await (options.run === undefined ? runBoth(args, options) : runPart(options));
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

/** Runs the program in two processes and says what became of it. */
async function runBoth(args: readonly string[], options: DemoOptions): Promise<number> {
  const folder = writableFolder(options.folder);
  needPackages();
  const cold = await start("cold", args);
  const warm = await start("warm", args);
  const { run, ms } = cold;
  if (!options.json) {
    const megabytes = (run.bytes / 1e6).toFixed(1);
    console.log(`@twat/cache on ${runtimeName()}`);
    console.log(
      `${run.files} files of documentation in node_modules, ${megabytes} MB, ${
        run.sections.toLocaleString("en")
      } places to find\n`,
    );
  }
  const demo: Demo = {
    runtime: runtimeName(),
    cold: run,
    warm: warm.run,
    ratio: run.workMs / warm.run.workMs,
    cpuRatio: run.cpuMs / warm.run.cpuMs,
    processMs: { cold: ms, warm: warm.ms },
    same: isDeepStrictEqual([run.answers, run.quotes], [warm.run.answers, warm.run.quotes]),
    folder,
  };
  console.log(options.json ? JSON.stringify(demo) : report(demo, hasColour()));
  const faults = faultsOf(demo);
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}

/** What a process does that the demo has started. */
async function runPart({ run, folder, queries, limit }: DemoOptions): Promise<number> {
  const { onProgress, end } = tellProgress(run!);
  const result = await runOnce({
    packages: needPackages(),
    folderName,
    cacheDir: folder,
    questions: queries.length === 0 ? samples : queries,
    limit,
    clear: run === "cold",
    onProgress,
  });
  end();
  process.stdout.write(JSON.stringify(result));
  return 0;
}

function start(name: "cold" | "warm", args: readonly string[]): Promise<{ run: Run; ms: number }> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const command = [...runtimeArguments(), fileURLToPath(import.meta.url), "--run", name, ...args];
    const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
    const chunks: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve({ run: JSON.parse(chunks.join("")), ms: performance.now() - began });
      reject(new Error(`Cannot finish the demo: its ${name} process ended with ${signal ?? code}; see above`));
    });
  });
}

/** What stands between the runtime and the script, so that a process can do what this one can. */
function runtimeArguments(): string[] {
  if (!("deno" in process.versions)) return process.execArgv;
  return ["run", "--allow-all", ...("openKv" in Deno ? ["--unstable-kv"] : [])];
}

function runtimeName(): string {
  const { deno, bun, node } = process.versions as Record<string, string>;
  return deno !== undefined ? `Deno ${deno}` : bun !== undefined ? `Bun ${bun}` : `Node ${node}`;
}

/** The folder of the demo's caches, made if need be. Without it the library would carry on in memory, and nothing be warm. */
function writableFolder(cacheDir: string | undefined): string {
  try {
    const folder = getCachePath(folderName, { cacheDir, create: true });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch (error) {
    const { code = "", message } = ((error as Error).cause ?? error) as { code?: string; message: string };
    const reason = reasons[code] ?? message;
    const where = cacheDir === undefined ? "the system's cache folder" : `the folder "${cacheDir}"`;
    throw new Error(`Cannot keep the demo's cache in ${where}: ${reason}; name another folder with --folder DIR`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOTDIR: "it is a file, or lies below one",
  EEXIST: "it is a file, or lies below one",
  ENOENT: "no folder can be made there",
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "it cannot be written to",
  ENOSPC: "the disk is full",
};

function needPackages(): string {
  const packages = packagesFolder();
  if (packages !== undefined) return packages;
  throw new Error(
    `Cannot find anything to read: there is no node_modules folder; run "deno install" or "npm install" first`,
  );
}

function hasColour(): boolean {
  return process.stdout.isTTY === true && !process.env["NO_COLOR"];
}

/** What a demo that went well does not have. */
function faultsOf({ warm, same }: Demo): string[] {
  const again = warm.caches.filter(({ decorator, executions }) => decorator !== "mcache" && executions > 0);
  return [
    ...again.map(({ decorator, name, executions, engine }) =>
      `Cannot call it warm: ${decorator} ${name} ran ${executions} times although "${engine}" should have kept its results`
    ),
    ...(same ? [] : ["Cannot call it right: the two processes gave different answers"]),
  ];
}

process.exitCode = await main(process.argv.slice(2));
