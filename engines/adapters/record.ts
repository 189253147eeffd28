/**
 * An entry as one text: `twat1 <checksum> <length of the head> <head as JSON><body>`. The checksum covers all that follows it.
 *
 * Why text: it is what every store of either ecosystem gives back as it was given. It is no JSON, so that unstorage leaves it
 * alone. A body of bytes is base64; so is text that has no UTF-8 or holds a NUL, which some databases cut.
 */
import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import { keepsAsText, textOf, unitsOf } from "../../src/runtime/code_units.ts";
import { fromBase64, toBase64 } from "../../src/runtime/base64.ts";

/** The body: text, bytes, or text as its UTF-16 code units. */
type Kind = "t" | "b" | "u";

/** Everything of a record but the body. */
interface Head extends Pick<Entry, "form" | "checksum">, Omit<Listed, "accessedAt" | "hits"> {
  readonly kind: Kind;
}

/** The text of an entry. */
export function recordOf(key: string, entry: Entry<Body>): string {
  const { body, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label } = entry;
  const kind: Kind = typeof body !== "string" ? "b" : keepsAsText(body) ? "t" : "u";
  const text = typeof body !== "string" ? toBase64(body) : kind === "t" ? body : toBase64(unitsOf(body));
  const fields = [key, kind, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label];
  const head = JSON.stringify(fields).replace(/[^ -~]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return sealed(`${head.length} ${head}${text}`);
}

/** The entry in what a store gave back; `undefined` unless it is, to the letter, the record of an entry under that key. */
export function entryFrom(found: unknown, key: string): Entry<Body> | undefined {
  const opened = headAndBody(found);
  if (opened === undefined || opened.head.key !== key) return undefined;
  const { kind, key: _, ...head } = opened.head;
  const body = bodyFrom(kind, opened.body);
  return body === undefined ? undefined : { ...head, body };
}

/** What a listing shows of the entry in what a store gave back. */
export function listedFrom(found: unknown): Listed | undefined {
  const opened = headAndBody(found);
  if (opened === undefined) return undefined;
  const { kind: _, checksum: __, ...head } = opened.head;
  return { ...head, accessedAt: head.storedAt, hits: 0 };
}

/** What a listing shows of an entry that was just stored. */
export function listedOf(key: string, entry: Entry<Body>): Listed {
  const { form, storedAt, freshUntil, goneAt, cost, size, tags, label } = entry;
  return { key, form, storedAt, freshUntil, goneAt, cost, size, tags, label, accessedAt: storedAt, hits: 0 };
}

/** Text behind a mark and its checksum. */
export function sealed(text: string): string {
  return `twat1 ${checksumOf(text, 0)} ${text}`;
}

/** The text that was sealed, from what a store gave back; `undefined` if that is anything else. */
export function unsealed(found: unknown): string | undefined {
  const text = typeof found === "string" ? found : found instanceof Uint8Array ? new TextDecoder().decode(found) : "";
  if (!text.startsWith("twat1 ") || text[14] !== " ") return undefined;
  return text.slice(6, 14) === checksumOf(text, 15) ? text.slice(15) : undefined;
}

function headAndBody(found: unknown): { readonly head: Head; readonly body: string } | undefined {
  const text = unsealed(found);
  if (text === undefined) return undefined;
  const space = text.indexOf(" ");
  const end = space + 1 + Number(text.slice(0, space));
  const head = headFrom(text.slice(space + 1, end));
  return head && { head, body: text.slice(end) };
}

/** The head, if that is what it is: whoever can write to the store can also make the checksum right. */
function headFrom(json: string): Head | undefined {
  try {
    const fields = JSON.parse(json) as unknown[];
    const [key, kind, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label] = fields;
    // JSON has no infinity and writes null.
    const numbers = { checksum, storedAt, freshUntil: freshUntil ?? Infinity, goneAt: goneAt ?? Infinity, cost, size };
    if (![key, kind, form, label].every((one) => typeof one === "string")) return undefined;
    if (!Object.values(numbers).every((one) => typeof one === "number")) return undefined;
    if (!Array.isArray(tags) || !tags.every((one) => typeof one === "string")) return undefined;
    return { key, kind, form, ...numbers, tags, label } as unknown as Head;
  } catch {
    return undefined;
  }
}

function bodyFrom(kind: Kind, text: string): Body | undefined {
  try {
    switch (kind) {
      case "t":
        return text;
      case "b":
        return fromBase64(text);
      case "u":
        return textOf(fromBase64(text));
    }
  } catch {
    return undefined;
  }
}

/** 32-bit FNV-1a (Fowler, Noll and Vo; draft-eastlake-fnv) over UTF-16 code units: a change of one always changes it. */
function checksumOf(text: string, start: number): string {
  let hash = 0x811c9dc5;
  for (let at = start; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
