/**
 * The engine of `mcache`: values in the memory of this process, to be named by the option `engine` or put before another one.
 *
 * @module
 */
import type { Engine, OpenOptions } from "../src/contract/engine.ts";
import type { SyncStore } from "../src/contract/store.ts";
import { openMemory } from "./memory/open.ts";

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
export const memory: Engine & { open(options: Pick<OpenOptions, "bounds" | "seed" | "onEvict">): SyncStore } = {
  name: "memory",
  mode: "sync",
  holds: "references",
  scope: "function",
  limits: { keyBytes: Infinity, bodyBytes: Infinity },
  persistent: false,
  shared: false,
  keeps: "in the memory of the process",
  probe: () => true,
  open: openMemory,
};
