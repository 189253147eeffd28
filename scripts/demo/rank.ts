import type { Postings } from "./postings.ts";
import { termsIn, type TermsOf } from "./terms_in.ts";

const SATURATION = 1.2;
const LENGTH_WEIGHT = 0.6;

/** How many places come near enough to be judged by their titles. */
const SHORTLIST = 50;

/**
 * The numbers of the best places for the words of a question with their scores, best first, each title once.
 *
 * Ranked by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), times the share of the question's
 * terms that a place has; the best of these again by how much of question and title is the same.
 */
export function rank({ titles, lengths, byTerm }: Postings, words: string, terms: TermsOf): [number, number][] {
  const count = titles.length;
  const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, count);
  const scores = new Float64Array(count);
  const matched = new Uint8Array(count);
  const asked = new Set(termsIn(words, terms));
  for (const term of asked) {
    const found = byTerm.get(term) ?? [];
    const documents = found.length / 2;
    const rarity = Math.log(1 + (count - documents + 0.5) / (documents + 0.5));
    for (let at = 0; at < found.length; at += 2) {
      const section = found[at]!;
      const times = found[at + 1]!;
      const norm = 1 - LENGTH_WEIGHT + LENGTH_WEIGHT * lengths[section]! / mean;
      scores[section]! += rarity * times * (SATURATION + 1) / (times + SATURATION * norm);
      matched[section]!++;
    }
  }
  const found = [...scores.keys()].filter((section) => scores[section]! > 0);
  for (const section of found) scores[section]! *= matched[section]! / asked.size;
  const order = (one: number, other: number) => scores[other]! - scores[one]! || one - other;
  const shortlist = found.sort(order).slice(0, SHORTLIST);
  for (const section of shortlist) {
    const title = new Set(termsIn(titles[section]!, terms));
    const common = [...title].filter((term) => asked.has(term)).length;
    if (common > 0) scores[section]! *= 1 + (common / title.size) * (common / asked.size);
  }
  const best = new Map<string, number>();
  for (const section of shortlist.sort(order)) if (!best.has(titles[section]!)) best.set(titles[section]!, section);
  return [...best.values()].map((section) => [section, Math.round(scores[section]! * 100) / 100]);
}
