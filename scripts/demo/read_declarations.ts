import type { Section } from "./section.ts";

/** An open brace whose members are read. */
interface Container {
  readonly name: string;
  /** How many brackets are open inside it. */
  readonly depth: number;
  readonly from: number;
  readonly line: number;
  readonly text: string[];
}

/** A declaration or member that is being read. */
interface Statement {
  readonly title: string;
  readonly line: number;
  readonly from: number;
  readonly lines: string[];
  readonly documented: boolean;
  /** Whether a brace at the end of a line opens its members. */
  readonly opens: boolean;
}

const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;
const DECLARED =
  /^(?:export\s+|default\s+|declare\s+|abstract\s+|async\s+)*(class|interface|namespace|module|enum|type|function|const|let|var)\s+(?:enum\s+)?([\w$.]+|["'][^"']+["'])/;
const MEMBER =
  /^(?:(?:public|protected|static|readonly|abstract|override|accessor|get|set)\s+(?=[\w$#["']))*([\w$#]+|\[Symbol\.\w+\]|["'][^"']+["'])\s*\??\s*[:(<;=,]/;
const CONTINUES = /(?:[=|&?:(<]|=>|\bextends|\bkeyof)$/;
const CONTINUED = /^(?:[|&?:)>=,]|extends\b)/;

/**
 * The sections of a declaration file: every top-level declaration, and every member that has a comment. Members without one
 * belong to what they are members of.
 *
 * Why: it follows brackets line by line instead of asking a compiler, so that it needs none; what it cannot follow, such as two
 * declarations on one line, ends up in the section before.
 */
export function readDeclarations(text: string): Section[] {
  const lines = text.split(/\r?\n/);
  const sections: Section[] = [];
  const containers: Container[] = [];
  let depth = 0;
  let comment: { from: number; lines: string[] } | undefined;
  let commenting = false;
  let statement: Statement | undefined;
  let previous = ";";

  const finish = (to: number) => {
    if (statement === undefined) return;
    const { title, line, from, lines, documented } = statement;
    const container = containers.at(-1);
    if (documented || container === undefined) sections.push({ title, line, from, to, text: lines.join("\n") });
    else container.text.push(...lines);
    statement = undefined;
  };

  lines.forEach((raw, index) => {
    const line = raw.trim();
    if (!commenting && line.startsWith("/*")) {
      finish(index);
      commenting = true;
      comment = { from: index + 1, lines: [] };
    }
    if (commenting) {
      comment!.lines.push(line.replace(/^\/?\*+\/?\s?/, "").replace(/\s*\*+\/$/, ""));
      if (line.includes("*/")) commenting = false;
      return;
    }
    if (line === "" || line.startsWith("//")) return;
    const code = line.replace(QUOTED, "''").replace(/\/\*.*?\*\/|\/\/.*$/g, "").trimEnd();
    const base = containers.at(-1)?.depth ?? 0;
    if (depth === base && !CONTINUES.test(previous) && !CONTINUED.test(code)) {
      finish(index);
      const declared = DECLARED.exec(line);
      const name = declared?.[2] ?? (containers.length > 0 ? MEMBER.exec(line)?.[1] : undefined);
      if (name !== undefined) {
        statement = {
          title: [...containers.map(({ name }) => name), name.replace(/["']/g, "")].join("."),
          line: index + 1,
          from: comment?.from ?? index + 1,
          lines: [...comment?.lines ?? [], line],
          documented: comment !== undefined,
          opens: declared !== null && declared[1] !== "function",
        };
      }
      comment = undefined;
    } else statement?.lines.push(line);
    if (statement?.opens && depth === base && code.endsWith("{") && count(code) === 1) {
      const { title, from, line, lines } = statement;
      containers.push({ name: title.slice(title.lastIndexOf(".") + 1), depth: depth + 1, from, line, text: lines });
      statement = undefined;
    }
    depth = Math.max(0, depth + count(code));
    previous = code;
    while (containers.length > 0 && depth < containers.at(-1)!.depth) {
      finish(index);
      const { from, line, text } = containers.at(-1)!;
      const title = containers.map(({ name }) => name).join(".");
      containers.pop();
      sections.push({ title, line, from, to: index + 1, text: text.join("\n") });
    }
  });
  while (containers.length > 0) {
    const { from, line, text, name } = containers.pop()!;
    sections.push({ title: name, line, from, to: lines.length, text: text.join("\n") });
  }
  finish(lines.length);
  return sections.sort((one, other) => one.line - other.line);
}

/** How many more brackets a line opens than it closes. */
function count(code: string): number {
  let open = 0;
  for (let index = 0; index < code.length; index++) {
    const char = code.charCodeAt(index);
    if (char === 123 || char === 40 || char === 91) open++;
    else if (char === 125 || char === 41 || char === 93) open--;
  }
  return open;
}
