/**
 * Makes the package for npm by way of dnt, the folder `dist/npm` and the file `dist/twat-cache-VERSION.tgz`. dnt checks the types
 * and writes JavaScript and declarations file by file; they are put together as `deno task pack` does with the sources.
 *
 * Why specifiers that only a run sees: JSR is to be asked here, on a machine that releases, and not by checks and tests.
 */
import { fileURLToPath } from "node:url";
import { type DntOptions, dntOptions, sortOut } from "./npm/dnt.ts";
import { packTarball } from "./npm/tarball.ts";
import { readManifests, writePackage } from "./npm/write_package.ts";
import { readTree, root } from "./tree.ts";

const dntSpecifier = "jsr:@deno/dnt@^0.42.3";
const fsSpecifier = "jsr:@std/fs@^1.0.0";
const pathSpecifier = "jsr:@std/path@^1.0.0";

/** What is used of the packages on JSR. */
interface FromJsr {
  readonly dnt: { build(options: DntOptions): Promise<void> };
  readonly fs: {
    emptyDir(path: string): Promise<void>;
    walk(path: string, options: { includeDirs: false; exts: string[] }): AsyncIterable<{ readonly path: string }>;
  };
  readonly path: { join(...parts: string[]): string; relative(from: string, to: string): string };
}

async function fromJsr(): Promise<FromJsr> {
  try {
    const [dnt, fs, path] = await Promise.all([import(dntSpecifier), import(fsSpecifier), import(pathSpecifier)]);
    return { dnt, fs, path };
  } catch (cause) {
    const [why] = String(cause instanceof Error ? cause.message : cause).split("\n");
    throw new Error(
      `Cannot build the package for npm: JSR does not give ${dntSpecifier} (${why}); ` +
        "go where it is reached, or use `deno task pack`, which makes the same package from here",
      { cause },
    );
  }
}

if (import.meta.main) {
  const { dnt, fs, path } = await fromJsr().catch((error: Error) => {
    console.error(error.message);
    Deno.exit(1);
  });
  Deno.chdir(root);
  const dist = fileURLToPath(new URL("dist", root));
  const built = path.join(dist, "dnt");
  const { deno, npm } = await readManifests(root);
  await fs.emptyDir(built);
  await dnt.build(dntOptions(deno, npm, await readTree(["mod.ts", "src", "engines", "tests"]), built));

  const from = path.join(built, "esm");
  const files = new Map<string, string>();
  for await (const file of fs.walk(from, { includeDirs: false, exts: [".js", ".ts"] })) {
    files.set(path.relative(from, file.path).replaceAll("\\", "/"), await Deno.readTextFile(file.path));
  }
  const { scripts, declarations, shims } = sortOut(files);
  for (const name of shims) await Deno.remove(path.join(from, name));
  for (const [name, text] of scripts) await Deno.writeTextFile(path.join(from, name), text);

  const folder = path.join(dist, "npm");
  await writePackage(folder, { from, ending: ".js", declarations, project: root, deno, npm });
  const { path: tarball, files: packed, size } = await packTarball(folder, dist);
  console.log(`${tarball}: ${packed.size} files, ${(size / 1000).toFixed(0)} kB`);
}
