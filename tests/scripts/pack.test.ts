import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { toJavaScript } from "../../scripts/build_js.ts";
import { emitDeclarations } from "../../scripts/npm/declarations.ts";
import { dntOptions, sortOut } from "../../scripts/npm/dnt.ts";
import { compareFiles, filesForNpm } from "../../scripts/npm/published_files.ts";
import { readManifests, writePackage } from "../../scripts/npm/write_package.ts";
import type { Tarball } from "../../scripts/npm/tarball.ts";
import { pack } from "../../scripts/pack.ts";
import { readTree } from "../../scripts/tree.ts";
import { tempFolder } from "../temp_folder.ts";
import { smallProject } from "./small_project.ts";

/** The files below a folder with their texts, by path. */
async function readAll(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(
    await Promise.all(
      paths.map(async (path) =>
        [path.slice(folder.length + 1).replaceAll("\\", "/"), await readFile(path, "utf8")] as const
      ),
    ),
  );
}

/** What dnt would write of a project: file by file, with neighbours called `.js`, and with a proxy for `globalThis`. */
async function asDnt(project: URL, entries: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>([
    ["_dnt.shims.js", "export const dntGlobalThis = new Proxy(globalThis, {});"],
    ["_dnt.shims.d.ts", "export declare const dntGlobalThis: typeof globalThis;"],
    ["package.json", `{ "type": "module" }`],
  ]);
  for (const [path, text] of await readTree(["mod.ts", "src", "engines"], project)) {
    const script = toJavaScript(text, path).replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
    const shimmed = script.replaceAll("globalThis", "dntShim.dntGlobalThis");
    const shim = `${"../".repeat(path.split("/").length - 1) || "./"}_dnt.shims.js`;
    const first = script === shimmed ? "" : `import * as dntShim from "${shim}";\n`;
    files.set(path.replace(/\.ts$/, ".js"), first + shimmed);
  }
  for (const [path, text] of emitDeclarations(entries.map((path) => path.replace(/^\.\/|\.ts$/g, "")), project)) {
    files.set(path, text.replaceAll(/(["'])(\..*?)\.ts\1/g, "$1$2.js$1"));
  }
  return files;
}

const project = smallProject();
const folder = fileURLToPath(project);
let packing: Promise<{ readonly tarball: Tarball; readonly files: ReadonlyMap<string, string> }> | undefined;

/** The small project, packed once: the tarball and the files of the folder. */
function packed(): NonNullable<typeof packing> {
  return packing ??= pack(join(folder, "dist"), project).then(async (tarball) => (
    { tarball, files: await readAll(join(dirname(tarball.path), "npm")) }
  ));
}

test("pack() writes a package whose manifest follows from deno.json and package.json", async () => {
  const { tarball, files } = await packed();
  const library = (name: string, source: string) => ({
    types: `./types/${source}.d.ts`,
    browser: `./browser/${source}.js`,
    import: `./js/${name}.js`,
    default: `./js/${name}.js`,
  });
  assert.deepEqual(JSON.parse(files.get("package.json")!), {
    name: "@a/b",
    version: "1.2.3",
    license: "MIT",
    type: "module",
    sideEffects: false,
    exports: {
      ".": library("index", "mod"),
      "./cli": { types: "./types/src/cli.d.ts", import: "./js/cli.js", default: "./js/cli.js" },
      "./one": library("one", "engines/one"),
      "./package.json": "./package.json",
    },
    bin: { b: "js/cli.js" },
    dependencies: { "lru-cache": "^11.0.0" },
    peerDependencies: { redis: ">=4" },
    engines: { node: ">=20" },
    publishConfig: { access: "public", provenance: true },
  });
  assert.equal(basename(tarball.path), "a-b-1.2.3.tgz");
  assert.equal(readFileSync(tarball.path).length, tarball.size);
  assert.deepEqual([...tarball.files.keys()].sort(), [...files.keys()].sort());
});

test("pack() puts in what entries need and pages, and nothing else", async () => {
  const { files } = await packed();
  const expected = filesForNpm(JSON.parse(files.get("package.json")!), (path) => files.get(path));
  assert.deepEqual(compareFiles("npm", new Set(files.keys()), expected), []);
  assert.ok(![...files.keys()].some((path) => path.includes("unused")));
  assert.match(files.get("js/cli.js")!, /^#!\/usr\/bin\/env node\n/);

  const notices = files.get("THIRD_PARTY_LICENSES.md")!;
  assert.match(notices, /## copy-anything 9\.9\.9\n\nTheirs, too\.\n\n## superjson 9\.9\.9\n\nTheirs\./);
  assert.doesNotMatch(notices, /lru-cache/);
});

test("pack() makes few files for runtimes, in which entries share modules and later imports stay apart", async () => {
  const { tarball, files } = await packed();
  const scripts = [...files.keys()].filter((path) => path.startsWith("js/"));
  assert.deepEqual(scripts, [
    "js/chunks/core.js",
    "js/chunks/engines_one_store.js",
    "js/cli.js",
    "js/index.js",
    "js/one.js",
  ]);
  assert.doesNotMatch(files.get("js/chunks/core.js")!, /function store/);
  assert.match(files.get("js/chunks/core.js")!, /from "lru-cache"/);

  const load = (path: string) => import(pathToFileURL(join(dirname(tarball.path), "npm", path)).href);
  const [root, one] = [await load("js/index.js"), await load("js/one.js")];
  assert.equal(root.Count, one.Count);
  new root.Count();
  assert.equal(await one.open(), 2);
  assert.deepEqual(root.list, ["server"]);
  assert.equal(root.rolled(), "deep");
  assert.deepEqual([root.hiding(), one.alsoHiding()], [0, 1]);
  assert.deepEqual(Object.keys(root).sort(), ["Count", "hiding", "kept", "list", "rolled"]);
});

test("pack() makes a file of each module for bundlers, and puts in those that are for browsers", async () => {
  const { tarball, files } = await packed();
  assert.deepEqual([...files.keys()].filter((path) => path.startsWith("browser/")), [
    "browser/engines/one.js",
    "browser/engines/one/store.js",
    "browser/mod.js",
    "browser/packages/copy-anything/index.js",
    "browser/packages/superjson/index.js",
    "browser/src/count.js",
    "browser/src/hidden.js",
    "browser/src/list.browser.js",
    "browser/src/packages.js",
  ]);
  const root = await import(pathToFileURL(join(dirname(tarball.path), "npm/browser/mod.js")).href);
  assert.deepEqual(root.list, ["browser"]);
});

test("pack() declares what the entries reach, for every way of TypeScript to resolve it", async () => {
  const { files } = await packed();
  const declared = [...files].filter(([path]) => path.startsWith("types/"));
  assert.deepEqual(declared.map(([path]) => path), [
    "types/engines/one.d.ts",
    "types/mod.d.ts",
    "types/src/cli.d.ts",
    "types/src/count.d.ts",
    "types/src/list.d.ts",
    "types/src/packages.d.ts",
  ]);
  assert.match(files.get("types/mod.d.ts")!, /from "\.\/src\/count\.js"/);
  assert.match(files.get("types/src/count.d.ts")!, /^\/\/\/ <reference lib="esnext\.disposable" \/>\n/);
  for (const [, text] of declared) assert.doesNotMatch(text, /\.ts"/);
});

test("pack() refuses a package that deno.json does not name", async () => {
  const project = smallProject({ "src/list.ts": `import "copy-anything"; export const list: readonly string[] = [];` });
  await assert.rejects(pack(tempFolder(), project), /it imports copy-anything; name that in deno\.json "imports"/);
});

test("pack() refuses a program that is no entry", async () => {
  const project = smallProject({ "package.json": "" });
  await writeFile(new URL("package.json", project), JSON.stringify({ bin: { c: "./src/unused.ts" } }));
  await assert.rejects(pack(tempFolder(), project), /"c": package\.json "bin" has no export of deno\.json for it/);
});

test("what dnt wrote becomes the same package as the sources", async () => {
  const { deno, npm } = await readManifests(project);
  const { entryPoints } = dntOptions(deno, npm, await readTree(["mod.ts", "src", "engines"], project), "");
  const { scripts, declarations, shims } = sortOut(await asDnt(project, entryPoints.map(({ path }) => path)));
  assert.deepEqual(shims, ["_dnt.shims.d.ts", "_dnt.shims.js"]);
  // Below the project, where it finds the packages that dnt would install beside it.
  const from = join(folder, "dist/dnt/esm");
  for (const [path, text] of scripts) {
    await mkdir(dirname(join(from, path)), { recursive: true });
    await writeFile(join(from, path), text);
  }
  const to = tempFolder();
  await writePackage(to, { from, ending: ".js", declarations, project, deno, npm });

  const [{ files: own }, built] = [await packed(), await readAll(to)];
  assert.deepEqual([...built.keys()], [...own.keys()]);
  for (const [path, text] of own) {
    // The bundler names the sources.
    const sameNames = (text: string) => text.replaceAll(/^\/\/ \S+\.[jt]s$/gm, "//");
    assert.equal(sameNames(built.get(path)!), sameNames(text), path);
  }
});

test("dntOptions() names entries, what is imported later, and what is for browsers", async () => {
  const { deno, npm } = await readManifests(project);
  const options = dntOptions(deno, npm, await readTree(["mod.ts", "src", "engines"], project), "out");
  assert.deepEqual(options.entryPoints, [
    { name: ".", path: "./mod.ts" },
    { name: "./cli", path: "./src/cli.ts" },
    { name: "./one", path: "./engines/one.ts" },
    { name: "./engines/one/store.ts", path: "./engines/one/store.ts" },
    { name: "./src/list.browser.ts", path: "./src/list.browser.ts" },
  ]);
  assert.deepEqual(options.shims, {});
});

test("sortOut() fails on what is left of dnt", () => {
  for (
    const left of [
      `import "./_dnt.polyfills.js";`,
      `import * as dntShim from "./_dnt.shims.js";\ndntShim.setTimeout();`,
    ]
  ) {
    assert.throws(() => sortOut(new Map([["a.js", left]])), /^Error: Cannot build a\.js: dnt left \S+ in it/);
  }
});
