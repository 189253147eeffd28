/** Proves that every promise in tests/PARITY.md and tests/GUARANTEES.md leads to a test that exists, or says what it waits for. */
import { readFile } from "node:fs/promises";
import ts from "typescript";
import { root } from "./tree.ts";

/** A page of promises: a Markdown table with a number in the first column and links to tests in the last. */
export interface Page {
  /** Its path below the project's folder. */
  readonly path: string;
  readonly text: string;
  /** The numbers that must be there, each once. */
  readonly numbers: readonly string[];
}

/** How the pages are told the text of a test file, by its path below the project's folder; `undefined` when there is none. */
export type ReadTest = (path: string) => string | undefined;

const link = /^\[[^\]]+\]\(([^)\s]+)\) "((?:[^"\\]|\\.)+)"$/;
const later = /^later: \S/;

/** Every row that is missing, doubled, unreadable, or leads nowhere, in words. */
export function checkLinks(page: Page, readTest: ReadTest): string[] {
  const faults: string[] = [];
  const rows = rowsOf(page.text);
  const fault = (number: string, message: string) => faults.push(`${page.path} row ${number}: ${message}`);
  for (const number of page.numbers) {
    const count = rows.filter((row) => row.number === number).length;
    if (count !== 1) fault(number, count === 0 ? "is missing" : `is there ${count} times`);
  }
  for (const { number, tests } of rows) {
    if (!page.numbers.includes(number)) fault(number, "is not a number of this page");
    for (const item of tests.split("<br>").map((text) => text.trim())) {
      const message = later.test(item) ? undefined : judge(item, page.path, readTest);
      if (message !== undefined) fault(number, message);
    }
  }
  return faults;
}

function judge(item: string, pagePath: string, readTest: ReadTest): string | undefined {
  const [, target, quoted] = link.exec(item) ?? [];
  if (target === undefined || quoted === undefined) {
    return `reads ${JSON.stringify(item)}; write [file](file) "test name", or later: and what it waits for`;
  }
  const path = new URL(target, `file:///${pagePath}`).pathname.slice(1);
  const source = readTest(path);
  if (source === undefined) return `leads to ${path}, which is not there`;
  const name = quoted.replace(/\\(.)/g, "$1");
  return textsOf(source, path).some((text) => text.includes(name))
    ? undefined
    : `no test in ${path} is called "${name}"`;
}

function rowsOf(page: string): { number: string; tests: string }[] {
  return page.split("\n").flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"));
    const [number = "", tests = ""] = [cells.at(0), cells.at(-1)];
    return /^G?\d+$/.test(number) ? [{ number, tests }] : [];
  });
}

/** The string literals and templates of a source file, templates as they are written. */
function textsOf(source: string, path: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.push(node.text);
    else if (ts.isTemplateExpression(node)) texts.push(node.getText().slice(1, -1));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true));
  return texts;
}

if (import.meta.main) {
  const count = (first: number, last: number, prefix = "") =>
    Array.from({ length: last - first + 1 }, (_, index) => `${prefix}${first + index}`);
  const pages = [
    { path: "tests/PARITY.md", numbers: count(1, 131) },
    { path: "tests/GUARANTEES.md", numbers: count(0, 25, "G") },
  ];
  const readTest: ReadTest = (path) => {
    try {
      return Deno.readTextFileSync(new URL(path, root));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  };
  const faults: string[] = [];
  for (const page of pages) {
    faults.push(...checkLinks({ ...page, text: await readFile(new URL(page.path, root), "utf8") }, readTest));
  }
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
}
