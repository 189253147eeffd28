import type { Corpus } from "./corpus.ts";
import { linesOf } from "./page_lines.ts";

/** Which sections hold which terms. Sections are numbered through all pages. */
export interface Postings {
  readonly titles: readonly string[];
  /** For each page, the number of its first section; at the end the number of all. */
  readonly firsts: readonly number[];
  /** How many terms each section has. */
  readonly lengths: Float64Array;
  /** For each term, the sections that have it and how often, in turn. */
  readonly byTerm: ReadonlyMap<string, readonly number[]>;
}

/** Turns the pages inside out: from terms to sections. */
export function postingsOf({ pages }: Corpus): Postings {
  const titles: string[] = [];
  const firsts: number[] = [];
  const lengths: number[] = [];
  const byTerm = new Map<string, number[]>();
  for (const page of pages) {
    firsts.push(titles.length);
    const ids = linesOf(page.terms).map((term) => {
      const known = byTerm.get(term) ?? [];
      byTerm.set(term, known);
      return known;
    });
    linesOf(page.titles).forEach((title, section) => {
      let length = 0;
      for (let at = page.starts[section]!; at < page.starts[section + 1]!; at++) {
        ids[page.termIds[at]!]!.push(titles.length, page.counts[at]!);
        length += page.counts[at]!;
      }
      titles.push(title);
      lengths.push(length);
    });
  }
  firsts.push(titles.length);
  return { titles, firsts, lengths: Float64Array.from(lengths), byTerm };
}
