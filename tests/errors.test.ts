import assert from "node:assert/strict";
import { test } from "node:test";
import * as all from "../mod.ts";

const TREE: Record<string, [parent: string, code: string]> = {
  CacheError: ["Error", "ERR_CACHE"],
  ConfigurationError: ["CacheError", "ERR_CACHE_CONFIGURATION"],
  EngineError: ["CacheError", "ERR_CACHE_ENGINE"],
  EngineNotAvailableError: ["EngineError", "ERR_CACHE_ENGINE_NOT_AVAILABLE"],
  CacheOperationError: ["CacheError", "ERR_CACHE_OPERATION"],
  CacheKeyError: ["CacheOperationError", "ERR_CACHE_KEY"],
  CacheValueError: ["CacheOperationError", "ERR_CACHE_VALUE"],
  SerializationError: ["CacheOperationError", "ERR_CACHE_SERIALIZATION"],
  ResourceError: ["CacheError", "ERR_CACHE_RESOURCE"],
  ConcurrencyError: ["ResourceError", "ERR_CACHE_CONCURRENCY"],
  ReentryError: ["ConcurrencyError", "ERR_CACHE_REENTRY"],
  TimeoutError: ["ConcurrencyError", "ERR_CACHE_TIMEOUT"],
  PathError: ["ResourceError", "ERR_CACHE_PATH"],
};

type ErrorClass = new (message: string, options: { engine: string; cause?: unknown; code?: string }) => all.CacheError;

test("every error is in the tree, keeps its cause and has a name and a stable code", () => {
  const exported = Object.keys(all).filter((name) => name.endsWith("Error"));
  assert.deepEqual(exported.sort(), Object.keys(TREE).sort());
  for (const [name, [parent, code]] of Object.entries(TREE)) {
    const ErrorClass = (all as unknown as Record<string, ErrorClass>)[name]!;
    const cause = new Error("underneath");
    const error = new ErrorClass("message", { engine: "e", cause });
    assert.deepEqual([error.name, error.code, error.message, error.cause], [name, code, "message", cause]);
    assert.equal(Object.getPrototypeOf(ErrorClass).name, parent);
    assert.ok(error instanceof Error && error instanceof all.CacheError);
    assert.equal(new ErrorClass("m", { engine: "e", code: "ERR_OWN" }).code, "ERR_OWN");
    assert.ok(!("cause" in new ErrorClass("m", { engine: "e" })));
  }
});
