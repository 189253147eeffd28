import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Consumer } from "../runner/consumer.ts";

/** How programs are compiled, with the types of Node or with those of browsers. */
const kinds = {
  nodenext: { module: "nodenext", types: ["node"], lib: ["es2022"], exactOptionalPropertyTypes: true },
  node16: { module: "node16", types: [], lib: ["es2022", "dom"] },
  bundler: { module: "esnext", moduleResolution: "bundler", types: [], lib: ["es2022", "dom"] },
};

/** The compilers: that of this project, which takes its time, and the one that is installed beside the package. */
const compilers = {
  "TypeScript 6": {
    find: () => dirname(dirname(fileURLToPath(import.meta.resolve("typescript")))),
    skipping: [false],
  },
  "newest TypeScript": { find: (folder: string) => `${folder}/node_modules/typescript`, skipping: [false, true] },
};

/** What a module of CommonJS is told, in syntax that this project does not allow itself. */
const required = `import cache = require("@twat/cache");
const double: (n: number) => number = cache.mcache((n: number) => n * 2);
export = double;
`;

const byTsc: readonly Consumer[] = Object.entries(compilers).flatMap(([compiler, { find, skipping }]) =>
  Object.entries(kinds).map(([kind, options]): Consumer => ({
    name: "typescript_strict",
    on: `${compiler}, ${kind}`,
    needs: [],
    async show({ install, run, scratch }) {
      const home = await install("npm");
      const folder = `${home}/typescript_strict`;
      const manifest = JSON.parse(await Deno.readTextFile(`${home}/node_modules/@twat/cache/package.json`));
      const program = await Deno.readTextFile(`${folder}/entries.ts`);
      for (const entry of Object.keys(manifest.exports).filter((entry) => !entry.endsWith(".json"))) {
        assert.ok(program.includes(`"@twat/cache${entry.slice(1)}"`), `entries.ts imports ${entry}`);
      }
      await Deno.writeTextFile(`${folder}/package.json`, `{ "type": "module" }`);
      await Deno.writeTextFile(`${folder}/required.cts`, required);
      // That the types are there, and not `any`, is shown by the file of what must be refused.
      const files = ["entries.ts", "decorated.ts", "refused.ts", ...(kind === "nodenext" ? ["required.cts"] : [])];
      for (const skipLibCheck of skipping) {
        const config = {
          extends: `${folder}/tsconfig.json`,
          compilerOptions: {
            ...options,
            skipLibCheck,
            skipDefaultLibCheck: true,
            typeRoots: [`${home}/node_modules/@types`],
          },
          files: files.map((file) => `${folder}/${file}`),
        };
        const path = `${scratch}/tsconfig.json`;
        await Deno.writeTextFile(path, JSON.stringify(config));
        await run(Deno.execPath(), ["run", "-A", `${find(home)}/lib/tsc.js`, "--project", path], folder);
      }
      const { version } = JSON.parse(await Deno.readTextFile(`${find(home)}/package.json`));
      return `${version}: ${files.join(", ")}, without skipLibCheck${skipping.includes(true) ? " and with it" : ""}`;
    },
  }))
);

const byDeno = (["deno_jsr", "deno_npm"] as const).map((way): Consumer => ({
  name: "typescript_strict",
  on: way === "deno_jsr" ? "deno check, from JSR" : "deno check, from npm",
  needs: [],
  async show({ install, run }) {
    await run(Deno.execPath(), ["check", "typescript_strict"], await install(way));
    return Deno.version.typescript;
  },
}));

/** The same programs for each compiler. */
export const typescriptStrict: readonly Consumer[] = [...byTsc, ...byDeno];
