/**
 * Builds the library, its tests, its scripts and its demo to plain ES2022 JavaScript, file by file, for runtimes that cannot strip
 * types (Node 20) or parse decorators (every Node).
 *
 * Why a transpiler and not a bundler: tests open neighbours by `new URL("./x.ts", import.meta.url)` and start them as
 * processes of their own, so the tree has to keep its shape.
 */
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { listFiles, root } from "./tree.ts";

const places = ["mod.ts", "src", "engines", "tests", "scripts"];

/** What tests read besides. */
const pages = ["README.md", "package.json"];

/** One source file as JavaScript, with its `.ts` neighbours called `.js`. Throws on source that does not parse. */
export function toJavaScript(source: string, path: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(source, {
    fileName: path,
    reportDiagnostics: true,
    transformers: { before: [renameNeighbours] },
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
      inlineSources: true,
    },
  });
  const [first] = diagnostics;
  if (first) {
    const line = first.file?.getLineAndCharacterOfPosition(first.start ?? 0).line ?? 0;
    const message = ts.flattenDiagnosticMessageText(first.messageText, "\n");
    throw new SyntaxError(`Cannot build ${path}:${line + 1}: ${message}; mend the source`);
  }
  return outputText;
}

/** Turns `new URL("x.ts", import.meta.url)` and `import.meta.resolve("./x.ts")` to the built neighbour, as imports are. */
function renameNeighbours(context: ts.TransformationContext): ts.Transformer<ts.SourceFile> {
  const { factory } = context;
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isNewExpression(node) && isUrlBesideThis(node)) {
      const [place, ...rest] = node.arguments ?? [];
      return factory.updateNewExpression(node, node.expression, undefined, [rename(place), ...rest]);
    }
    if (ts.isCallExpression(node) && node.expression.getText() === "import.meta.resolve") {
      return factory.updateCallExpression(node, node.expression, undefined, [rename(node.arguments[0])]);
    }
    return ts.visitEachChild(node, visit, context);
  };
  const rename = (place: ts.Expression | undefined): ts.Expression => {
    if (place === undefined) return factory.createStringLiteral("");
    if (ts.isStringLiteralLike(place) && /^(?!\w+:|\/).*(?<!\.d)\.ts$/.test(place.text)) {
      return factory.createStringLiteral(place.text.replace(/\.ts$/, ".js"));
    }
    const last = ts.isTemplateExpression(place) ? place.templateSpans.at(-1) : undefined;
    if (!ts.isTemplateExpression(place) || last === undefined || !/\.ts$/.test(last.literal.text)) return place;
    const tail = factory.createTemplateTail(last.literal.text.replace(/\.ts$/, ".js"));
    const spans = [...place.templateSpans.slice(0, -1), factory.updateTemplateSpan(last, last.expression, tail)];
    return factory.updateTemplateExpression(place, place.head, spans);
  };
  return (file) => ts.visitEachChild(file, visit, context);
}

function isUrlBesideThis({ expression, arguments: given }: ts.NewExpression): boolean {
  return expression.getText() === "URL" && given?.[1]?.getText() === "import.meta.url";
}

/** Builds the whole project into an empty or new folder; returns how many files it wrote there. */
export async function buildJs(folder: string, from: URL = root): Promise<number> {
  const target = pathToFileURL(resolve(folder) + sep);
  const paths = (await Promise.all(places.map((place) => listFiles(place, from)))).flat();
  paths.push(...pages.filter((page) => existsSync(new URL(page, from))));
  await Promise.all(paths.map(async (path) => {
    const built = new URL(path.replace(/\.ts$/, ".js"), target);
    await mkdir(new URL("./", built), { recursive: true });
    if (path.endsWith(".ts")) await writeFile(built, toJavaScript(await readFile(new URL(path, from), "utf8"), path));
    else await copyFile(new URL(path, from), built);
  }));
  return paths.length;
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? fileURLToPath(new URL("dist/js", root));
  await rm(folder, { recursive: true, force: true });
  console.log(`${await buildJs(folder)} files in ${folder}`);
}
