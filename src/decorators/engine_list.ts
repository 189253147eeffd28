import type { Engine } from "../contract/engine.ts";
import { bunSqlite } from "../../engines/bun_sqlite.ts";
import { files } from "../../engines/files.ts";
import { memory } from "../../engines/memory.ts";
import { nodeSqlite } from "../../engines/node_sqlite.ts";

/** The engines that come with the library, best home for small persistent values first, memory last. */
export const BUILT_IN: readonly Engine[] = [bunSqlite, nodeSqlite, files, memory];

/** Where values go that outlive the process. */
export const DATABASE_ORDER: readonly string[] = ["bun_sqlite", "node_sqlite", "files", "memory"];

/** Where large values go. */
export const FILES_ORDER: readonly string[] = ["files", "bun_sqlite", "node_sqlite", "memory"];

/** Where values go that need not outlive the process. */
export const MEMORY_ORDER: readonly string[] = ["memory"];

/** Names under which users of other libraries know an engine, and the engines meant. */
export const ALIASES: Readonly<Record<string, readonly string[]>> = {
  sqlite: ["bun_sqlite", "node_sqlite"],
  functools: ["memory"],
  cachebox: ["memory"],
  cachetools: ["memory"],
  aiocache: ["memory"],
  diskcache: ["bun_sqlite", "node_sqlite"],
  joblib: ["files"],
};
