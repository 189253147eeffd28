import { damaged } from "./damage.ts";
import { type Codec, type Part, RAW_BYTES, type Sealable, type Sealed, type Serializer } from "../contract/codec.ts";
import type { Body } from "../contract/entry.ts";
import { isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { decodeByUser, encodeByUser } from "./by_user.ts";
import { flowOf, openedFlow, type SealedFlow, sealedFlow, wholeOf } from "./flowing.ts";
import { copyTree } from "./copy_tree.ts";
import { encodingOf } from "./encoding_of.ts";
import type { Graph } from "./graph.ts";
import { readGraph } from "./graph_reader.ts";
import { writeGraph } from "./graph_writer.ts";
import { asRefusal } from "./refusal.ts";
import { isResponse, type ResponseCopy, responseCopy, responseOf, sizeOf } from "./response.ts";

/** How a cloner works. */
export interface ClonerOptions {
  /** The user's own encoding, for all values. */
  readonly serializer?: Serializer | undefined;
  /** Whether both directions have to answer at once. */
  readonly sync?: boolean | undefined;
}

const TREE = "clone:tree";
const GRAPH = "clone:graph";
const FLOW = "clone:flow";
const RESPONSE = "clone:response";

/**
 * A codec for values that stay in memory and of which everybody is given a copy of his own: keeps and refuses what the codec of
 * bodies does, but its bodies are plain data that structured clones keep, no text or bytes.
 *
 * Why it stands beside that one: a cache in memory is what most bundles are made for, and needs no bytes.
 */
export function createCloner(options: ClonerOptions = {}): Codec {
  const { serializer, sync = false } = options;

  function sealPart(chunk: unknown): Part {
    if (serializer !== undefined) {
      const { body, form } = encodeByUser(chunk, serializer);
      // The encoding may use its memory again.
      const own = typeof body === "string" ? body : body.slice();
      return { body: own, form, size: own.length };
    }
    if (encodingOf(chunk) !== "super") {
      const body = asBody(copyTree(chunk));
      return { body, form: TREE, size: weightOfTree(body) };
    }
    const { root, nodes, leaves, segments } = writeGraph(chunk);
    const own: Graph = { root, nodes, leaves: leaves.map(held), segments: segments.map((segment) => segment.slice()) };
    return { body: asBody(own), form: GRAPH, size: weightOf(own) };
  }

  function openPart({ body, form }: Part): unknown {
    if (form === RAW_BYTES) return new Uint8Array(body as Uint8Array);
    if (form === TREE) return copyTree(body);
    if (form !== GRAPH) return decodeByUser(body, serializer);
    const { root, nodes, leaves, segments } = body as unknown as Graph;
    return readGraph({
      root,
      nodes,
      leaves: leaves.map(handed),
      segments: segments.map((segment) => segment.slice().buffer as ArrayBuffer),
    });
  }

  function sealFlow(flow: SealedFlow): Sealed {
    const parts = flow.returned === undefined ? flow.parts : [...flow.parts, flow.returned];
    return { body: asBody(flow), form: FLOW, checksum: 0, size: parts.reduce((sum, { size }) => sum + size, 0) };
  }

  function sealResponse(response: Response): MaybePromise<Sealed> {
    const seal = (copy: ResponseCopy): Sealed => ({
      body: asBody(copy),
      form: RESPONSE,
      checksum: 0,
      size: sizeOf(copy),
    });
    const copy = responseCopy(response, sync);
    if (!isPromiseLike(copy)) return seal(copy);
    return copy.then(seal).catch((error) => {
      throw asRefusal(error);
    });
  }

  function seal(value: unknown): MaybePromise<Sealed> {
    const whole = wholeOf(value);
    if (whole !== undefined) return sealFlow(sealedFlow(whole, sealPart));
    if (serializer === undefined && isResponse(value)) return sealResponse(value);
    return { ...sealPart(value), checksum: 0 };
  }

  function open({ body, form }: Sealable): unknown {
    switch (form) {
      case FLOW:
        return flowOf(openedFlow(body as SealedFlow, openPart));
      case RESPONSE:
        return responseOf(body as ResponseCopy);
      default:
        if (form !== TREE && form !== GRAPH && !form.startsWith("1:user:")) throw damaged("it was not made in memory");
        return openPart({ body: body as Body, form, size: 0 });
    }
  }

  return { seal, open, sealPart, openPart };
}

/** In memory a body may be anything. */
function asBody(content: unknown): Body {
  return content as unknown as Body;
}

/** A leaf that nobody else has, in a form that structured clones keep. */
function held(leaf: unknown): unknown {
  return typeof URL === "function" && leaf instanceof URL ? [leaf.href] : handed(leaf);
}

function handed(leaf: unknown): unknown {
  if (leaf instanceof Date) return new Date(leaf.getTime());
  if (leaf instanceof RegExp) return new RegExp(leaf.source, leaf.flags);
  return Array.isArray(leaf) ? new URL(leaf[0] as string) : leaf;
}

/** The bytes that a tree has, about. */
function weightOfTree(value: unknown): number {
  if (typeof value !== "object" || value === null) return weightOfItem(value);
  let bytes = 8;
  if (value instanceof Map || value instanceof Set) {
    for (const item of value) bytes += weightOfTree(item);
    return bytes;
  }
  for (const [name, item] of Object.entries(value)) bytes += name.length + weightOfTree(item);
  return bytes;
}

/** The bytes that a graph has, about. */
function weightOf({ root, nodes, leaves, segments }: Graph): number {
  let bytes = 8 * leaves.length + weightOfItem(root);
  for (const node of nodes) for (const item of node) bytes += weightOfItem(item);
  for (const segment of segments) bytes += segment.byteLength;
  return bytes;
}

function weightOfItem(item: unknown): number {
  return typeof item === "string" ? item.length : 8;
}
