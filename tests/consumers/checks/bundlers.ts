import assert from "node:assert/strict";
import * as esbuild from "esbuild";
import ts from "typescript";
import { openBrowser } from "../../../scripts/matrix/open_browser.ts";
import type { Consumer, Place } from "../runner/consumer.ts";
import type { Need } from "../runner/find_runtimes.ts";
import { serveFolder } from "../runner/serve.ts";

const programs = ["mcache", "everything"];

/** Writes a script for browsers for each program, minified, with the name of the program. */
type Bundle = (place: Place, to: string) => Promise<unknown>;

const bundlers: Readonly<Record<string, { readonly needs: readonly Need[]; readonly bundle: Bundle }>> = {
  "Vite": {
    needs: [],
    async bundle({ install }, to) {
      const { build, createLogger } = await import("vite");
      const folder = `${await install("npm")}/bundlers`;
      const entry = Object.fromEntries(programs.map((name) => [name, `${folder}/${name}.ts`]));
      const warnings: string[] = [];
      const warn = (message: string) => void warnings.push(message);
      await build({
        root: folder,
        configFile: false,
        logLevel: "silent",
        // It puts an empty module in the place of a built-in one, and warns.
        customLogger: { ...createLogger("silent"), warn, warnOnce: warn },
        build: {
          lib: { entry, formats: ["es"], fileName: (_, name) => `${name}.js` },
          outDir: to,
          emptyOutDir: false,
          minify: true,
        },
      });
      assert.deepEqual(warnings, []);
    },
  },
  "esbuild": {
    needs: [],
    async bundle({ install }, to) {
      const folder = `${await install("npm")}/bundlers`;
      await esbuild.build({
        entryPoints: programs.map((name) => `${folder}/${name}.ts`),
        outdir: to,
        ...{ bundle: true, splitting: true, minify: true, format: "esm", logLevel: "warning" },
      });
    },
  },
  "deno bundle": {
    needs: [],
    async bundle({ install, run }, to) {
      const flags = ["--platform=browser", "--minify", "--code-splitting", `--outdir=${to}`];
      const files = programs.map((name) => `bundlers/${name}.ts`);
      await run(Deno.execPath(), ["bundle", ...flags, ...files], await install("deno_npm"));
    },
  },
  "bun build": {
    needs: ["bun"],
    async bundle({ install, run, runtime }, to) {
      const flags = ["--target=browser", "--minify", "--splitting", `--outdir=${to}`];
      const files = programs.map((name) => `bundlers/${name}.ts`);
      await run(runtime("bun").path, ["build", ...flags, ...files], await install("bun"));
    },
  },
};

export const bundled: readonly Consumer[] = Object.entries(bundlers).map(([on, { needs, bundle }]) => ({
  name: "bundlers",
  on,
  needs: ["chromium", ...needs],
  async show(place) {
    const to = `${place.scratch}/out`;
    await bundle(place, to);
    const scripts = [...Deno.readDirSync(to)].filter(({ name }) => /\.m?js$/.test(name));
    const foreign = scripts.flatMap(({ name }) => importsOf(Deno.readTextFileSync(`${to}/${name}`)))
      .filter((path) => !path.startsWith("."));
    assert.deepEqual(foreign, [], "nothing is imported but what was bundled");

    const browser = await openBrowser("chromium", place.runtime("chromium").path);
    const server = serveFolder(to);
    try {
      const page = await browser.newPage();
      // A page of the same origin, empty.
      await page.route(
        `${server.origin}/`,
        (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
      );
      await page.goto(`${server.origin}/`);
      assert.equal(await page.evaluate(`import("/mcache.js").then(({ answer }) => answer)`), "4,4,1,1");
      const names = await page.evaluate(`import("/everything.js").then((cache) => Object.keys(cache).sort())`);
      assert.deepEqual(names, Object.keys(await import("../../../mod.ts")).sort());
      return `${scripts.length} scripts without foreign imports, run in Chromium`;
    } finally {
      await browser.close();
      await server.close();
    }
  },
}));

/** What a script imports or requires. */
function importsOf(script: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const named = ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && /^(import|require)$/.test(node.expression.getText())
      ? node.arguments[0]
      : undefined;
    if (named !== undefined && ts.isStringLiteralLike(named)) found.push(named.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("script.js", script, ts.ScriptTarget.Latest, true));
  return found;
}
