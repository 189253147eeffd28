import { entriesOf, type Manifest, type NpmManifest, type PublishedManifest } from "./manifest.ts";
import { reach } from "./reach.ts";

/** The pages that go into both registries. */
export const PAGES: readonly string[] = ["README.md", "LICENSE", "CHANGELOG.md"];

/** The text of a file of the project or of a package; `undefined` where there is none. */
export type Read = (path: string) => string | undefined;

/** What belongs into the package on JSR: what its entries reach, and pages. */
export function filesForJsr(deno: Manifest, npm: NpmManifest, read: Read): Set<string> {
  const sources = entriesOf(deno, npm).map(({ source }) => `${source}.ts`);
  return new Set([...PAGES, "deno.json", ...reach(sources, read)]);
}

/** What belongs into the package on npm: what its package.json reaches, and pages. */
export function filesForNpm(
  { exports, bin = {} }: PublishedManifest & { readonly bin?: object },
  read: Read,
): Set<string> {
  const named = [
    ...Object.values(exports).flatMap((entry) => typeof entry === "string" ? entry : Object.values(entry)),
  ];
  const starts = [...named, ...Object.values<string>({ ...bin })].map((path) => path.replace(/^\.\//, ""));
  return new Set([...PAGES, "THIRD_PARTY_LICENSES.md", ...reach(starts, read)]);
}

/** What is published and belongs nowhere, and what belongs there and is not published, in words. */
export function compareFiles(where: string, published: ReadonlySet<string>, expected: ReadonlySet<string>): string[] {
  return [
    ...[...published].filter((path) => !expected.has(path)).map((path) =>
      `${path} goes to ${where}, and no entry needs it; leave it out`
    ),
    ...[...expected].filter((path) => !published.has(path)).map((path) =>
      `${path} does not go to ${where}, and an entry needs it; put it in`
    ),
  ];
}

/** The files that `deno publish --dry-run` lists, by their path in the project. */
export function filesInDryRun(output: string, folder: URL): Set<string> {
  return new Set(
    [...output.matchAll(/^\s+(file:\/\/\S+) \([\d.]+\w*\)$/gm)].map(([, url = ""]) =>
      decodeURI(url.slice(folder.href.length))
    ),
  );
}
