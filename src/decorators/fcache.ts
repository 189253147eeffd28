import { anywhere } from "./anywhere.ts";
import { type AsyncDecorator, makeDecorator, type SyncDecorator } from "./decorator.ts";

const NO_HINT = "means nothing to fcache, which always keeps values across restarts; leave it out";

/**
 * Keeps large results as files that a person can find: one folder a function, one a call. The wrapper gives a promise.
 *
 * Binary data is written as it is, so `value.bin` of a `Uint8Array` holds just its bytes. Where there is no file system,
 * the order of `bcache` follows.
 *
 * @example
 * ```ts
 * import { fcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const matrix = fcache((size: number) => new Float64Array(size * size), { name: "matrix", folderName: "docs-fcache", compress: true });
 * assert.equal((await matrix(100)).length, 10_000);
 * assert.ok((await matrix(100)) instanceof Float64Array);
 * ```
 */
export const fcache: AsyncDecorator & {
  /** As `fcache`, but a synchronous function stays synchronous, on engines that answer at once. */
  readonly sync: SyncDecorator;
} = /* @__PURE__ */ Object.assign(
  /* @__PURE__ */ makeDecorator({
    housing: /* @__PURE__ */ anywhere("fcache"),
    called: "fcache",
    colour: "async",
    refuses: { persist: NO_HINT },
  }) as AsyncDecorator,
  {
    sync: /* @__PURE__ */ makeDecorator({
      housing: /* @__PURE__ */ anywhere("fcache"),
      called: "fcache.sync",
      colour: "sync",
      refuses: { persist: NO_HINT },
    }) as SyncDecorator,
  },
);
