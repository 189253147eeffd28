/** The texts that a page keeps one a line. */
export function linesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}
