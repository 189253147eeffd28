import type { Section } from "./section.ts";

/** The sections of a text with Markdown headings; what stands before the first heading goes by `name`. */
export function readMarkdown(text: string, name: string): Section[] {
  const lines = text.split(/\r?\n/);
  const sections: Section[] = [];
  const above: string[] = [];
  let open = { title: name, line: 1 };
  let fenced = false;
  const close = (to: number) => {
    const body = lines.slice(open.line - 1, to).join("\n");
    if (body.trim() !== "") sections.push({ ...open, from: open.line, to, text: body });
  };
  lines.forEach((line, index) => {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^(#{1,6})\s+(.+?)\s*#*$/.exec(line);
    if (heading === null) return;
    if (index > 0) close(index);
    const level = heading[1]!.length;
    above.length = Math.min(above.length, level - 1);
    above[level - 1] = plain(heading[2]!);
    open = { title: above.slice(1).filter(Boolean).join(" / ") || above[0] || name, line: index + 1 };
  });
  close(lines.length);
  return sections;
}

/** A heading without links, pictures and marks. */
function plain(heading: string): string {
  return heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/<[^>]+>/g, "").replace(/[`*]/g, "").trim();
}
