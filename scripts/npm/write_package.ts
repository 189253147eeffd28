import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Declarations, packagesIn, publishedDeclarations } from "./declarations.ts";
import {
  entriesOf,
  fromNpm,
  KEPT,
  type Manifest,
  type NpmManifest,
  type PublishedManifest,
  publishedManifest,
  swapsOf,
} from "./manifest.ts";
import { PAGES } from "./published_files.ts";
import { rollUp } from "./roll_up.ts";

/** What a package is made of. */
export interface PackageSources {
  /** The folder of the modules. */
  readonly from: string;
  /** What modules end in there. */
  readonly ending: ".ts" | ".js";
  readonly declarations: Declarations;
  /** The project's folder, which has the pages. */
  readonly project: URL;
  readonly deno: Manifest;
  readonly npm: NpmManifest;
}

/** The two manifests of a project. */
export async function readManifests(project: URL): Promise<{ deno: Manifest; npm: NpmManifest }> {
  const read = async (name: string) => JSON.parse(await readFile(new URL(name, project), "utf8"));
  return { deno: await read("deno.json"), npm: await read("package.json") };
}

/** Writes the folder that npm publishes, in the place of one that is there. */
export async function writePackage(
  to: string,
  { from, ending, declarations, project, deno, npm }: PackageSources,
): Promise<void> {
  const entries = entriesOf(deno, npm);
  const manifest = publishedManifest(deno, npm);
  const rolledIn = Object.keys(fromNpm(deno.imports)).filter((name) => !KEPT.includes(name));
  const shared = { from, ending, dependencies: KEPT, rolledIn };
  const scripts = await rollUp({ ...shared, entries, swaps: [], for: "runtimes" });
  const libraries = entries.filter(({ command }) => command === undefined);
  const browser = await rollUp({ ...shared, entries: libraries, swaps: swapsOf(npm), for: "bundlers" });
  const types = publishedDeclarations(entries.map(({ source }) => source), declarations);
  checkPackages(packagesIn(types), manifest);
  await rm(to, { recursive: true, force: true });
  for (const [path, text] of scripts.files) await write(join(to, "js", path), text);
  for (const [path, text] of browser.files) await write(join(to, "browser", path), text);
  for (const [path, text] of types) await write(join(to, "types", path), text);
  await write(join(to, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const packages = [...new Set([...scripts.packages, ...browser.packages])].sort();
  if (packages.length > 0) await write(join(to, "THIRD_PARTY_LICENSES.md"), await noticesOf(packages));
  for (const page of PAGES) await copyFile(fileURLToPath(new URL(page, project)), join(to, page));
}

/** A package that declarations import has to come with this one. */
function checkPackages(imported: ReadonlySet<string>, { dependencies }: PublishedManifest): void {
  const missing = [...imported].filter((name) => !(name in dependencies));
  if (missing.length > 0) {
    throw new Error(`Cannot pack: declarations import ${missing.join(", ")}, no dependency; name it in KEPT`);
  }
}

/** The licences of packages, which ask to be handed on with their code. */
async function noticesOf(folders: readonly string[]): Promise<string> {
  const notices = await Promise.all(folders.map(async (folder) => {
    const file = (await readdir(folder)).find((name) => /^licen[cs]e(\.\w+)?$/i.test(name));
    const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    if (file === undefined) {
      throw new Error(`Cannot pack ${basename(folder)}: it has no licence; leave it a dependency`);
    }
    return `## ${name} ${version}\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`;
  }));
  return ["# Licences of what is rolled into this package\n", ...notices].join("\n");
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
