import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { apiPath, currentApi, differences, renderApi, valuesIn } from "../scripts/api.ts";
import { root } from "../scripts/tree.ts";

const built = import.meta.url.endsWith(".js") ? ".js" : ".ts";
const written = readFileSync(new URL(apiPath, root), "utf8");
const { name, exports }: { readonly name: string; readonly exports: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(new URL("package.json", root), "utf8"),
);

/** The types of the Python ancestor, and what stands for each here. */
const COUNTERPARTS: Readonly<Record<string, string>> = {
  "AsyncCacheDecorator, AsyncDecorator": "AsyncDecorator",
  "BackendType, EngineType": "EngineChoice",
  "CacheConfig": "CacheConfig",
  "CacheContext": "CacheContext",
  "CacheDecorator, SyncDecorator": "SyncDecorator",
  "CacheEngine, BaseCacheEngine": "Engine",
  "CacheKey, KeyMaker": "KeyOptions",
  "CachePath, CachePathFactory": "CachePathOptions",
  "CacheStats": "CacheStats",
  "CacheValue, R, AsyncR": "Result",
  "EvictionPolicy": "PolicyName",
  "F, P": "AnyFunction",
  "Serializer": "Serializer",
};

for (const [entry, path] of Object.entries(exports)) {
  const specifier = `${name}${entry.slice(1)}`;
  test(`${specifier} exports the names that are written down, and no others`, async () => {
    const module = await import(new URL(path.replace(/\.ts$/, built), root).href);
    assert.deepEqual(Object.keys(module).sort(), valuesIn(written, specifier));
  });
}

test("the module exports the types that are written down, and all is declared as it is there", {
  skip: built === ".js" && "types are gone from built JavaScript",
}, () => {
  const changes = differences(written, currentApi());
  assert.equal(
    changes.join("\n"),
    "",
    `the public declarations have changed; say so in CHANGELOG.md, then write them down with \`deno task api\``,
  );
});

test("each type of the Python ancestor has a counterpart", () => {
  const declared = new Set(
    [...written.matchAll(/^export (?:declare )?(?:abstract )?\w+ ([\w$]+)/gm)].map(([, name]) => name),
  );
  for (const [theirs, ours] of Object.entries(COUNTERPARTS)) assert.ok(declared.has(ours), `${theirs}: ${ours}`);
});

test("renderApi() shows each declaration once, without comments, wherever it is passed on", () => {
  const sources: Readonly<Record<string, string>> = {
    "mod.ts": `
      export { grow, type Way } from "./src/grow.ts";
      export type { Schema } from "somewhere";
      export * from "./src/all.ts";`,
    "src/grow.ts": `
      /** Grows. */
      export function grow(by: number): number;
      export function grow(by: string): string;
      export function grow(by: number | string): number | string { return by; }
      export type Way = "up" | "down";
      export const hidden: number = 1;`,
    "src/all.ts": `
      import { type Way } from "./grow.ts";
      export type { Way };
      export class Tree { #age = 1; protected seed: number = 2; age(): number { return this.#age; } }`,
  };
  const api = renderApi(
    "x",
    { ".": "./mod.ts", "./all": "./src/all.ts" },
    (url) => sources[url.href.slice(root.href.length)]!,
  );
  assert.deepEqual(api.split("\n"), [
    "// x",
    'export type { Schema } from "somewhere"',
    "export declare class Tree {",
    "    #private;",
    "    protected seed: number;",
    "    age(): number;",
    "}",
    'export type Way = "up" | "down"',
    "export declare function grow(by: number): number",
    "export declare function grow(by: string): string",
    "",
    "// x/all",
    'export { Tree } from "x"',
    'export { Way } from "x"',
    "",
  ]);
  assert.deepEqual(valuesIn(api, "x"), ["Tree", "grow"]);
  assert.deepEqual(valuesIn(api, "x/all"), ["Tree"]);
});

test("differences() tells which lines are there no more and which are new, also when others are alike, and where", () => {
  assert.deepEqual(differences("a\nb\nc", "a\nc\nd"), ["- b", "+ d"]);
  const [one, other] = ["interface A {\n  x\n  y\n}", "interface B {\n  x\n}"];
  assert.deepEqual(differences(`${one}\n${other}`, `${one}\n${other}`), []);
  assert.deepEqual(differences(`${one}\n${other}`, `${one.replace("  x\n", "")}\n${other}`), [
    "  interface A {",
    "-   x",
  ]);
  assert.deepEqual(differences(`${one}\n${other}`, `${one}\n${other.replace("x", "y")}`), [
    "  interface B {",
    "-   x",
    "+   y",
  ]);
});
