import { joinSegments } from "../../../src/codec/segments.ts";
import { toUtf8 } from "../../../src/codec/utf8.ts";
import type { Body } from "../../../src/contract/entry.ts";

/** A body that somebody made up. */
export interface HostileBody {
  /** What is hostile about it, and the published advisory whose attack it is, as it would be on our forms. */
  readonly name: string;
  readonly form: string;
  readonly body: Body;
  /** Whether it is to be refused, to be read as data that harms nobody, or either, where runtimes differ. */
  readonly ends: "refused" | "read" | "either";
}

/** Bodies by what is hostile about them, with forms of their own where these differ. */
export type Bodies = Readonly<Record<string, Body | readonly [form: string, body: Body]>>;

type Rows = (form: string, bodies: Bodies) => HostileBody[];

const rows = (ends: HostileBody["ends"]): Rows => (form, bodies) =>
  Object.entries(bodies).map(([name, body]) => {
    const [own, content] = typeof body === "string" || body instanceof Uint8Array ? [form, body] : body;
    return { name, form: own, body: content, ends };
  });

/** Bodies that are to be refused. */
export const refused: Rows = rows("refused");
/** Bodies that are to be read as data that harms nobody. */
export const read: Rows = rows("read");
/** Bodies that some runtimes refuse and others read as data that harms nobody. */
export const either: Rows = rows("either");

/** Bodies that differ in one thing. */
export function each<T>(
  things: readonly T[],
  body: (thing: T) => readonly [name: string, body: Bodies[string]],
): Bodies {
  return Object.fromEntries(things.map(body));
}

/** The largest body that is read in these tests, in bytes. */
export const MAX_BYTES: number = 4 * 1024 * 1024;

/** More levels than any stack has room for. */
export const DEEP: number = 200_000;

/** Brackets in brackets. */
export function nest(open: string, levels: number, close: string, inner = ""): string {
  return open.repeat(levels) + inner + close.repeat(levels);
}

/** So many of what is made for each place in a list. */
export function listOf<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** The text of a graph. */
export function graph(root: unknown, nodes: unknown, leaves: unknown = { json: [] }): string {
  return JSON.stringify({ root, nodes, leaves, segments: [] });
}

/** The text of a graph of one node. */
export function node(...parts: readonly unknown[]): string {
  return graph([0], [parts]);
}

/** Form and body of a graph with segments. */
export function binary(segments: unknown, nodes: unknown, ...parts: readonly Uint8Array[]): [string, Uint8Array] {
  const text = toUtf8(JSON.stringify({ root: [0], nodes, leaves: { json: [] }, segments }));
  return [`1:super:${text.byteLength}`, joinSegments(text, parts)];
}

/** Form and body of what has a head: a Response or a flow. */
export function headed(kind: "response" | "flow"): (head: unknown, rest?: string) => [string, Uint8Array] {
  return (head, rest = "") => {
    const text = typeof head === "string" ? head : JSON.stringify(head);
    return [`1:${kind}:${toUtf8(text).byteLength}`, toUtf8(text + rest)];
  };
}
