/**
 * Writes the public declarations of every entry of deno.json as one text, so that no change of them goes unnoticed.
 *
 * `deno task api` writes tests/api.d.ts.txt anew; tests/exports.test.ts compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import ts from "typescript";
import { root } from "./tree.ts";

/** The declarations that are written down, below the project's folder. */
export const apiPath = "tests/api.d.ts.txt";

/** How the text of a source is had, by its URL. */
export type ReadSource = (url: URL) => string;

/** Where a name that a module exports is declared. */
interface Place {
  readonly url: URL;
  readonly name: string;
}

const printer = ts.createPrinter({ removeComments: true, omitTrailingSemicolon: true });

/**
 * The declarations of all entries, each once: an entry that shows what one before it declares names it and where.
 *
 * Why not `deno doc`: this runs wherever TypeScript does, and what it writes reads like TypeScript.
 */
export function renderApi(name: string, exports: Readonly<Record<string, string>>, read: ReadSource): string {
  const sources = new Sources(read);
  const shown = new Map<string, string>();
  const sections = Object.entries(exports).map(([entry, path]) => {
    const specifier = `${name}${entry.slice(1)}`;
    const lines = [...sources.exportsOf(new URL(path, root))].sort(([one], [other]) => one < other ? -1 : 1)
      .flatMap(([exported, place]) => {
        if (typeof place === "string") return [place];
        const id = `${place.url.href} ${place.name}`;
        if (exported !== place.name) {
          throw new Error(`Cannot show ${exported}: ${place.url} declares it as ${place.name}; give it one name`);
        }
        const first = shown.get(id);
        if (first !== undefined) return [`export { ${exported} } from "${first}"`];
        shown.set(id, specifier);
        return sources.declarationsOf(place);
      });
    return [`// ${specifier}`, ...lines, ""].join("\n");
  });
  return sections.join("\n");
}

/** The names of what an entry exports that is there at run time, in order. */
export function valuesIn(api: string, specifier: string): string[] {
  const section = api.split(/^(?=\/\/ )/m).find((text) => text.startsWith(`// ${specifier}\n`)) ?? "";
  const own = section.matchAll(/^export declare (?:abstract )?(?:const|function|class) ([\w$]+)/gm);
  const others = [...section.matchAll(/^export \{ ([\w$]+) \} from "([^"]+)"/gm)]
    .filter(([, name, from]) => valuesIn(api, from!).includes(name!));
  return [...new Set([...own, ...others].map(([, name]) => name!))].sort();
}

/** The lines in which two texts differ, as `- line` and `+ line`, each after the unchanged line that its declaration begins with. */
export function differences(written: string, found: string): string[] {
  const [before, after] = [written.split("\n"), found.split("\n")];
  // How many lines are common to what is left of both, by where that begins: the longest common subsequence.
  const common = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i]![j] = before[i] === after[j]
        ? common[i + 1]![j + 1]! + 1
        : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const lines: string[] = [];
  let head: string | undefined;
  const tell = (line: string) => {
    if (head !== undefined) lines.push(`  ${head}`);
    head = undefined;
    lines.push(line);
  };
  for (let [i, j] = [0, 0]; i < before.length || j < after.length;) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      if (/^\S.*\{$/.test(before[i]!)) head = before[i];
      else if (before[i] === "}") head = undefined;
      [i, j] = [i + 1, j + 1];
    } else if (j === after.length || (i < before.length && common[i + 1]![j]! >= common[i]![j + 1]!)) {
      tell(`- ${before[i++]}`);
    } else tell(`+ ${after[j++]}`);
  }
  return lines;
}

/** Source files and their declarations, each made once. */
class Sources {
  readonly #read: ReadSource;
  readonly #declarations = new Map<string, ts.SourceFile>();

  constructor(read: ReadSource) {
    this.#read = read;
  }

