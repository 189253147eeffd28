import { anywhere } from "./anywhere.ts";
import { type AsyncDecorator, makeDecorator, type SyncDecorator } from "./decorator.ts";

const NO_HINT = "means nothing to bcache, which always keeps values across restarts; leave it out";

/**
 * Keeps the results of a function across restarts, in a database on this machine. The wrapper gives a promise.
 *
 * The first engine that the runtime has is taken: `bun:sqlite`, `node:sqlite`, files; where there is none, memory with
 * one warning. A change of the function's source is a miss; give `version` to decide yourself. A value that would not come
 * back as it is, is returned but not kept, with a warning.
 *
 * @example
 * ```ts
 * import { bcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * let runs = 0;
 * const lookUp = bcache((word: string) => (runs++, { word, at: new Date(0) }), { name: "lookUp", folderName: "docs-bcache" });
 * await lookUp.cache.clear();
 * const first = await lookUp("cache");
 * assert.deepEqual(await lookUp("cache"), first);
 * assert.equal(runs, 1);
 * ```
 */
export const bcache: AsyncDecorator & {
  /** As `bcache`, but a synchronous function stays synchronous, on engines that answer at once. */
  readonly sync: SyncDecorator;
} = /* @__PURE__ */ Object.assign(
  /* @__PURE__ */ makeDecorator({
    housing: /* @__PURE__ */ anywhere("bcache"),
    called: "bcache",
    colour: "async",
    refuses: { persist: NO_HINT },
  }) as AsyncDecorator,
  {
    sync: /* @__PURE__ */ makeDecorator({
      housing: /* @__PURE__ */ anywhere("bcache"),
      called: "bcache.sync",
      colour: "sync",
      refuses: { persist: NO_HINT },
    }) as SyncDecorator,
  },
);
