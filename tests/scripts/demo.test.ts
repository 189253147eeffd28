import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { Buffer } from "node:buffer";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BLOCK, readRange } from "../../scripts/demo/blocks.ts";
import { readOptions } from "../../scripts/demo/demo_options.ts";
import { findPages } from "../../scripts/demo/find_pages.ts";
import { readPage } from "../../scripts/demo/page.ts";
import { quote } from "../../scripts/demo/quote.ts";
import { readDeclarations } from "../../scripts/demo/read_declarations.ts";
import { readMarkdown } from "../../scripts/demo/read_markdown.ts";
import type { Demo } from "../../scripts/demo/report.ts";
import { termsOf } from "../../scripts/demo/terms_of.ts";

const script = fileURLToPath(new URL("../../scripts/demo.ts", import.meta.url));

function runDemo(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const command = ["deno" in process.versions ? ["run", "-A", "--no-check"] : [], script, args].flat();
  const child = spawn(process.execPath, command, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => output[name] += chunk);
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "twat-demo-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("demo finds in its second process all that the first one kept", { timeout: 120_000 }, async () => {
  await inFolder(async (folder) => {
    const { code, stdout, stderr } = await runDemo("--json", "--folder", folder);
    assert.equal(code, 0, stderr);
    const demo: Demo = JSON.parse(stdout);
    const { cold, warm } = demo;
    assert.equal(new Set([process.pid, cold.pid, warm.pid]).size, 3);
    assert.ok(cold.files >= 100, `${cold.files} files`);
    assert.equal(warm.files, cold.files);

    const use = (run: typeof cold, name: string) => run.caches.find((cache) => cache.name === name)!;
    for (const name of ["page", "matrix", "related", "nearest", "answered", "fetched"]) {
      const [before, after] = [use(cold, name), use(warm, name)];
      assert.ok(before.executions > 0, `${name} ran in the cold process`);
      assert.equal(before.hits === 0 || name === "fetched", true, `${name} was empty`);
      assert.equal(after.executions, 0, `${name} ran in the warm process`);
      assert.equal(after.hits, before.calls, `${name} was called as often`);
      assert.deepEqual([before.errors, after.errors], [0, 0], name);
      assert.equal(after.persistent, true, name);
      assert.ok(after.savedMs > 0, name);
    }
    assert.equal(use(cold, "page").executions, cold.files);
    assert.ok(use(cold, "terms").hits > 20 * use(cold, "terms").executions);
    assert.ok(use(cold, "fetched").executions < use(cold, "fetched").calls);
    for (const { decorator, engine, reason } of [...cold.caches, ...warm.caches]) {
      const expected = { mcache: /^memory$/, fcache: /^files$/ }[decorator] ??
        /^(bun_sqlite|node_sqlite|deno_kv|files)$/;
      assert.match(engine, expected);
      assert.notEqual(reason, "");
    }

    // How many times faster, bench/demo.ts judges; here other tests may have the machine.
    assert.ok(demo.cpuRatio > 3, `warm work is ${demo.cpuRatio.toFixed(1)} x faster; ${JSON.stringify(warm.stages)}`);

    assert.equal(demo.same, true);
    assert.deepEqual(warm.answers, cold.answers);
    assert.deepEqual(warm.quotes, cold.quotes);
    assert.equal(cold.answers.length, 10);
    const [hit] = cold.answers[0]!.hits;
    assert.equal(hit!.title, "LRUCache.fetch");
    assert.match(hit!.path, /^lru-cache\/.*\.d\.ts$/);
    assert.match(cold.quotes[`${hit!.path}:${hit!.line}`]!, /^Make an asynchronous cached fetch/);
    assert.ok(existsSync(demo.folder) && demo.folder.startsWith(folder));
  });
});

test(
  "demo answers questions of one's own, in lines of at most 80 characters without colours",
  { timeout: 120_000 },
  async () => {
    await inFolder(async (folder) => {
      const { code, stdout, stderr } = await runDemo(
        "--folder",
        folder,
        "--limit",
        "12",
        "--query",
        "dump and load a cache",
        "--query=zzzqqq",
      );
      assert.equal(code, 0, stderr);
      assert.match(stdout, /\ndump and load a cache\n {2}LRUCache\.(dump|load) /);
      assert.match(stdout, /\nzzzqqq\n {2}nothing was found/);
      assert.match(stdout, /\nbcache page +12 +12 +0 +- +12 +0 +12 /);
      assert.deepEqual(stdout.split("\n").filter((line) => line.length > 80), []);
      assert.equal((stdout + stderr).includes("\u001b"), false);
    });
  },
);

test("demo says what is wrong with its arguments, and how to write them", { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await runDemo("--fodler", "x");
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Cannot run the demo: "--fodler" is unknown; did you mean --folder\?\n\nUsage: /);
});

