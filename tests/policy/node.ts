import type { Ranked } from "../../src/policy/orders/order.ts";

/** A node for eviction orders, as a store would make it. */
export type Node = { -readonly [Field in keyof Ranked]: Ranked[Field] };

/** A node that nobody has read yet. */
export function node(key: unknown, storedAt = 0, freshUntil = Infinity): Node {
  return { key, storedAt, freshUntil, hits: 0, mark: 0, place: 0, prev: undefined, next: undefined };
}
