import type { Entry, Head } from "../../src/contract/entry.ts";
import { fnv1a } from "../../src/runtime/fnv1a.ts";

/** What `meta.json` says of an entry: all but the body, and the name of the file that holds it. */
export interface Meta extends Head, Pick<Entry, "form" | "checksum"> {
  readonly key: string;
  /** The file of the body, in the same folder. */
  readonly file: string;
  /** How many bytes that file has. */
  readonly bytes: number;
}

/** Names a body's file may have; nothing in `meta.json` can lead elsewhere. */
export const BODY_FILE = /^value(-[a-z0-9]{8})?\.(bin|json|txt)$/;

/** The ending of a body's file: what a person would open it with. */
export function endingOf(entry: Pick<Entry, "body" | "form">): string {
  if (typeof entry.body !== "string") return ".bin";
  return /\bjson\b/.test(entry.form) ? ".json" : ".txt";
}

/** Stands before the checksum, which covers all that stands before it. */
const CHECK = ',\n  "check": ';

/** The text of a `meta.json`, with instants also as a person reads them. */
export function renderMeta(meta: Meta): Uint8Array {
  const text = JSON.stringify(
    {
      key: meta.key,
      label: meta.label,
      file: meta.file,
      bytes: meta.bytes,
      form: meta.form,
      checksum: meta.checksum,
      size: written(meta.size),
      cost: written(meta.cost),
      tags: meta.tags,
      storedAt: written(meta.storedAt),
      freshUntil: written(meta.freshUntil),
      goneAt: written(meta.goneAt),
      readable: { storedAt: day(meta.storedAt), freshUntil: day(meta.freshUntil), goneAt: day(meta.goneAt) },
    },
    null,
    2,
  );
  const encoder = new TextEncoder();
  const covered = encoder.encode(text.slice(0, -2));
  const rest = encoder.encode(`${CHECK}${fnv1a(covered)}\n}\n`);
  const whole = new Uint8Array(covered.length + rest.length);
  whole.set(covered);
  whole.set(rest, covered.length);
  return whole;
}

/** What a `meta.json` says, or `undefined` when it is torn, damaged or of another make. */
export function parseMeta(bytes: Uint8Array): Meta | undefined {
  const text = new TextDecoder().decode(bytes);
  const tail = /,\n {2}"check": (\d+)\n\}\n$/.exec(text);
  if (tail === null || fnv1a(bytes, bytes.length - tail[0].length) !== Number(tail[1])) return undefined;
  let found: Record<string, unknown>;
  try {
    found = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { key, label, file, bytes: length, form, checksum, tags } = found;
  if (typeof key !== "string" || typeof label !== "string" || typeof form !== "string") return undefined;
  if (typeof file !== "string" || !BODY_FILE.test(file)) return undefined;
  if (typeof checksum !== "number" || typeof length !== "number" || !Number.isSafeInteger(length) || length < 0) {
    return undefined;
  }
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === "string")) return undefined;
  return {
    key,
    label,
    file,
    bytes: length,
    form,
    checksum,
    size: Number(found.size),
    cost: Number(found.cost),
    tags,
    storedAt: Number(found.storedAt),
    freshUntil: Number(found.freshUntil),
    goneAt: Number(found.goneAt),
  };
}

/** A number as JSON can hold it: infinity as its name. */
function written(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function day(instant: number): string {
  if (instant === Infinity) return "never";
  return Math.abs(instant) <= 8.64e15 ? new Date(instant).toISOString() : String(instant);
}
