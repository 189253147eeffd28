import type { Body, Entry, Listed } from "../../src/contract/entry.ts";

/** Stands before the form of an entry whose body is elsewhere. No form begins with it. */
const MARK = ">";

/** An entry without its body, which says that the body is elsewhere. */
export function pointerTo(entry: Entry<Body>): Entry<Body> {
  return { ...entry, body: "", form: MARK + entry.form };
}

/** Whether the body is elsewhere. */
export function isPointer(entry: Pick<Entry, "form"> | undefined): boolean {
  return entry?.form.startsWith(MARK) === true;
}

/** An entry or a listed one with the form that it had. */
export function unmarked<T extends Pick<Entry, "form">>(entry: T): T {
  return isPointer(entry) ? { ...entry, form: entry.form.slice(MARK.length) } : entry;
}

/** A listing with the forms that the entries had. */
export function unmarkedListing(
  listed: Iterable<Listed> | AsyncIterable<Listed>,
): Iterable<Listed> | AsyncIterable<Listed> {
  return Symbol.iterator in listed ? unmarkedAll(listed) : unmarkedLater(listed);
}

/** The entry that a pointer stands for, if that is the one whose body was found. */
export function pointedAt(pointer: Entry<Body>, found: Entry<Body> | undefined): Entry<Body> | undefined {
  const entry = unmarked(pointer);
  if (found?.storedAt !== entry.storedAt || found.checksum !== entry.checksum || found.form !== entry.form) {
    return undefined;
  }
  return { ...entry, body: found.body };
}

/** How many bytes a body has, or one more than a limit if it has more than that. */
export function bytesOf(body: Body, limit: number): number {
  if (typeof body !== "string") return body.byteLength;
  if (body.length > limit) return limit + 1;
  // One unit of UTF-16 becomes three bytes at most.
  return body.length * 3 <= limit ? body.length : new TextEncoder().encode(body).byteLength;
}

function* unmarkedAll(listed: Iterable<Listed>): Generator<Listed> {
  for (const one of listed) yield unmarked(one);
}

async function* unmarkedLater(listed: AsyncIterable<Listed>): AsyncGenerator<Listed> {
  for await (const one of listed) yield unmarked(one);
}
