import { LRUCache } from "lru-cache";
import type { Bounds } from "../../src/contract/store.ts";
import type { EvictionOrder } from "../../src/policy/orders/order.ts";
import type { MemoryNode } from "./node.ts";
import type { MemoryParts, NodeTable } from "./store.ts";

/** Up to so many entries the cache gets its arrays at once; a larger or missing bound lets them grow. */
const allAtOnce = 65_536;

type Cache = LRUCache<NonNullable<unknown>, MemoryNode>;

/** The table and the order of a memory store for the policy `"lru"`: one `LRUCache` is both. The store keeps the bounds. */
export function lruParts({ maxSize }: Bounds): Pick<MemoryParts, "table" | "order"> {
  const cache: Cache = new LRUCache(
    maxSize <= allAtOnce ? { max: maxSize } : { maxSize: Number.MAX_SAFE_INTEGER, sizeCalculation: () => 1 },
  );
  return { table: cache as unknown as NodeTable, order: () => recency(cache) };
}

/** The order that the cache keeps by itself. A node whose value is about to be replaced becomes the newest, never the victim. */
function recency(cache: Cache): EvictionOrder<MemoryNode> {
  const renewed = (node: MemoryNode): void => void cache.get(node.key as NonNullable<unknown>);
  return { eager: false, added() {}, touched() {}, removed: renewed, renewed, victim: () => cache.pop() };
}
