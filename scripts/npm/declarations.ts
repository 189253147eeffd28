import { posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { reach, specifiersOf } from "./reach.ts";

/** Declarations by their path, as in `src/errors.d.ts`. */
export type Declarations = ReadonlyMap<string, string>;

/** The declarations of sources, by path without `.ts`, and of all that they import. Throws on what TypeScript cannot declare. */
export function emitDeclarations(sources: readonly string[], from: URL): Declarations {
  const folder = fileURLToPath(from);
  const program = ts.createProgram(sources.map((source) => resolve(folder, `${source}.ts`)), {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: [],
    rootDir: folder,
    outDir: folder,
    declaration: true,
    emitDeclarationOnly: true,
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    // `deno check` does, with the libraries of Deno.
    noCheck: true,
  });
  const emitted = new Map<string, string>();
  const { diagnostics } = program.emit(
    undefined,
    (path, text) => emitted.set(posix.relative(slashed(folder), slashed(path)), text),
  );
  const [first] = diagnostics;
  if (first !== undefined) {
    const message = ts.flattenDiagnosticMessageText(first.messageText, "\n");
    throw new SyntaxError(`Cannot declare ${first.file?.fileName}: ${message}; write its type out`);
  }
  return emitted;
}

/**
 * What of the declarations the sources reach, as a consumer's TypeScript wants it: neighbours are called `.js`, and a file that
 * speaks of disposing names the library with those words, since not everybody's `lib` has it.
 */
export function publishedDeclarations(sources: readonly string[], declarations: Declarations): Declarations {
  const reached = reach(sources.map((source) => `${source}.d.ts`), (path) => declarations.get(path));
  return new Map([...reached].sort().map((path) => [path, withLibrary(renamed(declarations.get(path)!))]));
}

/** The packages that declarations import, without Node's own modules. */
export function packagesIn(declarations: Declarations): Set<string> {
  const specifiers = [...declarations.values()].flatMap(specifiersOf).filter((name) => !/^(\.|node:)/.test(name));
  return new Set(specifiers.map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier));
}

function renamed(text: string): string {
  const neighbours = specifiersOf(text).filter((name) => /^\..*\.ts$/.test(name));
  return neighbours.reduce((text, name) => text.replaceAll(`"${name}"`, `"${name.replace(/\.ts$/, ".js")}"`), text);
}

function withLibrary(text: string): string {
  const speaksOfDisposing = /\bSymbol\.(asyncD|d)ispose\b|\b(Async)?Disposable\b/.test(text);
  const reference = `/// <reference lib="esnext.disposable" />\n`;
  return speaksOfDisposing && !text.startsWith(reference) ? reference + text : text;
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
}
