/**
 * Does everything of a release but publishing, in order, with a line for each step and the whole output of what fails.
 *
 * What it packs is made by `deno task pack`; a release is made by `deno task build:npm`, of the same parts.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareFiles, filesForJsr, filesForNpm, filesInDryRun } from "./npm/published_files.ts";
import type { Tarball } from "./npm/tarball.ts";
import { checkVersion } from "./npm/version.ts";
import { readManifests } from "./npm/write_package.ts";
import { pack } from "./pack.ts";
import { root } from "./tree.ts";

const project = fileURLToPath(root);
const { deno, npm } = await readManifests(root);

/** A step gives a few words about what it saw, or throws. */
type Step = readonly [name: string, work: () => string | Promise<string>];

let tarball: Tarball | undefined;

const steps: readonly Step[] = [
  ["deno task ok", () => run("deno", "run", "-A", "scripts/ok.ts").then(() => "")],
  ["version", async () => {
    const tags = (await run("git", "tag", "--points-at", "HEAD")).split("\n").filter((tag) => tag.startsWith("v"));
    return checkVersion(deno.version, await Deno.readTextFile(new URL("CHANGELOG.md", root)), tags);
  }],
  ["deno task pack", async () => {
    tarball = await pack(join(project, "dist"));
    return `${tarball.files.size} files, ${(tarball.size / 1000).toFixed(0)} kB, ${tarball.path.slice(project.length)}`;
  }],
  ["files on npm", () => {
    const { files, path } = packed();
    const folder = join(path, "../npm");
    const expected = filesForNpm(
      JSON.parse(readText(join(folder, "package.json"))!),
      (path) => readText(join(folder, path)),
    );
    return judgeFiles("npm", new Set(files.keys()), expected);
  }],
  ["files on JSR", async () => {
    const output = await run("deno", "publish", "--dry-run", "--allow-dirty", "--no-check");
    const expected = filesForJsr(deno, npm, (path) => readText(join(project, path)));
    return judgeFiles("JSR", filesInDryRun(output, root), expected);
  }],
  ["publint, are-the-types-wrong", () => consumers("package")],
  ["deno publish --dry-run", () => run("deno", "publish", "--dry-run", "--allow-dirty").then(() => "")],
  ["npm publish --dry-run", async () => {
    // Provenance is made where a workflow publishes, and nowhere else.
    await run("npm", "publish", "--dry-run", "--provenance=false", packed().path);
    return "";
  }],
  ["deno task consumers", () => consumers()],
];

function judgeFiles(where: string, published: ReadonlySet<string>, expected: ReadonlySet<string>): string {
  const faults = compareFiles(where, published, expected);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return `${published.size}, each for an entry`;
}

function packed(): Tarball {
  if (tarball === undefined) throw new Error("Cannot look at the tarball: there is none; see why it was not packed");
  return tarball;
}

async function consumers(...names: string[]): Promise<string> {
  const output = await run("deno", "run", "-A", "tests/consumers/run.ts", `--tarball=${packed().path}`, ...names);
  return output.trim().split("\n").at(-1) ?? "";
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** What a command prints; throws all of it when it fails. */
async function run(command: "deno" | "git" | "npm", ...args: string[]): Promise<string> {
  const path = command === "deno"
    ? Deno.execPath()
    : command === "npm" && Deno.build.os === "windows"
    ? "npm.cmd"
    : command;
  const options = { args, cwd: project, env: { NO_COLOR: "1" }, stdin: "null" } as const;
  const { success, stdout, stderr } = await new Deno.Command(path, options).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  if (!success) throw new Error(text.trim());
  return text;
}

if (import.meta.main) {
  let failed = 0;
  for (const [name, work] of steps) {
    const start = performance.now();
    const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
    try {
      const seen = await work();
      console.log(`ok      ${name} (${seconds()})${seen === "" ? "" : `: ${seen}`}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name} (${seconds()})\n${error instanceof Error ? error.message : error}\n`);
    }
  }
  console.log(failed === 0 ? "ready to publish" : `not ready: ${failed} of ${steps.length} steps failed`);
  if (failed > 0) Deno.exit(1);
}
