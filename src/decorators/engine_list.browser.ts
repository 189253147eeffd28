import type { Engine } from "../contract/engine.ts";
import { edgeCache } from "../../engines/cache_api.ts";
import { indexedDb } from "../../engines/indexed_db.ts";
import { memory } from "../../engines/memory.ts";
import { opfs } from "../../engines/opfs.ts";

/** The engines that come with the library where there is a browser: what bundlers put in the place of `engine_list.ts`. */
export const BUILT_IN: readonly Engine[] = [indexedDb, opfs, edgeCache, memory];
