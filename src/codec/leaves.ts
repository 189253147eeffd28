/**
 * The leaves of a graph, written and read by superjson: `Date`, `RegExp`, `URL`, `bigint`, `undefined`, `NaN`, infinities, `-0`.
 *
 * Why leaves only: superjson carries these exactly, but rebuilds a `Set` in another order when its members need it, walks
 * every path from the root, refuses some property names, overflows on deep values and drops what it does not know. So it is
 * given a flat list, and on reading nothing but what it would have written for one. Its default instance is not used, since
 * anybody may have registered classes there.
 */

import { damaged } from "./damage.ts";
import { SuperJSON } from "superjson";
import { SerializationError } from "../errors.ts";
import { MAX_DIGITS } from "./graph.ts";

/** A list of leaves as superjson writes it. */
export interface WrittenLeaves {
  readonly json: readonly (string | null)[];
  readonly meta?: unknown;
}

let instance: SuperJSON | undefined;

/** The leaves as JSON. */
export function writeLeaves(leaves: readonly unknown[]): WrittenLeaves {
  return (instance ??= new SuperJSON()).serialize(leaves) as unknown as WrittenLeaves;
}

/**
 * A URL as `href` writes it: ASCII, and where the scheme has a host that is more than text, one that is not encoded, since Node 20
 * and workerd take quadratic time to decode one.
 */
const HREF =
  /^(?=[ -~]*$)(?:(?:https?|wss?|ftp|file):\/\/(?:[^/?#@\\]*@)?[^/?#@\\%]*\/|(?!(?:https?|wss?|ftp|file):)[a-z][a-z0-9+.-]*:)/;

const CONTENT: Readonly<Record<string, RegExp>> = {
  Date: /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  bigint: new RegExp(`^-?\\d{1,${MAX_DIGITS}}$`),
  number: /^(?:NaN|-?Infinity|-0)$/,
  regexp: /^\/[^]+\/[a-z]*$/,
  URL: HREF,
};

/** The leaves that superjson wrote. Throws a `SerializationError` for anything that it would not have written. */
export function readLeaves(written: unknown): unknown[] {
  const { json, meta } = (written ?? {}) as { json?: unknown; meta?: { v?: unknown; values?: unknown } };
  if (!Array.isArray(json)) throw damaged("it has no list of leaves");
  if (json.length === 0) return [];
  const { values } = meta ?? {};
  if (meta?.v !== 1 || Object.keys(meta).length !== 2 || !isRecord(values)) {
    throw damaged("its leaves are not annotated");
  }
  if (Object.keys(values).length !== json.length) throw damaged("a leaf is not annotated");
  for (let i = 0; i < json.length; i++) {
    const type = Object.hasOwn(values, i) ? values[i] : undefined;
    if (!Array.isArray(type) || type.length !== 1 || !fits(type[0], json[i])) {
      throw damaged("a leaf is not what it says");
    }
  }
  let leaves: unknown[];
  try {
    leaves = (instance ??= new SuperJSON()).deserialize({ json, meta } as never, { inPlace: true });
  } catch (cause) {
    throw new SerializationError("Cannot read a stored value: a leaf cannot be read here; it counts as a miss", {
      cause,
    });
  }
  if (leaves.some((leaf) => leaf instanceof Date && Number.isNaN(leaf.getTime()))) throw damaged("a Date is no date");
  return leaves;
}

/** Whether it is names and values, and no list, which superjson reads as a tree. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fits(type: unknown, content: unknown): boolean {
  if (type === "undefined") return content === null;
  const pattern = typeof type === "string" && Object.hasOwn(CONTENT, type) ? CONTENT[type] : undefined;
  return pattern !== undefined && typeof content === "string" && pattern.test(content);
}
