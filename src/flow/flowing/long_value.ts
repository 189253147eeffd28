import { flowFrom, flowOf, openedFlow, remake, wholeOf } from "../../codec/flowing.ts";
import type { FlowKind, Outlet } from "../../codec/outlet.ts";
import { copyAtOnce, isResponse, responseThrough } from "../../codec/response.ts";
import type { Part } from "../../contract/codec.ts";
import { chain, isPromiseLike, type MaybePromise } from "../../contract/maybe_promise.ts";
import type { Before, Segments } from "./segments.ts";

/** A flow that begins in segments: these, and the rest as a value of its own. */
export interface Long {
  readonly before: Before;
  readonly rest: object;
}

const longs = new WeakMap<object, Long>();

/** What a value that begins in segments is made of; `undefined` for any other. */
export function longOf(value: unknown): Long | undefined {
  return typeof value === "object" && value !== null ? longs.get(value) : undefined;
}

/**
 * A flow, or a `Response`, that begins in segments. They are read one after another as its reader comes to them.
 *
 * @param open Opens a chunk of the rest.
 * @param first The chunks of the first segment, if they were read.
 */
export function longValue(
  segments: Segments,
  before: Before,
  rest: object,
  open: (part: Part) => unknown,
  first?: readonly unknown[],
): object {
  const { kind, chunks, returned } = restOf(rest, open);
  const outlet = outletOver(segments, before, chunks, returned, first);
  const value = isResponse(rest)
    ? responseThrough(copyAtOnce(rest)!, flowFrom(kind, outlet) as ReadableStream)
    : flowFrom(kind, outlet);
  longs.set(value, { before, rest });
  remake(value, () => longValue(segments, before, rest, open));
  return value;
}

/**
 * The value of an entry that begins in segments. Throws a `SerializationError` when the first of them is not there.
 *
 * A generator that is not asynchronous cannot wait for them, so they are read first.
 */
export function openLong(segments: Segments, before: Before, rest: object): MaybePromise<object> {
  const open = (): never => {
    throw new TypeError("its chunks are open");
  };
  const { kind, chunks, returned } = restOf(rest, open);
  const first = segments.read(before.id, 0);
  if (kind !== "generator" || !isPromiseLike(first)) {
    return chain(first, (first) => longValue(segments, before, rest, open, first));
  }
  return first.then(async (first) => {
    const all = [...first];
    for (let at = 1; at < before.segments; at++) all.push(...await segments.read(before.id, at));
    return flowOf({ kind, chunks: [...all, ...chunks], returned });
  });
}

function restOf(rest: object, open: (part: Part) => unknown): {
  readonly kind: FlowKind;
  readonly chunks: readonly unknown[];
  readonly returned: unknown;
} {
  if (!isResponse(rest)) return openedFlow(wholeOf(rest)!, open);
  return { kind: "byte-stream", chunks: [copyAtOnce(rest)!.body!], returned: undefined };
}

function outletOver(
  segments: Segments,
  { id, segments: count }: Before,
  rest: readonly unknown[],
  returned: unknown,
  first: readonly unknown[] | undefined,
): Outlet {
  let chunks = first ?? [];
  let [segment, at] = [first === undefined ? 0 : 1, 0];
  const begin = first === undefined ? () => segments.need(id) : segments.give(id);
  let over: (() => void) | undefined;
  const next = (): MaybePromise<IteratorResult<unknown, unknown>> => {
    over ??= begin();
    if (at < chunks.length) return { done: false, value: chunks[at++] };
    if (segment > count) {
      over();
      return { done: true, value: returned };
    }
    at = 0;
    if (segment++ === count) {
      chunks = rest;
      return next();
    }
    return chain(segments.read(id, segment - 1), (read) => {
      chunks = read;
      return next();
    });
  };
  return { next, leave: () => (over ??= begin())() };
}
