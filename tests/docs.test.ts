import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { engineTable } from "../scripts/engine_table.ts";
import { BUILT_IN } from "../src/decorators/engine_list.ts";
import { runChild } from "./child.ts";
import { tempFolder } from "./temp_folder.ts";

const root = new URL("../", import.meta.url);
const built = import.meta.url.endsWith(".js") ? ".js" : ".ts";

/** What the library's own name and subpaths stand for in examples. */
const { exports }: { readonly exports: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(new URL("package.json", root), "utf8"),
);
const MODULES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(exports).map(([name, path]) => [`@twat/cache${name.slice(1)}`, path.replace(/\.ts$/, "")]),
);

const home = tempFolder();

/** The examples that nobody runs, by file: how many, and what they would want. `scripts/check_docs.ts` checks their types. */
const IGNORED: Readonly<Record<string, readonly [count: number, because: string]>> = {
  "README.md": [1, "wants a server"],
  "engines/adapters": [1, "wants servers of others"],
  "engines/adapters/from_unstorage": [1, "wants an account with others"],
  "engines/cloudflare_kv": [1, "wants the binding of a Worker"],
  "engines/deno_kv": [2, "want Deno Deploy and @deno/kv"],
  "engines/indexed_db": [1, "wants a browser"],
  "engines/opfs": [1, "wants a browser"],
  "engines/redis": [2, "want a server"],
  "tests/contract/engine_contract": [1, "registers tests"],
  "tests/testing": [1, "registers tests"],
};

interface Example {
  readonly where: string;
  readonly code: string;
}

function examplesOf(text: string, where: string): Example[] {
  const blocks = text.matchAll(/^[ \t]*(?:\* )?```ts\n([\s\S]*?)^[ \t]*(?:\* )?```/gm);
  return Array.from(blocks, (block) => {
    const line = text.slice(0, block.index).split("\n").length;
    return { where: `${where}:${line}`, code: block[1]!.replaceAll(/^[ \t]*\* ?/gm, "") };
  });
}

function sourcesIn(folder: string): string[] {
  const files = readdirSync(new URL(folder, root), { recursive: true, withFileTypes: true });
  return files.filter((file) => file.isFile() && file.name.endsWith(built))
    .map((file) => join(file.parentPath, file.name));
}

/** An example as a module of its own: types stripped, syntax lowered, so that every runtime can run it. */
function written({ code, where }: Example): string {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const resolved = outputText.replaceAll(/from "([^"]+)"/g, (whole, name: string) => {
    if (name.startsWith("node:")) return whole;
    if (!name.startsWith("@twat/cache")) return `from "${import.meta.resolve(name)}"`;
    assert.ok(name in MODULES, `${where} imports ${name}, which does not exist`);
    return `from "${new URL(`${MODULES[name]}${built}`, root).href}"`;
  });
  const file = join(home, `${where.replaceAll(/[^\w.]+/g, "-")}.mjs`);
  writeFileSync(file, resolved);
  return pathToFileURL(file).href;
}

/** Runs the examples in a process of their own, because they register types and names; gives what went wrong, by example. */
async function run(examples: readonly Example[]): Promise<Record<string, string>> {
  const list = join(home, "examples.json");
  const faults: Record<string, string> = {};
  const modules = examples.flatMap((example) => {
    try {
      return [[example.where, written(example)]];
    } catch (error) {
      faults[example.where] = String(error);
      return [];
    }
  });
  writeFileSync(list, JSON.stringify(modules));
  const { code, stdout, stderr } = await runChild(new URL("./children/run_examples.ts", import.meta.url), [list], {
    XDG_CACHE_HOME: home,
    HOME: home,
    LOCALAPPDATA: home,
    USERPROFILE: home,
  });
  assert.equal(code, 0, stderr);
  return { ...faults, ...JSON.parse(stdout.split("\n").at(-1)!) };
}

const readme = readFileSync(new URL("README.md", root), "utf8");
const inReadme = examplesOf(readme, "README.md");
const published = ["src", "engines", "tests/contract"].flatMap(sourcesIn);
const sources = new Map(
  [...["mod", "tests/testing"].map((name) => fileURLToPath(new URL(`${name}${built}`, root))), ...published]
    .filter((path) => !/\.test\.[jt]s$/.test(path))
    .map((path) => [path.slice(fileURLToPath(root).length).replaceAll(sep, "/"), readFileSync(path, "utf8")]),
);
const inSources = [...sources].flatMap(([path, text]) => examplesOf(text, path));

test("the README and the sources have examples", () => {
  assert.ok(inReadme.length >= 8, `${inReadme.length} in the README`);
  assert.ok(inSources.length >= 15, `${inSources.length} in the sources`);
});

test("every example runs but those that are listed here with the reason", () => {
  const found: Record<string, number> = {};
  for (const [path, text] of [["README.md", readme] as const, ...sources]) {
    const infos = Array.from(text.matchAll(/^[ \t]*(?:\* )?```(?=\S)(.+)$/gm), ([, info]) => info!);
    const strange = infos.filter((info) => !["ts", "ts ignore", "sh", "json"].includes(info));
    assert.deepEqual(strange, [], `${path} has code that nobody checks`);
    const count = infos.filter((info) => info === "ts ignore").length;
    if (count > 0) found[path.replace(/\.[jt]s$/, "")] = count;
  }
  // Built JavaScript has lost the comments on what is only a type.
  const listed = Object.entries(IGNORED).filter(([path]) => built === ".ts" || path in found);
  assert.deepEqual(found, Object.fromEntries(listed.map(([path, [count]]) => [path, count])));
});

for (
  const [what, words] of Object.entries({
    "rate limiting": "throttle",
    "presets": "configure_for_",
    "shards": "FanoutCache",
  })
) {
  test(`the README says that ${what} is out of scope`, () => {
    const item = readme.split(/^- /m).find((text) => text.startsWith("Out of scope"));
    assert.ok(item?.includes(what) && item.includes(words), item);
  });
}

let failures: Record<string, string> = {};
before(async () => {
  failures = await run([...inReadme, ...inSources]);
});

for (const { where } of [...inReadme, ...inSources]) {
  test(`the example at ${where} runs as pasted`, () => assert.equal(failures[where], undefined));
}

test("the README's table of engines is the one that the descriptors give", () => {
  const table = /<!-- engines -->\n([\s\S]*?)<!-- \/engines -->/.exec(readme)?.[1];
  assert.equal(table?.trim(), engineTable(BUILT_IN).trim(), "run `deno task fix`");
});
