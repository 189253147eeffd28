import type { Engine, OpenOptions } from "../src/contract/engine.ts";
import { orderOf } from "../src/policy/orders/order_of.ts";
import { lruParts } from "./memory/lru.ts";
import { MemoryStore } from "./memory/store.ts";

/**
 * Keeps the very values in the memory of the process, bounded by entries and bytes, with any eviction policy.
 *
 * The package lru-cache serves `"lru"`; the other policies are orders of this library over a `Map`. Without bounds there
 * is a `Map` and nothing else. Needs no ability of the runtime.
 *
 * @example
 * ```ts
 * import { memory } from "@twat/cache/memory";
 * import { ucache } from "@twat/cache";
 *
 * const square = ucache((n: number) => n * n, { engine: memory, maxSize: 100, policy: "tinylfu" });
 * if (square(4) !== 16 || square.cache.info.engine !== "memory") throw new Error("unexpected");
 * ```
 */
export const memory: Engine & { open(options: Pick<OpenOptions, "bounds" | "seed" | "onEvict">): MemoryStore } = {
  name: "memory",
  mode: "sync",
  holds: "references",
  scope: "function",
  limits: { keyBytes: Infinity, bodyBytes: Infinity },
  persistent: false,
  shared: false,
  keeps: "in the memory of the process",
  probe: () => true,
  open({ bounds, seed, onEvict }) {
    const { maxSize, maxBytes, policy } = bounds;
    if (maxSize === Infinity && maxBytes === Infinity) {
      return new MemoryStore({ table: new Map(), order: undefined, bounds, onEvict });
    }
    if (policy === "lru") return new MemoryStore({ ...lruParts(bounds), bounds, onEvict });
    const random = seeded(seed);
    return new MemoryStore({ table: new Map(), order: () => orderOf(policy, random), bounds, onEvict });
  },
};

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
