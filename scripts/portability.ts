import ts from "typescript";

/** A piece of syntax that some runtime, bundler or release build cannot take, and why. */
export interface PortabilityBreach {
  readonly node: ts.Node;
  readonly message: string;
}

const runtimeNames = new Set(["Deno", "Bun", "process", "Buffer", "require", "__dirname", "__filename"]);

/** What may not be called or built while a module is loaded: an edge runtime forbids it, or it asks for a permission. */
const notAtImport =
  /^(globalThis\.)?(setTimeout|setInterval|setImmediate|queueMicrotask|fetch|Math\.random|Date\.now|Date|performance\.now|crypto\..+)$/;

/** What in a source file of the library would not run on every runtime. */
export function findPortabilityBreaches(file: ts.SourceFile): PortabilityBreach[] {
  const breaches: PortabilityBreach[] = [];
  const ownNames = declaredNames(file);
  const visit = (node: ts.Node, loading: boolean): void => {
    const message = judge(node, loading, ownNames);
    if (message !== undefined) breaches.push({ node, message });
    const later = ts.isFunctionLike(node) || (ts.isPropertyDeclaration(node) && !isStatic(node));
    ts.forEachChild(node, (child) => visit(child, loading && !later));
  };
  visit(file, true);
  return breaches;
}

function judge(node: ts.Node, loading: boolean, ownNames: ReadonlySet<string>): string | undefined {
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
    return "uses import.meta, which the npm build has not";
  }
  if (ts.isIdentifier(node) && runtimeNames.has(node.text) && !ownNames.has(node.text) && isReference(node)) {
    return `uses a bare ${node.text}, which only some runtimes have; look it up on globalThis`;
  }
  if (loading && (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined))) {
    return "awaits at the top level, which require() cannot load";
  }
  if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) !== 0) {
    return "uses `using`, which Node 20 and browsers cannot parse";
  }
  if (ts.isDecorator(node)) return "uses decorator syntax, which Node cannot strip";
  if (
    loading && (ts.isCallExpression(node) || ts.isNewExpression(node)) && notAtImport.test(node.expression.getText())
  ) {
    return `calls ${node.expression.getText()} while the module loads; call it when it is needed`;
  }
  return undefined;
}

function isStatic(node: ts.PropertyDeclaration): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

/** Whether an identifier stands for a value or type, and is not the name of a property. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isPropertyAssignment(parent) || ts.isBindingElement(parent)) return parent.initializer === node;
  const named = ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent) || ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent) || ts.isGetAccessorDeclaration(parent) || ts.isNamedTupleMember(parent);
  return !(named && parent.name === node);
}

function declaredNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const declares = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) ||
      ts.isImportSpecifier(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}
