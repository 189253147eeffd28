/**
 * Results that flow, generators and streams, as plain data and back.
 *
 * They give what they hold only once, so what they gave is kept, and everybody gets one of their own, of the same kind: a
 * generator for any iterator, since that is what an iterator is to whoever reads it.
 */
import type { Part } from "../contract/codec.ts";
import { damaged } from "./damage.ts";
import { type FlowKind, type Outlet, outletOf } from "./outlet.ts";

/** What a whole flow gave. */
export interface FlowCopy {
  readonly kind: FlowKind;
  /** In order. */
  readonly chunks: readonly unknown[];
  /** What the generator returned; `undefined` for a stream. */
  readonly returned: unknown;
}

/** What a whole flow gave, each chunk in the form in which it is kept. */
export interface SealedFlow {
  readonly kind: FlowKind;
  readonly parts: readonly Part[];
  /** Absent where there is nothing, as after a stream. */
  readonly returned: Part | undefined;
}

/** Those that were made here of a whole flow and of which nothing was read yet, and how one more is made. */
const wholes = new WeakMap<object, { readonly whole?: FlowCopy | SealedFlow; readonly another: () => object }>();

/** What every iterator and every async iterator of the language inherits from. */
const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object;
const asyncIterators = Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype)) as object;

/** All that an iterator may have of its own if nothing of it is lost in a generator. */
const members: ReadonlySet<PropertyKey> = new Set<PropertyKey>([
  "next",
  "return",
  "throw",
  Symbol.iterator,
  Symbol.asyncIterator,
  Symbol.toStringTag,
  Symbol.dispose,
  Symbol.asyncDispose,
]);

/** What kind of flow a value is; `undefined` for any other value, and for one that cannot be read from its beginning or that is more than that. */
export function flowKindOf(value: unknown): FlowKind | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    const { next, getReader } = value as { next?: unknown; getReader?: unknown };
    if (typeof getReader === "function") return kindOfStream(value);
    return typeof next === "function" ? kindOfIterator(value) : undefined;
  } catch {
    return undefined;
  }
}

function kindOfIterator(value: object): FlowKind | undefined {
  if (!Reflect.ownKeys(value).every((name) => members.has(name))) return undefined;
  if (Object.prototype.isPrototypeOf.call(asyncIterators, value)) return "async-generator";
  if (Object.prototype.isPrototypeOf.call(iterators, value)) return "generator";
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: later } = value as Partial<
    Iterable<unknown> & AsyncIterable<unknown>
  >;
  if (typeof later === "function") return later.call(value) as unknown === value ? "async-generator" : undefined;
  return typeof sync === "function" && sync.call(value) as unknown === value ? "generator" : undefined;
}

function kindOfStream(value: object): FlowKind | undefined {
  const Stream = globalThis.ReadableStream;
  if (typeof Stream !== "function" || Object.getPrototypeOf(value) !== Stream.prototype) return undefined;
  const stream = value as ReadableStream;
  return stream.locked ? undefined : isByteStream(stream) ? "byte-stream" : "stream";
}

/** Whether a stream lets its readers bring their own memory, which only one of bytes does. */
export function isByteStream(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

/** A flow for one reader. */
export function flowFrom(kind: FlowKind, outlet: Outlet): object {
  return outletOf(kind, outlet, (flow) => wholes.delete(flow));
}

/** The flow of a copy, for one reader. */
export function flowOf(copy: FlowCopy): object {
  const { kind, chunks, returned } = copy;
  const flow = flowFrom(kind, over(chunks.length, (at) => chunks[at], () => returned));
  wholes.set(flow, { whole: copy, another: () => flowOf(copy) });
  return flow;
}

/** The flow of a copy whose chunks are sealed, for one reader, who gets each of them anew. */
export function flowOfSealed(copy: SealedFlow, open: (part: Part) => unknown): object {
  const { kind, parts, returned } = copy;
  const flow = flowFrom(kind, over(parts.length, (at) => open(parts[at]!), () => returned && open(returned)));
  wholes.set(flow, { whole: copy, another: () => flowOfSealed(copy, open) });
  return flow;
}

function over(length: number, chunk: (at: number) => unknown, returned: () => unknown): Outlet {
  let at = 0;
  return {
    next: () => at < length ? { done: false, value: chunk(at++) } : { done: true, value: returned() },
    leave: () => {},
  };
}

/** All that a flow will give, where that is known because it was made here and nothing of it was read. */
export function wholeOf(value: unknown): FlowCopy | SealedFlow | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const known = wholes.get(value);
  return known === undefined || (value as Partial<ReadableStream>).locked ? undefined : known.whole;
}

/** Notes how one more is made of a flow that was made elsewhere. */
export function remake(value: object, another: () => object): void {
  wholes.set(value, { another });
}

/** What is shown to somebody who may read it: of a whole flow one more, any other value itself. */
export function anotherOf(value: unknown): unknown {
  return typeof value === "object" && value !== null ? wholes.get(value)?.another() ?? value : value;
}

/** A whole flow with its chunks in the form in which they are kept. Throws a `SerializationError` for one that cannot be kept. */
export function sealedFlow(whole: FlowCopy | SealedFlow, seal: (chunk: unknown) => Part): SealedFlow {
  if ("parts" in whole) return whole;
  const { kind, chunks, returned } = whole;
  return { kind, parts: chunks.map(seal), returned: returned === undefined ? undefined : seal(returned) };
}

/** A whole flow with its chunks as its readers get them, each time anew where they are sealed. */
export function openedFlow(whole: FlowCopy | SealedFlow, open: (part: Part) => unknown): FlowCopy {
  if ("chunks" in whole) return whole;
  const { kind, parts, returned } = whole;
  const chunks = parts.map(open);
  if (kind === "byte-stream" && !chunks.every((chunk) => chunk instanceof Uint8Array)) {
    throw damaged("a stream of bytes holds something else");
  }
  return { kind, chunks, returned: returned === undefined ? undefined : open(returned) };
}
