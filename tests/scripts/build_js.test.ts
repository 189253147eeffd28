import assert from "node:assert/strict";
import { test } from "node:test";
import { toJavaScript } from "../../scripts/build_js.ts";

/** What a source becomes, without its source map. */
const build = (source: string) => toJavaScript(source, "a.ts").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "").trim();

test("toJavaScript() takes the types away and calls neighbours .js", () => {
  assert.equal(
    build(`import { a } from "./a.ts";\nimport type { B } from "../b.ts";\nexport const c: B = a;`),
    [
      `import { a } from "./a.js";`,
      `export const c = a;`,
    ].join("\n"),
  );
  assert.equal(build(`export * from "../x/b.ts";`), `export * from "../x/b.js";`);
  assert.equal(build(`export const a = () => import("./a.ts");`), `export const a = () => import("./a.js");`);
});

test("toJavaScript() calls neighbours .js where a URL or import.meta.resolve() names them", () => {
  const renamed = [
    ['new URL("./a.ts", import.meta.url)', 'new URL("./a.js", import.meta.url)'],
    ['new URL("a.ts", import.meta.url)', 'new URL("a.js", import.meta.url)'],
    ["new URL(`../${name}.ts`, import.meta.url)", "new URL(`../${name}.js`, import.meta.url)"],
    ['import.meta.resolve("../a.ts")', 'import.meta.resolve("../a.js")'],
  ];
  for (const [source, built] of renamed) {
    assert.equal(build(`export const a = ${source};`), `export const a = ${built};`);
  }
});

test("toJavaScript() leaves other texts alone", () => {
  const texts = [
    `"./a.ts"`,
    `new URL("./a.ts", base)`,
    `new URL("./a.json", import.meta.url)`,
    `new URL("./a.d.ts", import.meta.url)`,
    `new URL("https://example.org/a.ts", import.meta.url)`,
    `new URL(name, import.meta.url)`,
    `read("./a.ts", import.meta.url)`,
  ];
  for (const text of texts) assert.equal(build(`export const a = ${text};`), `export const a = ${text};`);
});

test("toJavaScript() lowers decorators to what any runtime parses", () => {
  const source = `
    const twice = (method: (this: unknown) => number, _context: unknown) => function (this: unknown) { return 2 * method.call(this); };
    class A { #one = 1; @twice one(): number { return this.#one; } }
  `;
  const built = build(source);
  assert.doesNotMatch(built, /@twice/);
  assert.equal(new Function(`${built}; return new A().one();`)(), 2);
});

test("toJavaScript() throws on source that does not parse, with the place", () => {
  assert.throws(() => toJavaScript(`const a = ;`, "src/a.ts"), /^SyntaxError: Cannot build src\/a\.ts:1: /);
});
