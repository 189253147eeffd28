import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { acache, bcache, fcache, mcache, ucache } from "../../mod.ts";
import { answer, type Library } from "./answer.ts";
import { fetchBlock } from "./blocks.ts";
import type { Corpus } from "./corpus.ts";
import { neighbours } from "./neighbours.ts";
import { type Page, type PageFile, readPage } from "./page.ts";
import { postingsOf } from "./postings.ts";
import { rank } from "./rank.ts";
import { readDeclarations } from "./read_declarations.ts";
import { readMarkdown } from "./read_markdown.ts";
import { termsIn } from "./terms_in.ts";
import { termsOf } from "./terms_of.ts";
import { relate, weigh } from "./weigh.ts";

/** Where what outlives the process is kept. */
export interface Place {
  readonly folderName: string;
  readonly cacheDir?: string | undefined;
}

/** The functions of the demo, each cached where its results belong. */
// deno-lint-ignore explicit-module-boundary-types
export function makeCaches(packages: string, place: Place, urlOf: (page: Page) => Promise<string>) {
  // Many calls for few words, quickly found out: in memory, for as long as the process lives.
  const terms = mcache(termsOf, { name: "terms", maxSize: 100_000 });
  const postings = mcache(postingsOf, { name: "postings", maxSize: 1, maxBytes: "1GB", key: ({ digest }) => digest });

  // Many middling results that are wanted again tomorrow: in a database. The key tells a changed file without opening it.
  const page = bcache(
    async (file: PageFile) => readPage(file, await readFile(join(packages, file.path), "utf8"), terms),
    {
      ...place,
      name: "page",
      key: ({ path, modifiedAt, size }) => [path, modifiedAt, size],
      deps: [readPage, readDeclarations, readMarkdown, termsIn, termsOf],
    },
  );

  // Few large arrays of numbers: as files. All that they are made from is known by one digest.
  const byDigest = { ...place, key: ({ digest }: Corpus) => digest };
  const matrix = fcache((corpus: Corpus) => weigh(corpus), { ...byDigest, name: "matrix", deps: [weigh] });
  const related = fcache((corpus: Corpus, weights: Float64Array) => relate(weights, corpus.pages.length), {
    ...byDigest,
    name: "related",
    deps: [weigh, relate],
  });
  const nearest = fcache((corpus: Corpus) => neighbours(corpus, postings(corpus)), {
    ...byDigest,
    name: "nearest",
    deps: [postingsOf, neighbours],
  });

  // Wherever suits: it has a folder's name, so it looks for a place that lasts.
  const answered = ucache(
    (library: Library, question: string) => answer(question, library, postings(library.corpus), terms),
    {
      ...place,
      name: "answered",
      key: ({ corpus }, question) => [corpus.digest, question],
      deps: [answer, rank, postingsOf, neighbours, weigh, relate, termsIn, termsOf],
    },
  );

  // Those who wait for the same block share one request. Left to itself it would keep blocks in memory; it is told to keep them.
  const fetched = acache(async (page: Page, block: number) => fetchBlock(await urlOf(page), block), {
    ...place,
    name: "fetched",
    engine: ["sqlite", "files"],
    key: ({ digest }, block) => [digest, block],
    deps: [fetchBlock],
  });

  return { terms, postings, page, matrix, related, nearest, answered, fetched };
}
