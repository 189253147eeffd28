import assert from "node:assert/strict";
import { test } from "node:test";
import { checkLayers } from "../../scripts/check_layers.ts";
import { findCycles } from "../../scripts/import_cycles.ts";

/** A small house in which every arrow points the right way. */
const house: Readonly<Record<string, string>> = {
  "mod.ts": `export * from "./src/decorators/mcache.ts"; export { memory } from "./engines/memory.ts";`,
  "src/errors.ts": `export class CacheError extends Error {}`,
  "src/events.ts": `import type { Entry } from "./contract/entry.ts"; export interface Event { entry: Entry }`,
  "src/contract/entry.ts": `export interface Entry { body: unknown }`,
  "src/policy/lru.ts":
    `import type { Entry } from "../contract/entry.ts"; export const pick = (entry: Entry) => entry;`,
  "src/flow/run.ts":
    `import { pick } from "../policy/lru.ts"; import type { Event } from "../events.ts"; export { pick }; export type { Event };`,
  "src/runtime/abilities.ts":
    `export const ability = (globals: { Deno?: unknown }) => globals.Deno ?? globalThis.Deno;`,
  "src/decorators/mcache.ts":
    `import { pick } from "../flow/run.ts"; import { memory } from "../../engines/memory.ts"; export const mcache = [pick, memory];`,
  "engines/memory.ts":
    `import { pick } from "../src/policy/lru.ts"; import { CacheError } from "../src/errors.ts"; import "lru-cache"; export const memory = [pick, CacheError];`,
};

function breachesWith(changes: Readonly<Record<string, string>>): string[] {
  return checkLayers(new Map(Object.entries({ ...house, ...changes })))
    .map(({ path, line, message }) => `${path}:${line} ${message}`);
}

function assertBreach(changes: Readonly<Record<string, string>>, expected: RegExp): void {
  const breaches = breachesWith(changes);
  assert.equal(breaches.length, 1, `expected one breach, found: ${breaches.join("; ")}`);
  assert.match(breaches[0] ?? "", expected);
}

test("checkLayers() finds nothing in a house whose arrows point one way", () => {
  assert.deepEqual(breachesWith({}), []);
});

test("checkLayers() names each import against the arrows, with its line", () => {
  const against: readonly (readonly [path: string, source: string, expected: RegExp])[] = [
    [
      "src/contract/clock.ts",
      `\nimport "../errors.ts";`,
      /^src\/contract\/clock\.ts:2 .*contract may import nothing/,
    ],
    ["src/errors.ts", `import type {} from "./contract/entry.ts";`, /errors may import nothing/],
    ["src/runtime/folder.ts", `import "../events.ts";`, /runtime may import contract, errors/],
    ["src/key/digest.ts", `import "../policy/lru.ts";`, /key may import contract, errors/],
    ["src/policy/size.ts", `export * from "../runtime/abilities.ts";`, /policy may import contract, errors/],
    ["src/codec/bytes.ts", `const later = () => import("../policy/lru.ts");`, /codec may import contract, errors/],
    ["src/flow/keyed.ts", `import "../key/digest.ts";`, /flow may import .*stats/],
    ["src/flow/open.ts", `type Memory = import("../../engines/memory.ts").Memory;`, /flow may import/],
    ["engines/files.ts", `import "../src/policy/lru.ts";`, /engines may import contract, runtime, errors/],
    ["src/registry.ts", `import "../engines/memory.ts";`, /only decorators import engines/],
    ["src/decorators/all.ts", `import "../../mod.ts";`, /which only gathers/],
    ["src/context.ts", `import "../tests/random.ts";`, /not part of the library/],
  ];
  for (const [path, source, expected] of against) {
    const neighbours = { "src/key/digest.ts": "export {};", "tests/random.ts": "export {};" };
    const breaches = breachesWith({ ...neighbours, [path]: source }).filter((text) => !text.includes("import cycle"));
    assert.equal(breaches.length, 1, `${path}: ${breaches.join("; ")}`);
    assert.match(breaches[0] ?? "", expected);
  }
});

test("checkLayers() refuses a module that ties the library to a runtime, also for its types", () => {
  for (const specifier of ["node:fs", "bun:sqlite", "jsr:@std/path", "https://example.org/x.ts"]) {
    assertBreach({ "src/duration.ts": `import type {} from "${specifier}";` }, /ties the library to a runtime/);
    assertBreach({ "engines/files.ts": `const open = () => import("${specifier}");` }, /ties the library to a runtime/);
  }
});

test("checkLayers() reports an import of a file that is not there", () => {
  assertBreach({ "src/duration.ts": `import "./gone.ts";` }, /imports "\.\/gone\.ts", which is not there/);
});

