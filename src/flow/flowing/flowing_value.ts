import { flowFrom, flowKindOf, flowOf, flowOfSealed, isByteStream, type SealedFlow } from "../../codec/flowing.ts";
import type { FlowKind, Outlet } from "../../codec/outlet.ts";
import {
  copyAtOnce,
  copyWith,
  faultOf,
  isResponse,
  LARGEST_BODY,
  responseOf,
  responseThrough,
} from "../../codec/response.ts";
import { type Part, RAW_BYTES } from "../../contract/codec.ts";
import type { CacheParts } from "../cache_parts.ts";
import { goesIntoSegments, type Segmentable } from "./flow_segments.ts";
import { type ChunkForm, holdBodyChunk, holdChunk } from "./hold.ts";
import { joinBytes } from "./join_bytes.ts";
import { type Source, sourceOf } from "./source.ts";
import type { Held, Kept } from "./backlog.ts";

/** A result that flows: where it comes from, and how more of its kind are made. */
export interface FlowingValue extends Segmentable {
  /** Up to how many bytes are read before anybody asks for them. */
  readonly ahead: number;
  /** Begins to read it. */
  source(): Source;
  /** Holds a chunk for later readers. Throws for one that cannot be kept. */
  hold(chunk: unknown): Held;
  /** One for one more caller. */
  through(outlet: Outlet): object;
  /** One that gives all chunks that were kept in memory. */
  whole(kept: Kept & { readonly returned: unknown }): object;
}

/** As much of a body as a network would hold for its reader. What is no longer than that is kept even if nobody reads it. */
const AHEAD = 1024 * 1024;

/** The longest flow that is kept where the store has no bounds of its own, in bytes. */
const LONGEST = 1024 * 1024 * 1024;

/** How many bytes of a flow of a kind can be kept. */
export function largestFlow(parts: CacheParts, kind: FlowKind): number {
  const { bounds, engine } = parts;
  const most = goesIntoSegments(parts, kind) ? LONGEST : Math.min(LARGEST_BODY, engine.limits.bodyBytes);
  return Math.min(bounds.maxBytes, most);
}

/** A value as one that flows, if it does. */
export function flowingValue(value: unknown, parts: CacheParts): FlowingValue | undefined {
  if (isResponse(value)) return flowingResponse(value, largestFlow(parts, "byte-stream"));
  const kind = flowKindOf(value);
  return kind === undefined ? undefined : {
    kind,
    ahead: 0,
    source: () => sourceOf(value as object, kind),
    hold: (chunk) => holdChunk(chunk, kind, parts),
    through: (outlet) => flowFrom(kind, outlet),
    whole: (kept) => wholeFlow(kind, kept, parts),
    part: (kept) => kept as Part,
  };
}

function wholeFlow(
  kind: FlowKind,
  { chunks, returned }: Pick<Kept, "chunks"> & { readonly returned: unknown },
  { codec }: ChunkForm,
): object {
  if (codec === undefined) return flowOf({ kind, chunks, returned });
  return flowOfSealed({ kind, parts: chunks, returned } as SealedFlow, (part) => codec.openPart(part));
}

/** A `Response` that can be kept and whose body has yet to be read. Those of libraries may have another kind of stream. */
function flowingResponse(response: Response, limit: number): FlowingValue | undefined {
  try {
    if (faultOf(response, limit) !== undefined || copyAtOnce(response) !== undefined) return undefined;
    const { body } = response;
    if (typeof body?.getReader !== "function") return undefined;
    const kind = isByteStream(body) ? "byte-stream" : "stream";
    // What a caller does to the headers of one must reach no other.
    const head = copyWith(response, null);
    return {
      kind,
      ahead: AHEAD,
      source: () => sourceOf(body, kind),
      hold: holdBodyChunk,
      through: (outlet) => responseThrough(head, flowFrom(kind, outlet) as ReadableStream),
      whole: ({ chunks }) => responseOf({ ...head, body: joinBytes(chunks as readonly Uint8Array[]) }),
      part: (kept) => ({ body: kept as Uint8Array, form: RAW_BYTES, size: (kept as Uint8Array).byteLength }),
    };
  } catch {
    // Keeping it runs into the same and tells.
    return undefined;
  }
}
