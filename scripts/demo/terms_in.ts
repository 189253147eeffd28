/** The terms under which a word is found. */
export type TermsOf = (word: string) => readonly string[];

const WORD = /[A-Za-z_$][\w$]*/g;

/** The terms of all words of a text, in order. */
export function termsIn(text: string, termsOf: TermsOf): string[] {
  const terms: string[] = [];
  for (const word of text.match(WORD) ?? []) terms.push(...termsOf(word));
  return terms;
}
