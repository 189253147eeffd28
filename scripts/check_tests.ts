/**
 * Proves that no test is silently narrowed (every runtime must see it, run it, and say so when it does not), and that none sleeps
 * until a value is old.
 */
import ts from "typescript";
import { readTree, type Tree } from "./tree.ts";

/** Every test that would be left out without a trace on some runtime, or judges time by sleeping, in words. */
export function checkTests(tree: Tree): string[] {
  const faults: string[] = [];
  for (const [path, source] of tree) {
    if (!path.endsWith(".test.ts")) continue;
    const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
    const fault = (node: ts.Node, message: string) =>
      faults.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${message}`);
    let brief: ts.Node | undefined;
    let [sleeps, hasClock] = [false, false];
    const visit = (node: ts.Node): void => {
      const message = judge(node, path);
      if (message !== undefined) fault(node, message);
      if (isBriefLife(node)) brief ??= node;
      if (ts.isIdentifier(node)) {
        sleeps ||= node.text === "setTimeout";
        hasClock ||= /^clock$|Clock$/.test(node.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    if (brief !== undefined && sleeps && !hasClock) {
      fault(brief, `lets a value age while the test sleeps (${brief.getText()}); give a FakeClock, and advance it`);
    }
  }
  return faults;
}

function judge(node: ts.Node, path: string): string | undefined {
  if (ts.isDecorator(node) && !path.endsWith(".decorators.test.ts")) {
    return "uses decorator syntax, which Node cannot strip; move it to a file named *.decorators.test.ts";
  }
  if (ts.isPropertyAssignment(node) && isOption(node)) {
    const name = node.name.getText();
    if (name === "only") return "runs alone; take `only` out";
    if (name === "todo") return "is a `todo`; write it, or note it in an issue";
    if (name === "skip" && isBare(node.initializer)) {
      return 'is skipped without a reason; write skip: condition && "the reason"';
    }
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression: owner, name } = node.expression;
  const isRunner = ["test", "it", "describe", "suite"].includes(owner.getText());
  if (isRunner && ["only", "todo", "skip"].includes(name.text)) {
    return `calls ${owner.getText()}.${name.text}(); give the option { skip: "the reason" } where it must be skipped`;
  }
  if (name.text === "skip" && ["t", "context", "ctx"].includes(owner.getText())) {
    return `calls ${owner.getText()}.skip(), which Deno counts as passed; give the option { skip: "the reason" }`;
  }
  return undefined;
}

/** The options that end something at an instant. */
const lives = new Set(["ttl", "slidingTtl", "errorTtl", "staleWhileRevalidate", "staleIfError", "retryAfter"]);

/** Whether a node gives a value less than ten seconds, which a test could sleep through. */
function isBriefLife(node: ts.Node): boolean {
  if (!ts.isPropertyAssignment(node) || !lives.has(node.name.getText())) return false;
  const text = node.initializer.getText().replaceAll(/[_"'`]/g, "");
  const [, amount, unit = "ms"] = /^([\d.]+)(ms|s)?$/.exec(text) ?? [];
  return amount !== undefined && Number(amount) > 0 && Number(amount) * (unit === "s" ? 1_000 : 1) < 10_000;
}

/** Whether an expression is a yes or no that says nothing of why. */
function isBare(expression: ts.Expression): boolean {
  if (expression.kind === ts.SyntaxKind.TrueKeyword || ts.isPrefixUnaryExpression(expression)) return true;
  return ts.isBinaryExpression(expression) &&
    /^([=!]==?|[<>]=?|in|instanceof)$/.test(expression.operatorToken.getText());
}

/** Whether a property belongs to the options of a `test`, `it` or `describe` call. */
function isOption(node: ts.PropertyAssignment): boolean {
  const call = node.parent.parent;
  return ts.isCallExpression(call) &&
    /^(test|it|describe|suite|(t|context|ctx)\.test)$/.test(call.expression.getText());
}

if (import.meta.main) {
  const faults = checkTests(await readTree(["tests"]));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
}
