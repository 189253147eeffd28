import type { OpenOptions } from "../../src/contract/engine.ts";
import { orderOf } from "../../src/policy/orders/order_of.ts";
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

/** Numbers in [0, 1), the same for the same seed; seeded by chance at the first draw if there is none. Mulberry32, by T. Ettinger. */
function seeded(seed: number | undefined): () => number {
  let state = seed;
  return () => {
    state = ((state ?? Math.random() * 0x100000000) + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}