test("checkLayers() refuses folders and files that name no concept", () => {
  for (
    const path of ["src/utils.ts", "src/policy/helpers.ts", "src/common/x.ts", "engines/base.ts", "tests/types.ts"]
  ) {
    assert.match(breachesWith({ [path]: "export {};" }).join("\n"), /names no concept/, path);
  }
});

test("checkLayers() asks for the arrows of a new folder", () => {
  assertBreach({ "src/sharing/lease.ts": "export {};" }, /src\/sharing\/ has no arrows/);
});

test("checkLayers() finds an import cycle once, with its members", () => {
  const cycle = {
    "src/policy/a.ts": `import "./b.ts";`,
    "src/policy/b.ts": `import { c } from "./c.ts";`,
    "src/policy/c.ts": `export * from "./a.ts";`,
  };
  assertBreach(
    cycle,
    /import cycle: src\/policy\/a\.ts → src\/policy\/b\.ts → src\/policy\/c\.ts → src\/policy\/a\.ts/,
  );
});

test("checkLayers() puts up with a cycle of types, which loads nothing", () => {
  const changes = {
    "src/policy/a.ts": `import type { B } from "./b.ts";`,
    "src/policy/b.ts": `export * from "./a.ts";`,
  };
  assert.deepEqual(breachesWith(changes), []);
});

test("checkLayers() finds a cycle of types in the flow", () => {
  const changes = {
    "src/flow/a.ts": `import type { B } from "./b.ts";`,
    "src/flow/b.ts": `import type { A } from "./a.ts";`,
  };
  assertBreach(changes, /import cycle: src\/flow\/a\.ts → src\/flow\/b\.ts → src\/flow\/a\.ts/);
});

test("checkLayers() lets the files of the memory engine use eviction orders", () => {
  assert.deepEqual(breachesWith({ "engines/memory/store.ts": `import "../../src/policy/lru.ts";` }), []);
  assertBreach({ "engines/memorable.ts": `import "../src/policy/lru.ts";` }, /engines may import/);
});

test("checkLayers() refuses what some runtime cannot parse or load", () => {
  const against: readonly (readonly [source: string, expected: RegExp])[] = [
    [`export const url = import.meta.url;`, /import\.meta/],
    [`export const kv = () => Deno.openKv();`, /bare Deno/],
    [`export type Kv = Deno.Kv;`, /bare Deno/],
    [`export const has = typeof Bun === "object";`, /bare Bun/],
    [`export const home = () => process.env.HOME;`, /bare process/],
    [`export const all = () => ({ process });`, /bare process/],
    [`export const value = await Promise.resolve(1);`, /top level/],
    [`for await (const item of []) item;`, /top level/],
    [`export function run() { using file = open(); return file; } declare const open: () => Disposable;`, /`using`/],
    [
      `export async function run() { await using file = open(); } declare const open: () => AsyncDisposable;`,
      /`using`/,
    ],
    [`declare const logged: any; export class A { @logged run() {} }`, /decorator/],
    [`const timer = setTimeout(() => {}, 1);`, /calls setTimeout while the module loads/],
    [`export const seed = globalThis.Math.random();`, /while the module loads/],
    [`export class A { static at = Date.now(); }`, /while the module loads/],
    [`export const started = new Date();`, /calls Date while the module loads/],
  ];
  for (const [source, expected] of against) assertBreach({ "src/duration.ts": source }, expected);
});

test("checkLayers() lets pass what only looks like a runtime's name", () => {
  const innocent = `
    export interface Names { Deno: string; process(): void; Bun?: unknown }
    export const text = "Deno.openKv and import.meta and await";
    export const look = (globals: Names) => globals.Deno ?? globalThis.Deno;
    export function run(process: { cwd(): string }) { return process.cwd(); }
    export const names = { Deno: 1, Bun: 2 };
    export class A { at = Date.now(); wait = async () => { await 1; } }
    // using Deno.openKv() here
  `;
  assert.deepEqual(breachesWith({ "src/duration.ts": innocent }), []);
});

test("findCycles() finds every loop, and none in a graph that only branches and joins", () => {
  const joins = new Map([["a", ["b", "c"]], ["b", ["d"]], ["c", ["d"]], ["d", []]]);
  assert.deepEqual(findCycles(joins), []);
  assert.deepEqual(findCycles(new Map([["a", ["a"]]])), [["a"]]);
  assert.deepEqual(findCycles(new Map([["a", ["b"]], ["b", ["a"]], ["c", ["d"]], ["d", ["c"]]])), [["a", "b"], [
    "c",
    "d",
  ]]);
});
