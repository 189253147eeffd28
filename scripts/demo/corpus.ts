import { createHash } from "node:crypto";
import type { Page, PageFile } from "./page.ts";

/** All pages, each text once, and the digest by which the whole is known. */
export interface Corpus {
  readonly digest: string;
  readonly pages: readonly Page[];
}

/** The digest of a list of files. It changes when a file comes, goes or changes; no file is opened for it. */
export function digestOf(files: readonly PageFile[]): string {
  const hash = createHash("sha256");
  for (const { path, modifiedAt, size } of files) hash.update(`${path}\n${modifiedAt}\n${size}\n`);
  return hash.digest("hex");
}

/** Makes one of many pages. Of copies, such as a package's declarations for several module systems, the shortest path stays. */
export function gather(digest: string, pages: readonly Page[]): Corpus {
  const byText = new Map<string, Page>();
  for (const page of [...pages].sort((one, other) => one.path.length - other.path.length)) {
    if (!byText.has(page.digest)) byText.set(page.digest, page);
  }
  return { digest, pages: [...byText.values()].sort((one, other) => one.path < other.path ? -1 : 1) };
}
