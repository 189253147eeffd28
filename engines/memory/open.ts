import type { OpenOptions } from "../../src/contract/engine.ts";
import { orderOf } from "../../src/policy/orders/order_of.ts";
import { seeded } from "../../src/runtime/seeded.ts";
import { lruParts } from "./lru.ts";
import { MemoryStore } from "./store.ts";

/** Opens a store in memory with the order of its policy, or without any order where there are no bounds. */
export function openMemory({ bounds, seed, onEvict }: Pick<OpenOptions, "bounds" | "seed" | "onEvict">): MemoryStore {
  const { maxSize, maxBytes, policy } = bounds;
  if (maxSize === Infinity && maxBytes === Infinity) {
    return new MemoryStore({ table: new Map(), order: undefined, bounds, onEvict });
  }
  if (policy === "lru") return new MemoryStore({ ...lruParts(bounds), bounds, onEvict });
  const random = seeded(seed);
  return new MemoryStore({ table: new Map(), order: () => orderOf(policy, random), bounds, onEvict });
}
