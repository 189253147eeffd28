import type { CacheOptions } from "../options.ts";

/** The decorators by name. */
export type DecoratorName = "mcache" | "bcache" | "fcache" | "acache" | "ucache";

/** Where values go that outlive the process. */
export const DATABASE_ORDER: readonly string[] = [
  "deno_kv",
  "bun_sqlite",
  "node_sqlite",
  "indexed_db",
  "files",
  "cache_api",
  "memory",
];

/** Where large values go. */
const FILES_ORDER: readonly string[] = [...new Set(["files", "opfs", ...DATABASE_ORDER])];

/** Where values go that need not outlive the process. */
const MEMORY_ORDER: readonly string[] = ["memory"];

/** Names under which users of other libraries know an engine, and the engines meant. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  sqlite: ["bun_sqlite", "node_sqlite"],
  functools: ["memory"],
  cachebox: ["memory"],
  cachetools: ["memory"],
  aiocache: ["memory"],
  klepto: ["tiered"],
  diskcache: ["bun_sqlite", "node_sqlite"],
  joblib: ["files"],
};

/** The engines that a decorator asks when the options name none, in order, and why these. */
export function usualOrder(
  decorator: DecoratorName,
  options: CacheOptions,
): { order: readonly string[]; reason: string } {
  switch (decorator) {
    case "mcache":
      return { order: MEMORY_ORDER, reason: "mcache keeps values in memory" };
    case "acache":
      return { order: MEMORY_ORDER, reason: "acache keeps values in memory unless engine names another place" };
    case "bcache":
      return { order: DATABASE_ORDER, reason: "the first database that this runtime has" };
    case "fcache":
      return { order: FILES_ORDER, reason: "large values go to files" };
    case "ucache":
      return hintsOf(options);
  }
}

function hintsOf(options: CacheOptions): { order: readonly string[]; reason: string } {
  if (options.compress !== undefined && options.compress !== false) {
    return { order: FILES_ORDER, reason: "compress hints at large values, which go to files" };
  }
  if (options.persist === true) {
    return { order: DATABASE_ORDER, reason: "persist asks for values that outlive the process" };
  }
  if (options.folderName !== undefined && options.persist !== false) {
    return { order: DATABASE_ORDER, reason: "folderName asks for values that outlive the process" };
  }
  return { order: MEMORY_ORDER, reason: "nothing asks for values that outlive the process" };
}
