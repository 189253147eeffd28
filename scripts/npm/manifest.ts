/** Names to texts, as in `exports`, `imports` and `dependencies`. */
export type Texts = Readonly<Record<string, string>>;

/** What manifests tell of the package. */
export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly exports?: Texts;
  readonly imports?: Texts;
  readonly publish?: unknown;
  readonly dependencies?: Texts;
  readonly devDependencies?: Texts;
}

/** The project's package.json: beside what deno.json has, too, what only npm asks for. */
export interface NpmManifest extends Manifest {
  /** Programs, by the name of their command: sources that are entries, too. */
  readonly bin?: Texts;
  /** Modules that stand in for others where bundlers build for browsers. */
  readonly browser?: Readonly<Record<string, string | false>>;
  readonly [field: string]: unknown;
}

/** Where a consumer finds one entry of the package. */
export interface PublishedEntry {
  readonly types: string;
  /** For those who build for browsers and for workers at the edge; a program has none. */
  readonly browser?: string;
  readonly import: string;
  readonly default: string;
}

/** The package.json that is published. */
export interface PublishedManifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, PublishedEntry | string>>;
  readonly dependencies: Texts;
  readonly [field: string]: unknown;
}

/** An entry of the package. */
export interface Entry {
  /** How it is imported: `"."` or `"./sqlite"`. */
  readonly subpath: string;
  /** The source's path in the project, without `./` and `.ts`. */
  readonly source: string;
  /** The name of its JavaScript, without `.js`. */
  readonly output: string;
  /** The command that starts it, if it is a program; that is not for browsers. */
  readonly command: string | undefined;
}

/** A module that gives way to another one where there is a browser; paths as in `Entry.source`. */
export interface Swap {
  readonly module: string;
  readonly by: string;
}

/**
 * The packages that stay dependencies on npm; the others among the imports of deno.json are rolled into the JavaScript.
 *
 * Why: Node pays 4 to 7 ms for each package that it finds, reads and parses, and this library uses a tenth of valibot and a half
 * of superjson. `lru-cache` stays, because `native` gives an `LRUCache`, which has to be the class that the program imports.
 */
export const KEPT: readonly string[] = ["lru-cache"];

/** What is published of the project's package.json as it stands there. */
const carried = ["peerDependencies", "peerDependenciesMeta", "engines"] as const;
/** What is published of it to be found by. */
const told = ["description", "keywords", "homepage", "repository", "bugs"] as const;

/** The entries of the package, one for each export of deno.json. */
export function entriesOf(deno: Manifest, { bin = {} }: NpmManifest): Entry[] {
  const commands = new Map(Object.entries(bin).map(([command, path]) => [bare(path), command]));
  const entries = Object.entries(deno.exports ?? {}).map(([subpath, path]) => ({
    subpath,
    source: bare(path),
    output: subpath === "." ? "index" : subpath.slice("./".length),
    command: commands.get(bare(path)),
  }));
  const lost = [...commands].find(([source]) => !entries.some((entry) => entry.source === source));
  if (lost !== undefined) {
    throw new TypeError(
      `Cannot pack "${lost[1]}": package.json "bin" has no export of deno.json for it; export it, too`,
    );
  }
  return entries;
}

/** The pairs of modules under `browser` of package.json. */
export function swapsOf({ browser = {} }: NpmManifest): Swap[] {
  return Object.entries(browser).flatMap(([path, instead]): Swap[] => {
    if (!path.endsWith(".ts")) return [];
    if (typeof instead !== "string" || !instead.endsWith(".ts")) {
      throw new TypeError(`Cannot pack "${path}": package.json "browser" has ${instead} for it; name a source instead`);
    }
    return [{ module: bare(path), by: bare(instead) }];
  });
}

/** The package.json to publish: what deno.json says, and what package.json adds for npm. */
export function publishedManifest(deno: Manifest, npm: NpmManifest): PublishedManifest {
  const { name, version, license } = deno;
  if (name === undefined || version === undefined) {
    throw new TypeError("Cannot pack: deno.json has no name or no version; put them back");
  }
  const pick = (fields: readonly string[]) =>
    Object.fromEntries(fields.flatMap((field) => npm[field] === undefined ? [] : [[field, npm[field]]]));
  const entries = entriesOf(deno, npm);
  const programs = entries.filter(({ command }) => command !== undefined);
  return {
    name,
    version,
    ...pick(told),
    license,
    type: "module",
    sideEffects: false,
    exports: {
      ...Object.fromEntries(
        entries.map(({ subpath, source, output, command }) => {
          const script = `./js/${output}.js`;
          const browser = command === undefined ? { browser: `./browser/${source}.js` } : {};
          return [subpath, { types: `./types/${source}.d.ts`, ...browser, import: script, default: script }];
        }),
      ),
      "./package.json": "./package.json",
    },
    ...(programs.length === 0 ? {} : {
      bin: Object.fromEntries(programs.map(({ command, output }) => [command, `js/${output}.js`])),
    }),
    dependencies: Object.fromEntries(
      Object.entries(fromNpm(deno.imports)).filter(([name]) => KEPT.includes(name)),
    ),
    ...pick(carried),
    publishConfig: { access: "public", provenance: true },
  };
}

function bare(path: string): string {
  return path.replace(/^\.\//, "").replace(/\.ts$/, "");
}

/** The npm packages among the imports of deno.json, with their ranges. */
export function fromNpm(imports: Texts = {}): Texts {
  const needed: Record<string, string> = {};
  for (const target of Object.values(imports)) {
    const parts = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(target);
    if (parts?.[1] !== undefined && parts[2] !== undefined) needed[parts[1]] = parts[2];
  }
  return needed;
}
