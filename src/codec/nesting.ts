/** How deep JSON that is read may nest. What is written nests a tenth of that. */
const MAX_DEPTH = 10_000;

/**
 * Whether a JSON text nests more than 10,000 levels deep. Few texts are looked at closely: a short one cannot, and neither
 * can one with few brackets.
 */
export function nestsTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH * 2) return false;
  return !hasFewer(text, "[", "{") && depthOf(text) > MAX_DEPTH;
}

function hasFewer(text: string, one: string, other: string): boolean {
  let count = 0;
  for (const bracket of [one, other]) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++count > MAX_DEPTH) return false;
    }
  }
  return true;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) {
      i++;
      for (let inner = text.charCodeAt(i); inner !== 34 && i < text.length; inner = text.charCodeAt(++i)) {
        if (inner === 92) i++;
      }
    } else if (code === 91 || code === 123) {
      if (++depth > deepest) deepest = depth;
    } else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}