  /** What a module exports: the place of each declaration, or how it shows something of another package. */
  exportsOf(url: URL): Map<string, Place | string> {
    const found = new Map<string, Place | string>();
    for (const statement of this.#file(url).statements) {
      if (ts.isExportDeclaration(statement)) {
        for (const [name, place] of this.#passedOn(statement, url)) found.set(name, place);
      } else {
        if (isExported(statement)) { for (const name of namesOf(statement)) found.set(name, { url, name }); }
      }
    }
    return found;
  }

  /** How a name is declared; a function that is overloaded is so several times. */
  declarationsOf({ url, name }: Place): string[] {
    const file = this.#file(url);
    const texts = file.statements.filter((statement) => namesOf(statement).includes(name))
      .map((statement) => printer.printNode(ts.EmitHint.Unspecified, statement, file));
    if (texts.length === 0) {
      throw new Error(`Cannot show ${name}: ${url} does not declare it; export it from where it is`);
    }
    return texts;
  }

  *#passedOn(statement: ts.ExportDeclaration, url: URL): Iterable<[string, Place | string]> {
    const { exportClause, isTypeOnly, moduleSpecifier } = statement;
    const from = moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)
      ? moduleSpecifier.text
      : undefined;
    const target = from?.startsWith(".") ? new URL(from, url) : undefined;
    if (exportClause === undefined) {
      if (target === undefined) {
        throw new Error(`Cannot list what ${url} exports: "export *" of ${from}; name what it is`);
      }
      return yield* this.exportsOf(target);
    }
    if (ts.isNamespaceExport(exportClause)) {
      throw new Error(`Cannot list what ${url} exports: a namespace; name what it is`);
    }
    for (const element of exportClause.elements) {
      const [exported, name] = [element.name.text, (element.propertyName ?? element.name).text];
      if (from === undefined) {
        yield [exported, this.#importedAs(name, url) ?? { url, name }];
        continue;
      }
      if (target === undefined) {
        const type = isTypeOnly || element.isTypeOnly ? "type " : "";
        yield [exported, `export ${type}{ ${element.getText()} } from "${from}"`];
        continue;
      }
      const place = this.exportsOf(target).get(name);
      if (place === undefined) {
        throw new Error(`Cannot list what ${url} exports: ${target} has no ${name}; mend the export`);
      }
      yield [exported, place];
    }
  }

  /** Where a name that a module imports from a neighbour is declared. */
  #importedAs(name: string, url: URL): Place | string | undefined {
    for (const statement of this.#file(url).statements) {
      if (!ts.isImportDeclaration(statement)) continue;
      const { importClause, moduleSpecifier } = statement;
      const bindings = importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings) || !ts.isStringLiteral(moduleSpecifier)) continue;
      const element = bindings.elements.find((element) => element.name.text === name);
      if (element === undefined || !moduleSpecifier.text.startsWith(".")) continue;
      return this.exportsOf(new URL(moduleSpecifier.text, url)).get((element.propertyName ?? element.name).text);
    }
    return undefined;
  }

  #file(url: URL): ts.SourceFile {
    const known = this.#declarations.get(url.href);
    if (known !== undefined) return known;
    const { outputText } = ts.transpileDeclaration(this.#read(url), {
      fileName: url.pathname,
      compilerOptions: { target: ts.ScriptTarget.ES2022, strict: true, stripInternal: true, removeComments: true },
    });
    const file = ts.createSourceFile(url.href, outputText, ts.ScriptTarget.Latest, true);
    this.#declarations.set(url.href, file);
    return file;
  }
}

/** Whether a statement exports what it declares. */
function isExported(statement: ts.Statement): boolean {
  return ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

/** The names that a statement declares. */
function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => ts.isIdentifier(name) ? [name.text] : []);
  }
  const { name } = statement as ts.DeclarationStatement;
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

/** The declarations as they are now. */
export function currentApi(): string {
  const read: ReadSource = (url) => readFileSync(url, "utf8");
  const { name, exports } = JSON.parse(read(new URL("deno.json", root)));
  return renderApi(name, exports, read);
}

if (import.meta.main) {
  const path = new URL(apiPath, root);
  const found = currentApi();
  writeFileSync(path, found);
  console.log(`written: ${apiPath}`);
}
