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
export const FILES_ORDER: readonly string[] = [...new Set(["files", "opfs", ...DATABASE_ORDER])];

/** Where values go that need not outlive the process. */
export const MEMORY_ORDER: readonly string[] = ["memory"];

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
