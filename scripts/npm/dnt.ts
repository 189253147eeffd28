import type { Tree } from "../tree.ts";
import type { Declarations } from "./declarations.ts";
import { entriesOf, type Manifest, type NpmManifest, swapsOf } from "./manifest.ts";
import { specifiersOf } from "./reach.ts";

/** The options of dnt's `build` that are used. */
export interface DntOptions {
  readonly entryPoints: readonly { readonly name: string; readonly path: string }[];
  readonly outDir: string;
  readonly importMap: string;
  readonly shims: Readonly<Record<string, never>>;
  readonly test: false;
  readonly scriptModule: false;
  readonly declaration: "inline";
  readonly skipSourceOutput: true;
  readonly typeCheck: "single";
  readonly compilerOptions: { readonly target: "ES2022"; readonly lib: readonly string[] };
  readonly package: Readonly<Record<string, unknown>>;
}

/**
 * How dnt builds the library.
 *
 * Why more entry points than the package has: dnt declares only what an entry point imports at once, and modules that are
 * imported later, or stand in for others, need declarations, too.
 */
export function dntOptions(deno: Manifest, npm: NpmManifest, sources: Tree, outDir: string): DntOptions {
  const entries = entriesOf(deno, npm).map(({ subpath, source }) => ({ name: subpath, path: `./${source}.ts` }));
  const others = [...lazyModules(sources), ...swapsOf(npm).map(({ by }) => `${by}.ts`)]
    .map((path) => ({ name: `./${path}`, path: `./${path}` }))
    .filter(({ path }) => !entries.some((entry) => entry.path === path));
  return {
    entryPoints: [...entries, ...others],
    outDir,
    importMap: "deno.json",
    shims: {},
    test: false,
    scriptModule: false,
    declaration: "inline",
    skipSourceOutput: true,
    typeCheck: "single",
    compilerOptions: { target: "ES2022", lib: ["ESNext", "DOM", "DOM.Iterable"] },
    package: { name: deno.name, version: deno.version, type: "module", private: true },
  };
}

/** The sources that others import when they need them. */
function lazyModules(sources: Tree): string[] {
  const found = [...sources].flatMap(([path, text]) =>
    [...text.matchAll(/\bimport\(\s*"(\.[^"]+\.ts)"\s*\)/g)].map(([, specifier = ""]) =>
      new URL(specifier, `file:///${path}`).pathname.slice(1)
    )
  );
  return [...new Set(found)].sort();
}

/** What dnt wrote, by path, sorted into what is packed and what is not. */
export interface FromDnt {
  readonly scripts: ReadonlyMap<string, string>;
  readonly declarations: Declarations;
  /** The paths of dnt's own files. */
  readonly shims: readonly string[];
}

/**
 * Sorts out what dnt wrote, and puts `globalThis` back.
 *
 * Why: even without shims dnt makes it a proxy, through which methods lose their `this`, so that `fetch` and timers fail in
 * browsers and workers. Throws when something of dnt's is left.
 */
export function sortOut(files: ReadonlyMap<string, string>): FromDnt {
  const paths = [...files.keys()].filter((path) => /\.(js|d\.ts)$/.test(path)).sort();
  const shims = paths.filter((path) => /(^|\/)_dnt\.[^/]+$/.test(path));
  const clean = paths.filter((path) => !shims.includes(path)).map((path) =>
    [path, withoutShims(path, files.get(path)!)] as const
  );
  return {
    scripts: new Map(clean.filter(([path]) => path.endsWith(".js"))),
    declarations: new Map(clean.filter(([path]) => path.endsWith(".d.ts"))),
    shims,
  };
}

function withoutShims(path: string, text: string): string {
  const own = text.replaceAll(/^import \* as dntShim from "[^"]*_dnt\.shims\.js";\r?\n/gm, "")
    .replaceAll(/\bdntShim\.dntGlobalThis\b/g, "globalThis");
  const left = /\b(dntShim|dntGlobalThis)\b/.exec(own)?.[0] ?? specifiersOf(own).find((name) => name.includes("_dnt."));
  if (left !== undefined) {
    throw new Error(`Cannot build ${path}: dnt left ${left} in it; see what put it there, and keep the source from it`);
  }
  return own;
}
