import type { Corpus } from "./corpus.ts";
import { NEIGHBOURS } from "./neighbours.ts";
import type { Postings } from "./postings.ts";
import { rank } from "./rank.ts";
import type { TermsOf } from "./terms_in.ts";

/** A place in the documentation that answers a question. */
export interface Hit {
  readonly title: string;
  readonly path: string;
  readonly line: number;
  /** The bytes of the file in which it begins and, not included, ends. */
  readonly start: number;
  readonly end: number;
  readonly score: number;
  /** The titles of places that say something alike. */
  readonly seeAlso: readonly string[];
}

/** An answer to a question: places, best first, and the pages that are most like the page of the best. */
export interface Answer {
  readonly question: string;
  readonly hits: readonly Hit[];
  readonly related: readonly string[];
}

/** What questions are answered from. */
export interface Library {
  readonly corpus: Corpus;
  /** The cosines of all pages, as `relate` makes them. */
  readonly related: Float64Array;
  /** The nearest sections of each, as `neighbours` makes them. */
  readonly nearest: Float64Array;
}

const HITS = 3;
const RELATED = 3;

/** Answers a question. */
export function answer(question: string, library: Library, postings: Postings, termsOf: TermsOf): Answer {
  const { corpus, nearest } = library;
  const { titles, firsts } = postings;
  const hits = rank(postings, question, termsOf).slice(0, HITS).map(([section, score]): Hit => {
    const at = firsts.findLastIndex((first) => first <= section);
    const { path, places } = corpus.pages[at]!;
    const [line = 1, start = 0, end = 0] = places.subarray(3 * (section - firsts[at]!));
    const row = nearest.subarray(section * NEIGHBOURS * 2, (section + 1) * NEIGHBOURS * 2);
    const seeAlso = new Set([...row].flatMap((other, index) => index % 2 === 0 ? titles[other] ?? [] : []));
    return { title: titles[section]!, path, line, start, end, score, seeAlso: [...seeAlso] };
  });
  return { question, hits, related: hits.length === 0 ? [] : alike(hits[0]!.path, library) };
}

function alike(path: string, { corpus: { pages }, related }: Library): string[] {
  const own = pages.findIndex((page) => page.path === path);
  const row = related.subarray(own * pages.length, (own + 1) * pages.length);
  const others = [...row.keys()].filter((other) => other !== own && row[other]! > 0);
  return others.sort((one, other) => row[other]! - row[one]!).slice(0, RELATED).map((other) => pages[other]!.path);
}
