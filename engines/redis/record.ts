/**
 * An entry as the server keeps it: a letter for the kind of its body, `storedAt`, a line feed, the rest of the head as JSON,
 * a line feed, and the body. The programs on the server put its epoch and a space before it.
 *
 * Why one value: a read is one command, and head and body never come from two writes.
 */
import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import { textOf as textFromUnits, unitsOf } from "../../src/runtime/code_units.ts";

/** The kinds of body: text as UTF-8, bytes, or text that has no UTF-8 as its UTF-16 code units, low byte first. */
const [TEXT, UNITS] = [116, 117];
type Kind = "t" | "b" | "u";

/** The head but for `storedAt`. JSON has no infinity and writes null. */
type Head = readonly [
  freshUntil: number | null,
  goneAt: number | null,
  cost: number,
  size: number,
  checksum: number,
  form: string,
  tags: readonly string[],
  label: string,
];

const LINE_FEED = 10;

/** `storedAt` as it stands in a record, where the server compares it. */
export function stampOf(storedAt: number): string {
  return String(storedAt);
}

/** The record of an entry: text where the whole of it is text, which clients send without a copy. */
export function recordOf(entry: Entry<Body>): string | Uint8Array {
  const { body } = entry;
  if (typeof body !== "string") return joined(headOf("b", entry), body);
  return isWellFormed(body) ? headOf("t", entry) + body : joined(headOf("u", entry), unitsOf(body));
}

/**
 * The entry of a record that was read as text; `undefined` when it is of another epoch or damaged, and `"bytes"` when its
 * body is not text, so that only its bytes tell.
 */
export function entryFromText(record: string, epoch: string): Entry<Body> | "bytes" | undefined {
  const start = epoch.length + 1;
  if (record[epoch.length] !== " " || !record.startsWith(epoch)) return undefined;
  if (record.charCodeAt(start) !== TEXT) return "bytes";
  const line = record.indexOf("\n", start);
  const end = record.indexOf("\n", line + 1) + 1;
  return entryOf(record.slice(start + 1, line), record.slice(line + 1, end), record.slice(end));
}

/** The entry of a record that was read as bytes; `undefined` when it is of another epoch or damaged. */
export function entryFromBytes(record: Uint8Array, epoch: string): Entry<Body> | undefined {
  const start = epoch.length + 1;
  const kind = record[start];
  if (kind === TEXT) return entryFromText(textOf(record), epoch) as Entry<Body> | undefined;
  const line = record.indexOf(LINE_FEED, start);
  const end = record.indexOf(LINE_FEED, line + 1) + 1;
  const head = textOf(record.subarray(0, end));
  if (!head.startsWith(`${epoch} `)) return undefined;
  // A copy of its own: clients give pieces of what came over the network, which several answers may share.
  const body = new Uint8Array(record.length - end);
  body.set(record.subarray(end));
  return entryOf(head.slice(start + 1, line), head.slice(line + 1), kind === UNITS ? textFromUnits(body) : body);
}

/** What a listing says of an entry, from the beginning of its record, behind the epoch. */
export function listedFrom(key: string, text: string): Listed | undefined {
  const line = text.indexOf("\n");
  const head = headFrom(text.slice(line + 1));
  if (head === undefined) return undefined;
  const storedAt = Number(text.slice(1, line));
  return {
    key,
    form: head[5],
    storedAt,
    freshUntil: head[0] ?? Infinity,
    goneAt: head[1] ?? Infinity,
    cost: head[2],
    size: head[3],
    tags: head[6],
    label: head[7],
    accessedAt: storedAt,
    hits: 0,
  };
}

function headOf(kind: Kind, entry: Entry<Body>): string {
  const { storedAt, freshUntil, goneAt, cost, size, checksum, form, tags, label } = entry;
  const rest = JSON.stringify([freshUntil, goneAt, cost, size, checksum, form, tags, label]);
  return `${kind}${stampOf(storedAt)}\n${rest}\n`;
}

function entryOf(storedAt: string, json: string, body: Body): Entry<Body> | undefined {
  const head = headFrom(json);
  if (head === undefined) return undefined;
  return {
    body,
    form: head[5],
    checksum: head[4],
    storedAt: Number(storedAt),
    freshUntil: head[0] ?? Infinity,
    goneAt: head[1] ?? Infinity,
    cost: head[2],
    size: head[3],
    tags: head[6],
    label: head[7],
  };
}

function headFrom(json: string): Head | undefined {
  try {
    const head = JSON.parse(json);
    return Array.isArray(head) && head.length === 8 ? head as unknown as Head : undefined;
  } catch {
    return undefined;
  }
}

function joined(head: string, body: Uint8Array): Uint8Array {
  const start = new TextEncoder().encode(head);
  const record = new Uint8Array(start.length + body.length);
  record.set(start);
  record.set(body, start.length);
  return record;
}

function isWellFormed(text: string): boolean {
  return (text as { isWellFormed?(): boolean }).isWellFormed?.() ?? !/\p{Cs}/u.test(text);
}

let decoder: TextDecoder | undefined;

function textOf(bytes: Uint8Array): string {
  return (decoder ??= new TextDecoder("utf-8", { ignoreBOM: true })).decode(bytes);
}
