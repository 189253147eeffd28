import { anywhere } from "./anywhere.ts";
import { type AlikeDecorator, makeDecorator } from "./decorator.ts";

/**
 * Keeps the results of a function wherever suits, going by the options; the function keeps its colour.
 *
 * `compress` hints at large values, which go to files; `folderName` or `persist` ask for a database; otherwise values stay
 * in memory. The choice and its reason are in `fn.cache.info`.
 *
 * @example
 * ```ts
 * import { ucache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const slug = ucache((title: string) => title.toLowerCase().replaceAll(" ", "-"));
 * assert.equal(slug("Hello World"), "hello-world");
 * assert.equal(slug.cache.info.engine, "memory");
 * ```
 */
export const ucache: AlikeDecorator = /* @__PURE__ */ makeDecorator({
  housing: /* @__PURE__ */ anywhere("ucache"),
  called: "ucache",
  colour: "alike",
  refuses: {},
}) as AlikeDecorator;
