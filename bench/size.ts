import { gzipSync } from "node:zlib";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { pack } from "../scripts/pack.ts";
import { report, type Result, runtime, type Table } from "./harness.ts";

/** What a program weighs in a browser, minified and compressed by gzip, in bytes. */
export interface Size {
  /** What is loaded before it runs, where the bundler splits what is imported later from it. */
  readonly initial: number;
  /** All of it as one script. */
  readonly whole: number;
}

/** The programs that are weighed, and the goals for what is loaded before they run, in bytes. */
export const programs = {
  mcache: { code: `import { mcache } from "@twat/cache"; console.log(mcache);`, goal: 12 * 1024 },
  everything: { code: `export * from "@twat/cache";`, goal: 24 * 1024 },
};

/** Bundles a program with esbuild and weighs it. It finds what it imports from a folder. */
export async function measureSize(code: string, folder: string): Promise<Size> {
  const build = (splitting: boolean) =>
    esbuild.build({
      stdin: { contents: code, resolveDir: folder, sourcefile: "program.js" },
      outdir: ".",
      ...{ bundle: true, write: false, metafile: true, minify: true, splitting, format: "esm", logLevel: "error" },
    });
  const [split, one] = [await build(true), await build(false)];
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: next, kind } of split.metafile!.outputs[path]!.imports) {
      if (kind === "import-statement") load(next);
    }
  };
  for (const [path, { entryPoint }] of Object.entries(split.metafile!.outputs)) {
    if (entryPoint !== undefined) load(path);
  }
  const weigh = ({ contents }: esbuild.OutputFile) => gzipSync(contents, { level: 9 }).length;
  const weight = (files: readonly esbuild.OutputFile[]) => files.reduce((sum, file) => sum + weigh(file), 0);
  const isLoaded = ({ path }: esbuild.OutputFile) => [...loaded].some((name) => path.endsWith(`/${name}`));
  return { initial: weight(split.outputFiles!.filter(isLoaded)), whole: weight(one.outputFiles!) };
}

/** The sizes of the package, beside that of the smallest of its peers. */
async function sizes(): Promise<Table> {
  const dist = fileURLToPath(new URL("../dist/", import.meta.url));
  mkdirSync(dist, { recursive: true });
  const folder = mkdtempSync(`${dist}size-`);
  try {
    await pack(folder);
    mkdirSync(`${folder}/node_modules/@twat`, { recursive: true });
    writeFileSync(`${folder}/package.json`, "{}"); // or the name would stand for the project that the folder is in
    renameSync(`${folder}/npm`, `${folder}/node_modules/@twat/cache`);
    const floor = await measureSize(`export { get, set } from "idb-keyval";`, folder);
    const results: Result[] = [{ name: "idb-keyval", ns: 0, bytes: floor.whole, comparisons: [] }];
    for (const [name, { code, goal }] of Object.entries(programs)) {
      const { initial, whole } = await measureSize(code, folder);
      const against = { against: `${goal / 1024} KB`, ratio: initial / goal, goal: 1 };
      results.push({ name: `${name}, loaded first`, ns: 0, bytes: initial, comparisons: [against] });
      results.push({ name: `${name}, as one script`, ns: 0, bytes: whole, comparisons: [] });
    }
    return { title: "Sizes, minified and gzipped", runtime, version: process.versions[runtime] ?? "", results };
  } finally {
    rmSync(folder, { recursive: true });
    await esbuild.stop();
  }
}

// Weighed once, by Deno: the scripts are the same wherever they are made.
if (import.meta.main) report(runtime === "deno" ? [await sizes()] : []);
