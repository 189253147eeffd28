import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readDeclarations } from "./read_declarations.ts";
import { readMarkdown } from "./read_markdown.ts";
import { termsIn, type TermsOf } from "./terms_in.ts";

/** A file with documentation, as it is listed without opening it. */
export interface PageFile {
  /** The path below the folder of packages, written with `/`. */
  readonly path: string;
  readonly modifiedAt: number;
  readonly size: number;
}

/**
 * What is known of a file once it has been read: its sections and how often each term occurs in them.
 *
 * Why: 20,000 small objects take longer to bring back than a few columns of numbers and two long texts.
 */
export interface Page {
  readonly path: string;
  readonly size: number;
  /** The digest of the text, by which copies of a file are known. */
  readonly digest: string;
  /** The titles of the sections, one a line. */
  readonly titles: string;
  /** For each section the line it is at, from 1, and the bytes of the file in which it begins and, not included, ends. */
  readonly places: Uint32Array;
  /** The terms of the page, one a line. */
  readonly terms: string;
  /** Where the terms of each section begin in `termIds` and `counts`, and after the last one where they end. */
  readonly starts: Uint32Array;
  readonly termIds: Uint32Array;
  readonly counts: Uint16Array;
}

/** A term in a title counts as often as this in the text. */
const TITLE_WEIGHT = 5;

/** Divides a text into sections and counts their terms. */
export function readPage(file: PageFile, text: string, termsOf: TermsOf): Page {
  const name = file.path.slice(0, file.path.lastIndexOf("/"));
  const sections = /\.[cm]?ts$/.test(file.path) ? readDeclarations(text) : readMarkdown(text, name);
  const offsets = lineOffsets(text);
  const ids = new Map<string, number>();
  const starts = [0];
  const termIds: number[] = [];
  const counts: number[] = [];
  for (const section of sections) {
    const inSection = new Map<string, number>();
    const add = (words: string, weight: number) => {
      for (const term of termsIn(words, termsOf)) inSection.set(term, (inSection.get(term) ?? 0) + weight);
    };
    add(section.text, 1);
    add(section.title, TITLE_WEIGHT);
    for (const [term, count] of inSection) {
      let id = ids.get(term);
      if (id === undefined) ids.set(term, id = ids.size);
      termIds.push(id);
      counts.push(count);
    }
    starts.push(termIds.length);
  }
  return {
    path: file.path,
    size: file.size,
    digest: createHash("sha256").update(text).digest("hex"),
    titles: sections.map(({ title }) => title).join("\n"),
    places: Uint32Array.from(sections.flatMap(({ line, from, to }) => [line, offsets[from - 1]!, offsets[to]!])),
    terms: [...ids.keys()].join("\n"),
    starts: Uint32Array.from(starts),
    termIds: Uint32Array.from(termIds),
    counts: Uint16Array.from(counts, (count) => Math.min(count, 0xffff)),
  };
}

/** The byte at which each line begins, and after the last one the byte at which it ends. */
function lineOffsets(text: string): number[] {
  const offsets = [0];
  for (const line of text.split("\n")) offsets.push(offsets.at(-1)! + Buffer.byteLength(line) + 1);
  return offsets;
}
