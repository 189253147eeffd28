import { builtinModules, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { root } from "../tree.ts";

/** What a bundle is for. */
export type Target = "chromium" | "workerd";

/** Test files as bundles of their own, and those that are none. */
export interface Bundles {
  /** JavaScript by the path of the test file. */
  readonly code: ReadonlyMap<string, string>;
  /** What a file needs and a bundle cannot hold, built-in modules for the most part, by its path: others run it. */
  readonly tied: ReadonlyMap<string, readonly string[]>;
  /** Why a file could not be bundled, by its path. */
  readonly broken: ReadonlyMap<string, string>;
}

const folder = fileURLToPath(root);

const standIns: Readonly<Record<string, string>> = {
  "node:test": "tests/browser/node_test.ts",
  "node:assert": "tests/browser/node_assert.ts",
  "node:assert/strict": "tests/browser/node_assert.ts",
};

/**
 * Bundles test files, each with all it needs, so that a file has the modules of the library for itself as it has on the
 * runtimes that start a process for each.
 *
 * Built-in modules stay imports, and those that nothing uses go, which is how it shows who needs them.
 */
export async function bundleTests(files: readonly string[], target: Target): Promise<Bundles> {
  const code = new Map<string, string>();
  const tied = new Map<string, readonly string[]>();
  const broken = new Map<string, string>();
  const add = ({ outputFiles, metafile }: Built): void => {
    for (const { path, text } of outputFiles) {
      const output = metafile.outputs[path.slice(folder.length)];
      if (output?.entryPoint === undefined) continue;
      const file = output.entryPoint.replace(/^\w+:/, "");
      const needed = output.imports.map((item) => item.path).filter((path) => path !== "cloudflare:workers");
      if (needed.length > 0) tied.set(file, [...new Set(needed)].sort());
      else code.set(file, text);
    }
  };
  // One file that cannot be bundled fails those with it, and esbuild does not say which; so halves are tried, and halves of these.
  const gather = async (some: readonly string[]): Promise<void> => {
    try {
      add(await build(some, target));
    } catch (error) {
      const [file, ...others] = some;
      if (file === undefined) return;
      if (others.length > 0) {
        const half = some.length >> 1;
        await gather(some.slice(0, half));
        return await gather(some.slice(half));
      }
      const missing = missingPackages(error);
      if (missing !== undefined) tied.set(file, missing);
      else broken.set(file, error instanceof Error ? error.message : String(error));
    }
  };
  await gather(files);
  return { code, tied, broken };
}

/** Bundles one module of the tests as it is: what runs test files, or what they start. */
export async function bundleModule(path: string, target: Target): Promise<string> {
  const { outputFiles } = await build([], target, { entryPoints: [path] });
  return outputFiles[0]?.text ?? "";
}

/** The source map of a test file's bundle. */
export async function mapOf(path: string, target: Target): Promise<SourceMapPayload> {
  const { outputFiles } = await build([path], target, { sourcemap: "external" });
  return JSON.parse(outputFiles.find((file) => file.path.endsWith(".map"))?.text ?? "{}");
}

type Built = esbuild.BuildResult<{ write: false; metafile: true }>;

/** The names under which `entry` finds the test files. */
const prefix = "test:";

function build(paths: readonly string[], target: Target, more?: esbuild.BuildOptions): Promise<Built> {
  return esbuild.build({
    entryPoints: paths.map((path) => `${prefix}${path}`),
    absWorkingDir: folder,
    outdir: ".",
    write: false,
    metafile: true,
    bundle: true,
    format: "esm",
    keepNames: true,
    platform: "browser",
    target: "es2022",
    // As bundlers of the platform do.
    conditions: target === "workerd" ? ["workerd", "worker", "browser"] : [],
    // What the stand-in for node:assert asks of a process.
    define: Object.fromEntries(
      ["stderr", "env.NODE_DEBUG", "emitWarning", "noDeprecation"].map((name) => [`process.${name}`, "undefined"]),
    ),
    logLevel: "silent",
    plugins: [{ name: "tests", setup }],
    ...more,
  }) as Promise<Built>;
}

function setup(plugin: esbuild.PluginBuild): void {
  plugin.onResolve({ filter: new RegExp(`^${prefix}`) }, ({ path }) => ({
    path: path.slice(prefix.length),
    namespace: "test",
  }));
  plugin.onLoad({ filter: /.*/, namespace: "test" }, ({ path }) => ({
    // Modules of the test are loaded by a call, since workerd allows little before there is a request.
    contents: `export { collector } from "./${standIns["node:test"]}"; export const load = () => import("./${path}");`,
    resolveDir: folder,
  }));
  plugin.onResolve({ filter: /^(node|bun|cloudflare):/ }, ({ path }) => {
    const standIn = standIns[path];
    if (standIn !== undefined) return { path: `${folder}${standIn}` };
    return { path, external: true, sideEffects: false };
  });
  plugin.onResolve({ filter: /^(@deno\/kv|esbuild|miniflare|playwright-core|typescript)$/ }, ({ path }) => ({
    path,
    external: true,
  }));
  // Packages that need a built-in module mean Node's, unless there is a package of that name.
  plugin.onResolve({ filter: new RegExp(`^(${builtinModules.join("|")})$`) }, async ({ path, ...from }) => {
    if (from.pluginData === "asked") return undefined;
    const { errors } = await plugin.resolve(path, {
      kind: from.kind,
      resolveDir: from.resolveDir,
      pluginData: "asked",
    });
    return errors.length === 0 ? undefined : { path: `node:${path}`, external: true, sideEffects: false };
  });
}

/** The packages that are not installed, where nothing else is wrong. */
function missingPackages(error: unknown): string[] | undefined {
  const { errors = [] } = error as Partial<esbuild.BuildFailure>;
  const names = errors.map(({ text }) => /^Could not resolve "([@\w].*)"$/.exec(text)?.[1]);
  return names.length > 0 && names.every((name) => name !== undefined) ? names : undefined;
}
