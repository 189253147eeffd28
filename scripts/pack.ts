/**
 * Makes the package for npm without a network: the folder `dist/npm` and the file `dist/twat-cache-VERSION.tgz`.
 *
 * `deno run -A scripts/pack.ts [--to FOLDER]`
 */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { emitDeclarations } from "./npm/declarations.ts";
import { entriesOf } from "./npm/manifest.ts";
import { packTarball, type Tarball } from "./npm/tarball.ts";
import { readManifests, writePackage } from "./npm/write_package.ts";
import { root } from "./tree.ts";

/** Packs a project as it stands into a folder, by itself and as a file. */
export async function pack(to: string, project: URL = root): Promise<Tarball> {
  const { deno, npm } = await readManifests(project);
  const declarations = emitDeclarations(entriesOf(deno, npm).map(({ source }) => source), project);
  const folder = join(to, "npm");
  await writePackage(folder, { from: fileURLToPath(project), ending: ".ts", declarations, project, deno, npm });
  return await packTarball(folder, to);
}

if (import.meta.main) {
  const start = performance.now();
  const to = process.argv[2] === "--to" ? process.argv[3] : undefined;
  const { path, files, size } = await pack(to ?? fileURLToPath(new URL("dist", root)));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${path}: ${files.size} files, ${(size / 1000).toFixed(0)} kB, in ${seconds} s`);
}
