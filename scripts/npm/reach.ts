import { posix } from "node:path";
import ts from "typescript";

/**
 * The files that some files import from their package, at once or later, these included, by path. Throws on one that is not
 * there.
 *
 * @param read The text of a file; `undefined` where there is none.
 */
export function reach(starts: readonly string[], read: (path: string) => string | undefined): Set<string> {
  const found = new Set<string>();
  const waiting = starts.map((path) => ({ path, from: "the package" }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, from } = next;
    if (found.has(path)) continue;
    const text = read(path);
    if (text === undefined) throw new Error(`Cannot find ${path}: ${from} imports it; put it into the package`);
    found.add(path);
    waiting.push(...importsOf(path, text).map((imported) => ({ path: imported, from: path })));
  }
  return found;
}

/** The neighbours that a file imports, by path; where it declares, what declares them. */
function importsOf(path: string, text: string): string[] {
  return specifiersOf(text).filter((specifier) => specifier.startsWith(".")).map((specifier) => {
    const imported = posix.join(posix.dirname(path), specifier);
    return path.endsWith(".d.ts") ? imported.replace(/\.[jt]s$/, ".d.ts") : imported;
  });
}

/** What a file names in `import`, `export … from`, `import()` and `import("…").Type`. */
export function specifiersOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}
