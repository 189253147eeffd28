/**
 * An entry as storages at the edge take it: bytes, and beside them a short row that says what they are.
 *
 * There is little room beside the bytes (1,024 bytes in Workers KV). Tags and label, which may be long, stand before the
 * body where they do not fit.
 */
import type { Body, Entry, Head, Listed } from "../../src/contract/entry.ts";
import { packBody, type PackedBody, unpackBody } from "../packed_body.ts";

/** What is known of an entry besides its body, and how to read its bytes. */
export interface RecordHead extends Head {
  readonly form: string;
  readonly checksum: number;
  readonly kind: PackedBody["kind"];
  /** How many bytes before the body are tags and label. */
  readonly before: number;
}

/** A head as JSON can spell it, `null` for `Infinity`. */
export type Row = readonly unknown[];

/** An entry as it is kept. */
export interface EntryRecord {
  /** What stands beside the bytes. */
  readonly row: Row;
  /** The same with all tags and the label, whatever room that takes. */
  readonly whole: Row;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The most characters that a row takes as JSON of printable ASCII. */
const ROOM = 1_000;

/** The record of an entry: bytes of its own, whatever becomes of the body. */
export function recordOf(entry: Entry<Body>): EntryRecord {
  const { kind, bytes } = packBody(entry.body);
  const { tags, label } = entry;
  const whole = rowOf(entry, kind, 0, tags, label);
  if (asciiJson(whole).length <= ROOM) return { row: whole, whole, bytes: bytes as Uint8Array<ArrayBuffer> };
  const before = new TextEncoder().encode(JSON.stringify([tags, label]));
  const both = new Uint8Array(before.byteLength + bytes.byteLength);
  both.set(before);
  both.set(bytes, before.byteLength);
  return { row: rowOf(entry, kind, before.byteLength, [], ""), whole, bytes: both };
}

/** A row as text for where nothing but printable ASCII is taken, such as a header. */
export function asciiJson(row: Row): string {
  return JSON.stringify(row).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The head in a row, all of it where tags and label are not before the body; `undefined` for anything else. */
export function headOf(row: unknown): RecordHead | undefined {
  if (!Array.isArray(row) || row.length !== 12 || row[0] !== 1) return undefined;
  const [, kind, form, label, tags, ...numbers] = row as [
    1,
    RecordHead["kind"],
    string,
    string,
    string[],
    ...unknown[],
  ];
  const [checksum, before, storedAt, freshUntil, goneAt, cost, size] = numbers.map((one) => one ?? Infinity) as [
    ...[number, number, number, number, number, number, number],
  ];
  return { kind, form, label, tags, checksum, before, storedAt, freshUntil, goneAt, cost, size };
}

/** The head with the tags and the label that stand before the body, if they do. */
function completed(head: RecordHead, bytes: Uint8Array): RecordHead | undefined {
  if (head.before === 0) return head;
  try {
    const [tags, label] = JSON.parse(new TextDecoder().decode(bytes.subarray(0, head.before))) as [string[], string];
    return { ...head, tags, label, before: 0 };
  } catch {
    return undefined;
  }
}

/** The entry of a record; `undefined` for anything else. */
export function entryOf(row: unknown, bytes: Uint8Array): Entry<Body> | undefined {
  const beside = headOf(row);
  const head = beside && completed(beside, bytes);
  if (head === undefined) return undefined;
  const { kind, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label } = head;
  const body = unpackBody({ kind, bytes: bytes.subarray(beside!.before) });
  return { body, form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label };
}

/** What a listing shows of a head, of which nobody noted a use. */
export function listedOf(key: string, head: Head & Pick<Entry, "form">): Listed {
  const { form, storedAt, freshUntil, goneAt, cost, size, tags, label } = head;
  return { key, form, storedAt, freshUntil, goneAt, cost, size, tags, label, accessedAt: storedAt, hits: 0 };
}

/** More than any clock of one of the cache's processes is off, in seconds. */
const MARGIN = 300;

/**
 * How long a storage should keep an entry at least, in seconds; `Infinity` for as long as it can.
 *
 * By the span and not by the present, because the cache's clock may be another one than the storage's.
 */
export function keepFor({ storedAt, goneAt }: Head): number {
  return Math.max(60, Math.ceil((goneAt - storedAt) / 1000) + MARGIN);
}

function rowOf(
  { form, checksum, storedAt, freshUntil, goneAt, cost, size }: Entry<Body>,
  kind: PackedBody["kind"],
  before: number,
  tags: readonly string[],
  label: string,
): Row {
  const row = [1, kind, form, label, tags, checksum, before, storedAt, freshUntil, goneAt, cost, size];
  return row.map((one) => one === Infinity ? null : one);
}
