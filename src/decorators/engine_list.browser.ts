import type { Engine } from "../contract/engine.ts";
import { memory } from "../../engines/memory.ts";

/** The engines that come with the library where there is a browser: what bundlers put in the place of `engine_list.ts`. */
export const BUILT_IN: readonly Engine[] = [memory];
