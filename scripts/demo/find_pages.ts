import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { PageFile } from "./page.ts";

const DOCUMENTATION = /\.(?:md|markdown|txt|d\.[cm]?ts)$/i;

/** The nearest `node_modules` above this file, which in a build of the project is not in the build. */
export function packagesFolder(): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url));; folder = dirname(folder)) {
    const packages = join(folder, "node_modules");
    if (existsSync(packages)) return packages;
    if (folder === dirname(folder)) return undefined;
  }
}

/** What is indexed: what the library needs and what it is built with, and what these need; not all that its tests want. */
export const DOCUMENTED: readonly string[] = ["esbuild", "lru-cache", "superjson", "typescript", "valibot"];

/**
 * The documentation and type declarations in a folder of packages, in order of their paths, at most `limit` of them.
 *
 * Packages are followed through links to where they are kept (`.deno`, `.pnpm`, `.bun`); those that only other packages need
 * are found beside these. Nothing is opened.
 *
 * @param only The packages to begin with; all of them by default.
 */
export function findPages(packages: string, limit = Infinity, only?: readonly string[]): PageFile[] {
  const pages = findPackages(packages, only).flatMap(({ folder, name }) =>
    listFolder(folder).map((file): PageFile => {
      const { mtimeMs, size } = statSync(file);
      return { path: slashed(join(name, relative(folder, file))), modifiedAt: mtimeMs, size };
    })
  );
  return pages.sort((one, other) => one.path < other.path ? -1 : 1).slice(0, limit);
}

/** Each package once: where it is kept, and its path below the folder of packages. */
function findPackages(packages: string, only?: readonly string[]): { folder: string; name: string }[] {
  const found = new Map<string, string>();
  const top = realpathSync(packages);
  const seen = new Set<string>();
  const visit = (place: string): void => {
    if (seen.has(place) || !existsSync(place)) return;
    seen.add(place);
    for (const name of packagesIn(place)) {
      if (place === top && only !== undefined && !only.includes(name)) continue;
      const folder = realpathSync(join(place, name));
      if (found.has(folder) || !existsSync(join(folder, "package.json"))) continue;
      found.set(folder, place === top ? name : relative(top, folder));
      if (folder.startsWith(top)) visit(join(folder, ...name.split(sep).map(() => "..")));
      visit(join(folder, "node_modules"));
    }
  };
  visit(top);
  return [...found].map(([folder, name]) => ({ folder, name }));
}

/** The names of packages in a folder, those of a scope with it. Links to nowhere are left out. */
function packagesIn(place: string): string[] {
  return readdirSync(place).filter((entry) => !entry.startsWith(".")).sort()
    .flatMap((entry) =>
      entry.startsWith("@") ? readdirSync(join(place, entry)).map((name) => join(entry, name)) : [entry]
    )
    .filter((name) => existsSync(join(place, name)));
}

function listFolder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listFolder(path);
    return entry.isFile() && DOCUMENTATION.test(entry.name) ? [path] : [];
  });
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}
