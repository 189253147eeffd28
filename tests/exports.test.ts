import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";
import * as cache from "../mod.ts";

const snapshot: { readonly values: string[]; readonly types: string[] } = JSON.parse(
  readFileSync(new URL("./exports.json", import.meta.url), "utf8"),
);

/** The types of the Python ancestor, and what stands for each here. */
const COUNTERPARTS: Readonly<Record<string, string>> = {
  "CacheConfig": "CacheConfig",
  "CacheContext": "CacheContext",
  "CacheEngine, BaseCacheEngine": "Engine",
  "CacheKey, KeyMaker": "KeyOptions",
  "CacheStats": "CacheStats",
  "Serializer": "Serializer",
  "BackendType, EngineType": "EngineChoice",
  "EvictionPolicy": "PolicyName",
  "CacheDecorator, SyncDecorator": "SyncDecorator",
  "AsyncCacheDecorator": "AsyncDecorator",
  "F, P, R (type variables)": "AnyFunction",
};

test("the module exports the names that are written down, and no others", () => {
  assert.deepEqual(Object.keys(cache).sort(), snapshot.values);
});

test("the module exports the types that are written down, and no others", {
  skip: import.meta.url.endsWith(".js") && "types are gone from built JavaScript",
}, () => {
  const text = readFileSync(new URL("../mod.ts", import.meta.url), "utf8");
  const source = ts.createSourceFile("mod.ts", text, ts.ScriptTarget.Latest);
  const types = source.statements.filter(ts.isExportDeclaration).flatMap(({ isTypeOnly, exportClause }) => {
    const elements = exportClause !== undefined && ts.isNamedExports(exportClause) ? exportClause.elements : [];
    return elements.filter((element) => isTypeOnly || element.isTypeOnly).map(({ name }) => name.text);
  });
  assert.deepEqual(types.sort(), snapshot.types);
});

test("each type of the Python ancestor has a counterpart", () => {
  const exported = new Set([...snapshot.values, ...snapshot.types]);
  for (const [theirs, ours] of Object.entries(COUNTERPARTS)) assert.ok(exported.has(ours), `${theirs}: ${ours}`);
});
