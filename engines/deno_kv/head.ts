import type { Access, Entry, Head } from "../../src/contract/entry.ts";
import type { BodyKind, PackedBody } from "../packed_body.ts";

/** Consecutive chunks of a generation that hold a body. */
export interface Stretch {
  readonly generation: string;
  readonly first: number;
  readonly count: number;
}

/** All that is kept of an entry besides its body. */
export interface StoredHead extends Head, Access {
  readonly form: string;
  readonly checksum: number;
  readonly kind: BodyKind;
  /** How many bytes the body has. */
  readonly length: number;
  /** Where its chunks are, if it has any. */
  readonly stretch: Stretch | undefined;
}

/** What is kept of an entry that has just been stored. */
export function headOf(entry: Entry, { kind, bytes }: PackedBody, stretch: Stretch | undefined): StoredHead {
  const { storedAt, freshUntil, goneAt, cost, size, tags, label, form, checksum } = entry;
  const head = { storedAt, freshUntil, goneAt, cost, size, tags, label, form, checksum };
  return { ...head, kind, length: bytes.length, stretch, accessedAt: storedAt, hits: 0 };
}

/**
 * A head as its record: JSON, in which lone surrogates are safe and `null` stands for `Infinity`.
 *
 * Why: values of Deno KV that are not bytes are written by V8, and JavaScriptCore, which Bun has, cannot read them.
 */
export function encodeHead(head: StoredHead): Uint8Array {
  const { storedAt, freshUntil, goneAt, cost, size, accessedAt, hits, checksum, length } = head;
  const numbers = [storedAt, freshUntil, goneAt, cost, size, accessedAt, hits, checksum, length];
  const { form, kind, label, tags, stretch } = head;
  return encodeRecord([
    numbers,
    form,
    kind,
    label,
    tags,
    stretch && [stretch.generation, stretch.first, stretch.count],
  ]);
}

/** The head in a record, or `undefined` where there is none or it cannot be read. */
export function decodeHead(value: unknown): StoredHead | undefined {
  const record = decodeRecord(value) as [(number | null)[], string, BodyKind, string, string[], unknown] | undefined;
  if (!Array.isArray(record) || !Array.isArray(record[0]) || !Array.isArray(record[4])) return undefined;
  const [numbers, form, kind, label, tags, stretch] = record;
  const read = numbers.map((number) => number ?? Infinity);
  const whole = read.length === 9 && read.every((number) => typeof number === "number") &&
    (kind === "text" || kind === "units" || kind === "bytes");
  if (!whole) return undefined;
  const [storedAt, freshUntil, goneAt, cost, size, accessedAt, hits, checksum, length] = read as [
    ...[number, number, number, number, number, number, number, number, number],
  ];
  const times = { storedAt, freshUntil, goneAt, accessedAt };
  return { ...times, cost, size, hits, checksum, length, form, kind, label, tags, stretch: stretchFrom(stretch) };
}

/** A stretch from JSON. */
export function stretchFrom(json: unknown): Stretch | undefined {
  if (!Array.isArray(json)) return undefined;
  const [generation, first, count] = json as [string, number, number];
  return { generation, first, count };
}

/** Something as the JSON bytes of a record. */
export function encodeRecord(record: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}

/** What is in a record of JSON, or `undefined` where it cannot be read. */
export function decodeRecord(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch {
    return undefined;
  }
}