test("demo says what to do when its folder cannot be used", { timeout: 60_000 }, async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const { code, stdout, stderr } = await runDemo("--folder", file);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    const expected =
      `Cannot keep the demo's cache in the folder "${file}": it is a file, or lies below one; name another folder with --folder DIR\n`;
    assert.equal(stderr, expected);
  });
});

test("readOptions() throws on what cannot be meant", () => {
  for (
    const [args, message] of [
      [["--limit", "0"], /--limit is "0"/],
      [["--limit"], /--limit has no value/],
      [["--folder", "--json"], /--folder has no value/],
      [["--json=yes"], /--json takes no value/],
      [["words"], /write --query "words"/],
    ] as const
  ) assert.throws(() => readOptions(args), { name: "TypeError", message });
  assert.deepEqual(readOptions(["--query", "a", "--query=--b", "--json"]), {
    help: false,
    json: true,
    queries: ["a", "--b"],
  });
});

test("findPages() follows links to where packages are kept, and lists each file once", async () => {
  await inFolder(async (folder) => {
    const kept = join(folder, ".deno", "a@1.0.0", "node_modules");
    for (const name of ["a", "@s/b"]) {
      await mkdir(join(kept, name, "docs"), { recursive: true });
      for (const file of ["package.json", "docs/read.md", "index.d.ts", "index.js"]) {
        await writeFile(join(kept, name, file), "{}");
      }
    }
    await symlink(join(kept, "a"), join(folder, "a"), "junction");
    await symlink(join(kept, "nowhere"), join(folder, "c"), "junction");
    assert.deepEqual(findPages(folder).map(({ path }) => path), [
      ".deno/a@1.0.0/node_modules/@s/b/docs/read.md",
      ".deno/a@1.0.0/node_modules/@s/b/index.d.ts",
      "a/docs/read.md",
      "a/index.d.ts",
    ]);
    assert.deepEqual(findPages(folder, 1).map(({ size }) => size), [2]);
  });
});

test("readMarkdown() divides a text at its headings, not at those in code", () => {
  const text = "before\n# A [link](x)\n```sh\n# no heading\n```\n## B\nb\n### `C`\nc\n";
  assert.deepEqual(readMarkdown(text, "name").map(({ title, line, from, to }) => [title, line, from, to]), [
    ["name", 1, 1, 1],
    ["A link", 2, 2, 5],
    ["B", 6, 6, 7],
    ["B / C", 8, 8, 10],
  ]);
});

test("readDeclarations() finds declarations, and members that have a comment, with their lines", () => {
  const text = `/** Keeps things. */
export declare class Box<T> extends
  Base<{ a: string; }> {
  plain: string;
  /**
   * Puts a { brace } in.
   */
  put(value: T, options?: {
    deep: boolean;
  }): this;
}
/** One of two. */
type Two =
  | "a;"
  | "b";
declare namespace Outer { // {
  interface Inner {
    /** Said. */
    readonly said?: () => void;
  }
}
declare const x: number;`;
  const found = readDeclarations(text).map(({ title, line, from, to }) => `${title} ${line} ${from}-${to}`);
  assert.deepEqual(found, [
    "Box 2 1-11",
    "Box.put 8 5-10",
    "Two 13 12-15",
    "Outer 16 16-21",
    "Outer.Inner 17 17-20",
    "Outer.Inner.said 19 18-19",
    "x 22 22-22",
  ]);
});

test("readRange() joins blocks to the text of a section, wherever its characters are cut", async () => {
  const text = `# One\n${"ä€😀".repeat(BLOCK / 4)}\n# Two\nend`;
  const bytes = Buffer.from(text);
  const page = readPage({ path: "a/b.md", modifiedAt: 0, size: bytes.length }, text, termsOf);
  const asked: number[] = [];
  const fetched = (_: unknown, block: number) => {
    asked.push(block);
    return Promise.resolve(new Uint8Array(bytes.subarray(block * BLOCK, (block + 1) * BLOCK)));
  };
  const [, start, end, line, from, to] = page.places;
  assert.equal(line, 3);
  const one = await readRange(page, start!, end!, fetched);
  assert.equal(one + await readRange(page, from!, to!, fetched), text);
  assert.deepEqual(asked, [0, 1, 2, 2]);
});

test("quote() gives the first sentence without marks", () => {
  assert.equal(
    quote("/**\n * The **`a()`** method, see {@link A.b c}. More.\n * @example\n */\na(): void;"),
    "The a() method, see A.b c.",
  );
  assert.equal(quote("## Title\n\n```js\ncode();\n```\n[A](b) thing that\ngoes on. More"), "A thing that goes on.");
  assert.equal(quote("export type A = 1;"), "export type A = 1;");
});

test("termsOf() finds the parts of names, without endings and words that say nothing", () => {
  assert.deepEqual(termsOf("LRUCache"), ["lrucach", "lru", "cach"]);
  assert.deepEqual(termsOf("cachedValues"), ["cachedvalu", "cach", "valu"]);
  assert.deepEqual(termsOf("stopping"), termsOf("stops"));
  assert.deepEqual(termsOf("the"), []);
});
