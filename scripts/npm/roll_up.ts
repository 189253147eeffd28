import { dirname, join, posix, relative, resolve, sep } from "node:path";
import { type Plugin, rolldown } from "rolldown";
import type { Entry, Swap } from "./manifest.ts";

/** What is rolled up. */
export interface RollUpOptions {
  /** The folder that the sources are in. */
  readonly from: string;
  /** What sources end in: `.ts` in the project, `.js` in what dnt made of it. */
  readonly ending: ".ts" | ".js";
  readonly entries: readonly Entry[];
  /** The modules to put in the place of others. */
  readonly swaps: readonly Swap[];
  /** The packages that stay imports. */
  readonly dependencies: readonly string[];
  /** The packages that sources may import besides; they are rolled in. */
  readonly rolledIn: readonly string[];
  /** Who imports the result, see `rollUp`. */
  readonly for: "runtimes" | "bundlers";
}

/** What comes of it. */
export interface RolledUp {
  /** JavaScript by path. */
  readonly files: ReadonlyMap<string, string>;
  /** The folders of the packages that were rolled in. */
  readonly packages: readonly string[];
}

/**
 * Rolls sources up into few files of JavaScript, so that a module exists once, whichever entries a program imports, and what is
 * imported when it is needed stays apart.
 *
 * For runtimes, all that the main entry needs at once is one file. Why: Node takes about half a millisecond for each file, and
 * there are 260 sources.
 *
 * For bundlers each module stays a file. Why: those that split code move whole files, so of large files a page would load at once
 * what only a part that comes later needs; that made the memory engine 27 % larger, and `mcache` 11 %.
 */
export async function rollUp(options: RollUpOptions): Promise<RolledUp> {
  const { from, ending, entries, dependencies } = options;
  const folder = resolve(from);
  const main = entries.filter(({ subpath }) => subpath === ".").map((entry) => pathOf(options, entry.source));
  let core: ReadonlySet<string> | undefined;
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map(({ output, source }) => [output, pathOf(options, source)])),
    cwd: folder,
    platform: "neutral",
    resolve: { mainFields: ["module", "main"] },
    transform: { target: "es2022" },
    treeshake: { moduleSideEffects: false },
    preserveEntrySignatures: "strict",
    external: [/^node:/, ...dependencies],
    plugins: [swapped(options), onlyKnown(options)],
    // On a busy machine it warns of slow plugins.
    checks: { bundlerTimings: false },
    onLog(level, log) {
      if (level === "warn") throw new Error(`Cannot pack: ${log.message}`);
    },
  });
  try {
    const { output } = await bundle.generate({
      format: "esm",
      comments: { legal: false, annotation: true, jsdoc: false },
      ...(options.for === "bundlers"
        ? {
          preserveModules: true,
          entryFileNames: ({ facadeModuleId }) => `${moduleName(relative(folder, facadeModuleId ?? ""), ending)}.js`,
        }
        : {
          entryFileNames: "[name].js",
          chunkFileNames: ({ facadeModuleId, name }) =>
            `chunks/${
              facadeModuleId === null ? name : moduleName(relative(folder, facadeModuleId), ending).replaceAll("/", "_")
            }.js`,
          codeSplitting: {
            groups: [{
              debugName: "core",
              name(id, context) {
                core ??= reached(main, (id) => context.getModuleInfo(id)?.importedIds ?? []);
                return core.has(id) ? "core" : null;
              },
            }],
          },
        }),
    });
    const written = output.flatMap((file) => file.type === "chunk" ? [file] : []);
    return {
      files: new Map(written.map(({ fileName, code }) => [fileName, code])),
      packages: [...new Set(written.flatMap(({ moduleIds }) => moduleIds.flatMap((id) => packageOf(id) ?? [])))].sort(),
    };
  } finally {
    await bundle.close();
  }
}

function reached(from: readonly string[], importsOf: (id: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...from];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    waiting.push(...importsOf(id));
  }
  return found;
}

function swapped(options: RollUpOptions): Plugin {
  const instead = new Map(options.swaps.map(({ module, by }) => [pathOf(options, module), pathOf(options, by)]));
  return {
    name: "swapped",
    resolveId(specifier, importer) {
      if (importer === undefined || !specifier.startsWith(".")) return null;
      return instead.get(join(dirname(importer), specifier)) ?? null;
    },
  };
}

/** Refuses packages that the project's manifest does not name. */
function onlyKnown({ dependencies, rolledIn }: RollUpOptions): Plugin {
  const known = [...dependencies, ...rolledIn];
  return {
    name: "only known",
    resolveId(specifier, importer) {
      const isOwn = importer !== undefined && packageOf(importer) === undefined && !/^(\.|node:)/.test(specifier);
      if (isOwn && !known.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
        throw new Error(`Cannot pack ${importer}: it imports ${specifier}; name that in deno.json "imports"`);
      }
      return null;
    },
  };
}

function pathOf({ from, ending }: RollUpOptions, source: string): string {
  return join(resolve(from), `${source}${ending}`);
}

/** Where a module is among the others: one of a package is below its name, since npm publishes no folder `node_modules`. */
function moduleName(path: string, ending: string): string {
  const name = path.split(sep).join(posix.sep).replace(/^.*node_modules\//, "packages/");
  return name.endsWith(ending) ? name.slice(0, -ending.length) : name.replace(/\.\w+$/, "");
}

/** The folder of the package that a file belongs to, if it is none of the project's own. */
function packageOf(path: string): string | undefined {
  return /^.*node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(path)?.[0];
}
