/** The first sentence of a section, without comment and Markdown marks; its code where there is none. */
export function quote(section: string): string {
  const lines = section.split("\n");
  const commented = lines[0]!.trim().startsWith("/*");
  const prose: string[] = [];
  let fenced = false;
  for (const line of lines) {
    const text = line.trim().replace(/^(?:\/\*\*?|\*\/|\*(?=\s|$))\s?/, "").replace(/\s*\*\/$/, "").trim();
    if (/^(```|~~~)/.test(text)) fenced = !fenced;
    const said = !fenced && !/^(?:#|```|~~~|<|@|\||!\[|\[!\[)/.test(text) && text !== "";
    if (said) prose.push(text);
    else if (prose.length > 0) break;
    if (commented && line.includes("*/")) break;
  }
  const plain = prose.join(" ").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/\{@link\s+([^}]*)\}/g, "$1").replace(
    /\*\*|`/g,
    "",
  );
  return /^.*?[.!?](?=\s|$)/.exec(plain)?.[0] ?? plain;
}
