import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { normalizedSource } from "../../src/key/normalized_source.ts";

/** Sources that differ in nothing but comments and white space. */
const alike: readonly (readonly [what: string, ...sources: string[]])[] = [
  [
    "white space",
    "function f(a,b){return a+b}",
    "function f( a, b ) {\n\n  return a + b\n}",
    "function\tf(a\r\n,b)\u00a0{ return a+b }",
  ],
  ["comments", "(a) => a + 1", "(a /* the number */) => a + 1 // one more", "/** adds */ (a) =>\n // so\n a + 1"],
  ["a comment that holds a quote", "() => 1", "() => /* it's */ 1", '() => // say "\n 1'],
  ["a comment that holds a template", "() => 1", "() => /* `${ */ 1"],
  ["space around operators", "() => a=-1", "() => a = - 1"],
  ["breaks where no statement ends", "f(a, b)", "f(\n  a,\n  b\n)"],
  ["breaks beside operators", "() => a && b ? c : d", "() => a &&\n b\n ? c\n : d"],
  ["breaks after semicolons", "{ a; b; }", "{\n a;\n b;\n}"],
  ["indentation without semicolons", "{ a\n b }", "{\n\n    a\n\n    b\n}"],
  ["space inside a substitution", "`${a+b}`", "`${ a + b }`", "`${\n a + /* c */ b\n}`"],
  ["space beside a division", "() => a/b/c", "() => a / b / c // d"],
  ["space after a pattern", "() => /a b/.test(c)", "() => /a b/ . test( c )"],
];

/** Sources that mean different things. */
const unlike: readonly (readonly [what: string, one: string, other: string])[] = [
  ["text", "() => 'a b'", "() => 'a  b'"],
  ["text in double quotes", '() => "a//b"', '() => "a//c"'],
  ["text with an escaped quote", "() => 'a\\'  b'", "() => 'a\\' b'"],
  ["text over two lines", "() => 'a\\\n  b'", "() => 'a\\\n b'"],
  ["what looks like a comment in text", "() => '/* a */'", "() => '/* b */'"],
  ["what looks like a comment in a template", "() => `// a`", "() => `// b`"],
  ["space in a template", "() => `a  b`", "() => `a b`"],
  ["space in a template after a substitution", "() => `${a}  b`", "() => `${a} b`"],
  ["space in a template inside a template", "() => `${`a  b`}`", "() => `${`a b`}`"],
  ["a template after a substitution with braces", "() => `${{ a: {} }}  b`", "() => `${{ a: {} }} b`"],
  ["text in a substitution", "() => `${'}'}  b`", "() => `${'}'} b`"],
  ["a pattern in a substitution", "() => `${/}/.source}  b`", "() => `${/}/.source} b`"],
  ["a pattern", "() => /a  b/", "() => /a b/"],
  ["a pattern with a slash in a class", "() => /[/]  a/", "() => /[/] a/"],
  ["a pattern that looks like a comment", "(a) => a.match(/[/*]/) /* b */", "(a) => a.match(/[/*c]/) /* b */"],
  ["a pattern after a condition", "() => { if (a) /[/*]  b/.test(c) }", "() => { if (a) /[/*] b/.test(c) }"],
  [
    "a pattern after for await",
    "async () => { for await (a of b) /'  '/.test(a) }",
    "async () => { for await (a of b) /' '/.test(a) }",
  ],
  ["a pattern after return", "() => { return /'  '/ }", "() => { return /' '/ }"],
  ["text after a division", "() => a / 'b  c' / 2", "() => a / 'b c' / 2"],
  ["text after a division of a bracket", "() => a[0] / 'b  c'", "() => a[0] / 'b c'"],
  ["text after a division of a call", "() => a() / 'b  c' / 1", "() => a() / 'b c' / 1"],
  ["text after a division of a property called return", "() => a.return / 'b  c' / 1", "() => a.return / 'b c' / 1"],
  [
    "text after a division of a call of a property called if",
    "() => a.if(b) / 'b  c' / 1",
    "() => a.if(b) / 'b c' / 1",
  ],
  ["a pattern after a block", "() => { {} /'  '/.test(a) }", "() => { {} /' '/.test(a) }"],
  ["text after a division of an object", "() => { a = {} / '  ' / 1 }", "() => { a = {} / ' ' / 1 }"],
  ["text after a division of a counter", "() => a++ / '  ' / 1", "() => a++ / ' ' / 1"],
  ["a break after return", "() => { return\na }", "() => { return a }"],
  ["a break behind a comment after return", "() => { return /*\n*/ a }", "() => { return a }"],
  ["a break beside ++", "{ a\n++b }", "{ a++\nb }"],
  ["a break after async", "{ async\nfunction f() {} }", "{ async function f() {} }"],
  ["a break before a generator method", "class { async\n*a() {} }", "class { async *a() {} }"],
  ["a break between fields", "class { get\na() {} }", "class { get a() {} }"],
  ["one word or two", "{ typeof a }", "{ typeofa }"],
  ["one operator or two", "() => a + +b", "() => a++ + b"],
  ["shift or comparison", "() => a >> b", "() => a > b"],
  ["a number", "() => 1.5", "() => 15"],
  ["a number with an exponent", "() => 1e+3", "() => 1e-3"],
  ["names beyond ASCII", "(é) => é", "(e) => e"],
  ["private names", "a => #b in a", "a => b in a"],
];

describe("normalizedSource()", () => {
  for (const [what, first, ...others] of alike) {
    it(`is one when sources differ in ${what}`, () => {
      for (const other of others) assert.equal(normalizedSource(other), normalizedSource(first!));
    });
  }

  for (const [what, one, other] of unlike) {
    it(`differs when sources differ in ${what}`, () => assert.notEqual(normalizedSource(one), normalizedSource(other)));
  }

  it("gives the same again for its own result", () => {
    for (
      const source of [
        ...alike.flatMap(([, ...sources]) => sources),
        ...unlike.flatMap(([, ...sources]) => sources),
      ]
    ) {
      const once = normalizedSource(source);
      assert.equal(normalizedSource(once), once, source);
    }
  });

  it("keeps every token of what it reads", () => {
    for (const source of unlike.flatMap(([, ...sources]) => sources)) {
      const bare = (text: string) => text.replace(/\/\*[\s]*\*\/|\s/g, "");
      if (!/\/\*/.test(source)) assert.equal(bare(normalizedSource(source)), bare(source));
    }
  });

  it("keeps the rest as it is when something has no end", () => {
    for (const source of ["() => 'a  ", "() => `a  ${b  ", "() => /a  "]) {
      assert.ok(normalizedSource(source).length >= source.trim().length - 1, source);
    }
  });

  it("takes the source of what the runtime has in store", () => {
    for (
      const fn of [
        (a: number) => a / 2,
        async function named() {},
        function* generator() {},
        class Thing {},
        { method() {} }.method,
      ]
    ) {
      assert.notEqual(normalizedSource(fn.toString()), "");
    }
  });
});
