import type { Engine } from "../contract/engine.ts";
import { bunSqlite } from "../../engines/bun_sqlite.ts";
import { files } from "../../engines/files.ts";
import { memory } from "../../engines/memory.ts";
import { nodeSqlite } from "../../engines/node_sqlite.ts";

/** The engines that come with the library, best home for small persistent values first, memory last. */
export const BUILT_IN: readonly Engine[] = [bunSqlite, nodeSqlite, files, memory];
