import type { Corpus } from "./corpus.ts";
import { linesOf } from "./page_lines.ts";
import type { Postings } from "./postings.ts";

/** How many neighbours each section has. */
export const NEIGHBOURS = 3;

/** A term that more sections have than these says little about what belongs together, and would cost most of the time. */
const COMMON = 1000;

/**
 * What to read beside what: for each section the numbers of the nearest others and their cosines, in turn; -1 where there is none.
 * A row of the matrix holds `NEIGHBOURS` such pairs.
 */
export function neighbours({ pages }: Corpus, { titles, byTerm }: Postings): Float64Array {
  const weighted = new Map<string, { sections: Uint32Array; weights: Float64Array }>();
  const squares = new Float64Array(titles.length);
  for (const [term, found] of byTerm) {
    const count = found.length / 2;
    const rarity = Math.log(titles.length / count);
    const sections = Uint32Array.from({ length: count }, (_, at) => found[2 * at]!);
    const weights = Float64Array.from({ length: count }, (_, at) => rarity * (1 + Math.log(found[2 * at + 1]!)));
    weights.forEach((weight, at) => squares[sections[at]!]! += weight * weight);
    if (count <= COMMON) weighted.set(term, { sections, weights });
  }
  const nearest = new Float64Array(titles.length * NEIGHBOURS * 2).fill(-1);
  const sums = new Float64Array(titles.length);
  let own = 0;
  for (const { terms, starts, termIds } of pages) {
    const found = linesOf(terms).map((term) => weighted.get(term));
    for (let local = 0; local + 1 < starts.length; local++, own++) {
      const touched: number[] = [];
      for (let at = starts[local]!; at < starts[local + 1]!; at++) {
        const list = found[termIds[at]!];
        if (list === undefined) continue;
        const { sections, weights } = list;
        const weight = weights[place(sections, own)]!;
        for (let index = 0; index < sections.length; index++) {
          const other = sections[index]!;
          if (sums[other] === 0) touched.push(other);
          sums[other]! += weight * weights[index]!;
        }
      }
      for (const other of touched) {
        const cosine = sums[other]! / Math.sqrt(squares[own]! * squares[other]!);
        sums[other] = 0;
        if (titles[other] !== titles[own]) insert(nearest, own * NEIGHBOURS * 2, other, cosine);
      }
    }
  }
  return nearest;
}

/** Where a section stands in a rising list that holds it. */
function place(sections: Uint32Array, section: number): number {
  let low = 0;
  let high = sections.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sections[middle]! < section) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts a neighbour into the row that begins at `first` if it is near enough. */
function insert(nearest: Float64Array, first: number, other: number, cosine: number): void {
  let at = first + (NEIGHBOURS - 1) * 2;
  if (cosine <= nearest[at + 1]!) return;
  for (; at > first && cosine > nearest[at - 1]!; at -= 2) nearest.copyWithin(at, at - 2, at);
  nearest[at] = other;
  nearest[at + 1] = cosine;
}
