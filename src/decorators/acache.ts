import { anywhere } from "./anywhere.ts";
import { type AsyncDecorator, makeDecorator } from "./decorator.ts";

const NEEDS_ENGINE = "means nothing to acache, which keeps values in memory, unless engine or url names another place";

/**
 * Keeps the results of an asynchronous function in memory, or in the engine that `engine` or `url` names.
 *
 * Concurrent calls with the same arguments share one run. What is kept is the value, never the promise; a rejection
 * reaches everybody who waits as the same error and is not kept.
 *
 * @example
 * ```ts
 * import { acache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * let runs = 0;
 * const load = acache(async (id: number) => (runs++, await Promise.resolve({ id })), { ttl: "5m" });
 * await Promise.all([load(1), load(1), load(1)]);
 * assert.equal(runs, 1);
 * ```
 */
export const acache: AsyncDecorator = /* @__PURE__ */ makeDecorator({
  housing: /* @__PURE__ */ anywhere("acache"),
  called: "acache",
  colour: "async",
  refuses: { persist: "means nothing to acache; name an engine, or use bcache or ucache" },
  refusesAlone: {
    folderName: NEEDS_ENGINE,
    cacheDir: NEEDS_ENGINE,
    compress: NEEDS_ENGINE,
    encrypt: NEEDS_ENGINE,
    secure: NEEDS_ENGINE,
    lock: NEEDS_ENGINE,
    engineTimeout: NEEDS_ENGINE,
  },
}) as AsyncDecorator;
