const STOP_WORDS = new Set(
  ("a an and are as at be but by can do does for from has have how i if in into is it its me my no not of on or so than that the their " +
    "then there these they this to was were what when where which while who why will with you your").split(" "),
);

/**
 * The terms under which a word is found: its parts without endings, and an identifier of several parts also as a whole.
 * `"cachedValues"` gives `cachedvalu`, `cach`, `valu`; words that say nothing give none.
 */
export function termsOf(word: string): string[] {
  const parts = word.split(/[_$]+|(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/).filter((part) => part !== "");
  const whole = parts.length > 1 ? [parts.join("")] : [];
  const terms = [...whole, ...parts].map((part) => part.toLowerCase())
    .filter((part) => part.length > 1 && !STOP_WORDS.has(part) && !/^\d+$/.test(part));
  return [...new Set(terms.map(stem))];
}

const VOWEL = /[aeiouy]/;

/** A word without the commonest English endings, for comparing words only. */
function stem(word: string): string {
  let stemmed = word;
  if (stemmed.length > 4 && stemmed.endsWith("ies")) stemmed = `${stemmed.slice(0, -3)}y`;
  else if (stemmed.length > 3 && /[^su]s$/.test(stemmed)) stemmed = stemmed.slice(0, -1);
  for (const ending of ["ing", "ed"]) {
    const rest = stemmed.slice(0, -ending.length);
    if (stemmed.endsWith(ending) && rest.length > 2 && VOWEL.test(rest)) {
      stemmed = /([bdfgmnprt])\1$/.test(rest) ? rest.slice(0, -1) : rest;
      break;
    }
  }
  return stemmed.length > 3 && stemmed.endsWith("e") ? stemmed.slice(0, -1) : stemmed;
}
