import { LRUCache } from "lru-cache";
import type { EvictionOrder } from "../src/policy/orders/order.ts";
import type { MemoryNode } from "./memory_node.ts";
import { MemoryStore } from "./memory_store.ts";
import type { MemoryParts } from "./memory_store.ts";

/** Up to so many entries the cache gets its arrays at once; a larger or missing bound lets them grow. */
const allAtOnce = 65_536;

/** A memory store for the policy `"lru"`: entries and their order are in an `LRUCache`, bounds are kept as for the other policies. */
export class LruStore extends MemoryStore {
  readonly #cache: LRUCache<NonNullable<unknown>, MemoryNode>;

  constructor({ bounds, onEvict }: Pick<MemoryParts, "bounds" | "onEvict">) {
    const cache = new LRUCache<NonNullable<unknown>, MemoryNode>(
      bounds.maxSize <= allAtOnce
        ? { max: bounds.maxSize }
        : { maxSize: Number.MAX_SAFE_INTEGER, sizeCalculation: () => 1 },
    );
    super({ table: cache as unknown as MemoryParts["table"], order: () => recency(cache), bounds, onEvict });
    this.#cache = cache;
  }

  override find(key: unknown): MemoryNode | undefined {
    return this.#cache.get(key as NonNullable<unknown>);
  }
}

/** The order that an `LRUCache` keeps by itself. A node that is about to be replaced becomes the newest, never the victim. */
function recency(cache: LRUCache<NonNullable<unknown>, MemoryNode>): EvictionOrder<MemoryNode> {
  const renewed = (node: MemoryNode): void => void cache.get(node.key as NonNullable<unknown>);
  return { eager: false, added() {}, touched() {}, removed: renewed, renewed, victim: () => cache.pop() };
}
