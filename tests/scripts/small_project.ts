import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { tempFolder } from "../temp_folder.ts";

const sources = {
  "mod.ts": `
    export { Count } from "./src/count.ts";
    export { list } from "./src/list.ts";
    export { hiding, kept, rolled } from "./src/packages.ts";
  `,
  "src/count.ts": `
    /** Counts. */
    export class Count implements Disposable {
      static made = 0;
      constructor() { Count.made++; }
      [Symbol.dispose](): void {}
    }
  `,
  "src/list.ts":
    `export const list: readonly string[] = [typeof globalThis.structuredClone === "function" ? "server" : ""];`,
  "src/list.browser.ts": `export const list: readonly string[] = ["browser"];`,
  "src/packages.ts": `
    import { LRUCache } from "lru-cache";
    import { rolledIn } from "superjson";
    import { hide } from "./hidden.ts";
    export const hiding = (): number => hide();
    export const kept = (): object => new LRUCache({ max: 1 });
    export const rolled = (): string => rolledIn();
  `,
  "src/hidden.ts": `
    let hidden = 0;
    export const hide = (): number => hidden++;
  `,
  "src/cli.ts": `#!/usr/bin/env node\nimport { list } from "./list.ts";\nexport const run = (): string => list.join();`,
  "src/unused.ts": `export const unused = 1;`,
  "engines/one.ts": `
    import { Count } from "../src/count.ts";
    import { hide } from "../src/hidden.ts";
    export { Count };
    export const alsoHiding = (): number => hide();
    export const open = async (): Promise<number> => (await import("./one/store.ts")).store();
  `,
  "engines/one/store.ts": `
    import { Count } from "../../src/count.ts";
    export function store(): number { new Count(); return Count.made; }
  `,
};

const packages = {
  "superjson": {
    "index.js": `import { deep } from "copy-anything"; export const rolledIn = () => deep;`,
    "LICENCE": "Theirs.",
  },
  "copy-anything": { "index.js": `export const deep = "deep";`, "license.md": "Theirs, too." },
  "lru-cache": { "index.js": `export class LRUCache {}`, "LICENSE": "" },
};

const deno = {
  name: "@a/b",
  version: "1.2.3",
  license: "MIT",
  exports: { ".": "./mod.ts", "./cli": "./src/cli.ts", "./one": "./engines/one.ts" },
  imports: {
    "lru-cache": "npm:lru-cache@^11.0.0",
    "superjson": "npm:superjson@^2.0.0",
  },
};

const npm = {
  private: true,
  bin: { b: "./src/cli.ts" },
  browser: { "./src/list.ts": "./src/list.browser.ts" },
  peerDependencies: { redis: ">=4" },
  engines: { node: ">=20" },
  devDependencies: { typescript: "^6.0.3" },
};

/** A project with all that makes packing hard, in a few lines each, in a folder of its own. More sources may be given, by path. */
export function smallProject(more: Readonly<Record<string, string>> = {}): URL {
  const folder = tempFolder();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries({ ...sources, ...more })) write(path, text);
  for (const page of ["README.md", "LICENSE", "CHANGELOG.md"]) write(page, page);
  for (const [name, files] of Object.entries(packages)) {
    for (const [path, text] of Object.entries(files)) write(`node_modules/${name}/${path}`, text);
    const manifest = { name, version: "9.9.9", type: "module", main: "index.js", sideEffects: false };
    write(`node_modules/${name}/package.json`, JSON.stringify(manifest));
  }
  write("deno.json", JSON.stringify(deno));
  write("package.json", JSON.stringify(npm));
  return pathToFileURL(`${folder}/`);
}
