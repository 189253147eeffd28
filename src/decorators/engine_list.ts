import type { Engine } from "../contract/engine.ts";
import { bunSqlite } from "../../engines/bun_sqlite.ts";
import { edgeCache } from "../../engines/cache_api.ts";
import { denoKv } from "../../engines/deno_kv.ts";
import { files } from "../../engines/files.ts";
import { indexedDb } from "../../engines/indexed_db.ts";
import { memory } from "../../engines/memory.ts";
import { nodeSqlite } from "../../engines/node_sqlite.ts";
import { opfs } from "../../engines/opfs.ts";
import { redis } from "../../engines/redis.ts";

/** The engines that come with the library, best home for small persistent values first, memory last. */
export const BUILT_IN: readonly Engine[] = [
  denoKv,
  bunSqlite,
  nodeSqlite,
  indexedDb,
  files,
  opfs,
  redis,
  edgeCache,
  memory,
];
