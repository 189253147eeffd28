/**
 * Proves that imports point one way, and that the sources run on any runtime.
 *
 * Why on syntax trees and not on the module graph: a graph holds what one entry point reaches, with types left out where a
 * runtime leaves them out, and says nothing of a bare `Deno` or a top-level await.
 */
import ts from "typescript";
import { findCycles } from "./import_cycles.ts";
import { findPortabilityBreaches } from "./portability.ts";
import { readTree, type Tree } from "./tree.ts";

/** One place that breaks a rule. */
export interface Breach {
  readonly path: string;
  /** Counted from 1; 0 for the file as a whole. */
  readonly line: number;
  readonly message: string;
}

/**
 * Which rooms each room may import from, besides itself. A room is a folder of `src`, `engines`, or a file that stands in
 * `src` itself, by its name without `.ts`.
 */
const arrows: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  runtime: ["contract", "errors"],
  errors: [],
  key: ["contract", "errors"],
  policy: ["contract", "errors"],
  codec: ["contract", "errors"],
  flow: ["contract", "policy", "codec", "errors", "events", "stats", "audience", "scope"],
  engines: ["contract", "runtime", "errors"],
  replay: ["contract", "codec", "runtime", "errors", "call_scope"],
};

/** The memory engine evicts by itself, so its files may use the orders of eviction. */
const evictsByItself = /^engines\/memory(\/\w+)?\.ts$/;

/** The rooms that may import engines; `mod.ts` re-exports them. */
const opensEngines = new Set(["decorators", "mod"]);

/** The rooms in which not even types may point in a circle. */
const circleless = new Set(["flow"]);

/** The folders of `src` without an arrow of their own: they may import anything but engines. */
const freeFolders = new Set(["cli", "decorators"]);

const unnamed = new Set(["utils", "util", "common", "helpers", "helper", "types", "base"]);

/** Everything in `mod.ts`, `src` and `engines` that imports against the arrows or would not run everywhere. */
export function checkLayers(tree: Tree): Breach[] {
  const breaches: Breach[] = [];
  const edges = new Map<string, string[]>();
  for (const [path, source] of tree) {
    const nameless = path.replace(/\.ts$/, "").split("/").find((part) => unnamed.has(part));
    if (nameless !== undefined) {
      breaches.push({ path, line: 0, message: `"${nameless}" names no concept; call it by what it holds` });
    }
    const room = roomOf(path);
    if (room === undefined) continue;
    if (path.startsWith("src/") && isFolder(path) && !(room in arrows) && !freeFolders.has(room)) {
      breaches.push({ path, line: 0, message: `src/${room}/ has no arrows; add it to scripts/check_layers.ts` });
    }
    const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
    const lineAt = (node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    const targets: string[] = [];
    for (const { specifier, node, isType } of importsOf(file)) {
      const breach = (message: string) => breaches.push({ path, line: lineAt(node), message });
      if (/^(node|bun|jsr|https?):/.test(specifier)) {
        breach(`imports "${specifier}", which ties the library to a runtime; look the ability up when it is needed`);
        continue;
      }
      if (!specifier.startsWith(".")) continue;
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
      if (!tree.has(target)) breach(`imports "${specifier}", which is not there`);
      if (!isType || circleless.has(room)) targets.push(target);
      const refusal = refuse(path, room, target);
      if (refusal !== undefined) breach(refusal);
    }
    edges.set(path, targets);
    for (const { node, message } of findPortabilityBreaches(file)) breaches.push({ path, line: lineAt(node), message });
  }
  for (const cycle of findCycles(edges)) {
    const path = cycle[0] ?? "";
    breaches.push({ path, line: 0, message: `is in an import cycle: ${[...cycle, path].join(" → ")}` });
  }
  return breaches;
}

/** Why one file may not import another, or `undefined` when it may. */
function refuse(path: string, room: string, target: string): string | undefined {
  const targetRoom = roomOf(target);
  if (targetRoom === undefined) return `imports "${target}", which is not part of the library`;
  if (targetRoom === room) return undefined;
  if (targetRoom === "mod") return `imports mod.ts, which only gathers what others made`;
  const allowed = arrows[room];
  if (allowed === undefined) {
    const opens = targetRoom !== "engines" || opensEngines.has(room);
    return opens ? undefined : `imports "${target}"; only decorators import engines`;
  }
  if (allowed.includes(targetRoom) || (targetRoom === "policy" && evictsByItself.test(path))) return undefined;
  return `imports "${target}"; ${room} may import ${allowed.length > 0 ? allowed.join(", ") : "nothing"}`;
}

function roomOf(path: string): string | undefined {
  if (path === "mod.ts") return "mod";
  if (path.startsWith("engines/")) return "engines";
  if (path.startsWith("src/")) return path.split("/")[1]?.replace(/\.ts$/, "");
  return undefined;
}

function isFolder(path: string): boolean {
  return path.split("/").length > 2;
}

interface Import {
  readonly specifier: string;
  readonly node: ts.Node;
  /** Whether nothing is left of it when the types are gone. A cycle of such imports never loads anything too early. */
  readonly isType: boolean;
}

/** Every module a file names: imports, exports from, `import()` of a literal, and `import("…")` in types. */
function importsOf(file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node, module: ts.Node | undefined, isType: boolean) => {
    if (module !== undefined && ts.isStringLiteralLike(module)) found.push({ specifier: module.text, node, isType });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal, true);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

if (import.meta.main) {
  const breaches = checkLayers(await readTree(["mod.ts", "src", "engines", "tests", "scripts", "bench"]));
  for (const { path, line, message } of breaches) console.error(`${path}${line > 0 ? `:${line}` : ""} ${message}`);
  if (breaches.length > 0) Deno.exit(1);
}
