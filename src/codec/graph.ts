/**
 * Values of any shape as a flat list of nodes, the general path of the codec.
 *
 * A node is a list that begins with its kind. An item in it is a string, boolean, null or number that is itself, or a list of
 * one number: `[n]` is node n, `[-1 - n]` is leaf n. The kinds:
 *
 * ```
 * ["object", name, item, …]   ["null", name, item, …]   ["array", item, …]   ["sparse", length, name, item, …]
 * ["map", key, value, …]      ["set", member, …]        ["type", name, item] ["box", item]
 * ["error", class, count of hidden properties, name, item, …]
 * ["date"]  ["regexp", leaf, lastIndex]  ["params", text]  ["bigint", hexadecimal digits]
 * ["view", type, segment, offset, bytes]
 * ```
 *
 * Why flat: circles and shared references need no special case, nothing recurses however deep the value is, and no
 * property name of a user's ever becomes a path or a property of the document.
 */

/** What stands for a value within a node. */
export type Item = string | number | boolean | null | readonly [reference: number];
/** A node: its kind and what it is made of. */
export type GraphNode = (string | number | Item)[];

/** The nodes of a value, with the leaves themselves and the memory of what is binary. */
export interface Graph {
  readonly root: Item;
  readonly nodes: readonly GraphNode[];
  readonly leaves: readonly unknown[];
  readonly segments: readonly Uint8Array[];
}

/** The largest number of digits of a leaf, since superjson reads them in more than linear time. */
export const MAX_DIGITS = 1000;

/** The nodes that a node leads to. */
export function edgesOf(node: readonly unknown[]): number[] {
  const edges: number[] = [];
  for (const item of node) if (Array.isArray(item) && (item[0] as number) >= 0) edges.push(item[0] as number);
  return edges;
}
