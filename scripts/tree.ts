import { readdir, readFile } from "node:fs/promises";

/** Source texts by their path below the project's folder, written with `/`. */
export type Tree = ReadonlyMap<string, string>;

/** The project's folder, with a `/` at its end. */
export const root: URL = new URL("../", import.meta.url);

const asideFolders = new Set(["node_modules", "dist", "coverage"]);

/** Paths of all files below a file or folder of the project, in order. A place that does not exist has none. */
export async function listFiles(place: string, from: URL = root): Promise<string[]> {
  const entries = await readdir(new URL(`${place}/`, from), { withFileTypes: true }).catch(
    (error: { code?: string }) => {
      if (error.code === "ENOENT") return undefined;
      if (error.code === "ENOTDIR") return "a file" as const;
      throw error;
    },
  );
  if (entries === undefined) return [];
  if (entries === "a file") return [place];
  const found = await Promise.all(entries.map((entry) => {
    if (entry.name.startsWith(".") || asideFolders.has(entry.name)) return [];
    const path = `${place}/${entry.name}`;
    return entry.isDirectory() ? listFiles(path, from) : [path];
  }));
  return found.flat().sort();
}

/** The TypeScript sources below the given files and folders of the project. */
export async function readTree(places: readonly string[], from: URL = root): Promise<Tree> {
  const paths = (await Promise.all(places.map((place) => listFiles(place, from)))).flat();
  const sources = paths.filter((path) => path.endsWith(".ts"));
  return new Map(
    await Promise.all(sources.map(async (path) => [path, await readFile(new URL(path, from), "utf8")] as const)),
  );
}
