import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { newEngine } from "../../scripts/new_engine.ts";
import { tempFolder } from "../temp_folder.ts";

const built = import.meta.url.endsWith(".js");
const { versions } = process as { versions: Record<string, string | undefined> };
const deno = versions["deno"] !== undefined;
const source = fileURLToPath(new URL("../../", import.meta.url));

/** A folder with what an engine and its test import. */
function project(): string {
  const folder = tempFolder();
  for (const name of ["engines", "tests/engines"]) mkdirSync(join(folder, name), { recursive: true });
  if (built) return folder;
  const { compilerOptions, fmt } = JSON.parse(readFileSync(join(source, "deno.json"), "utf8"));
  writeFileSync(
    join(folder, deno ? "deno.json" : "package.json"),
    JSON.stringify({ type: "module", compilerOptions, fmt }),
  );
  for (const name of ["src/contract", "src/errors.ts", "tests/contract", "tests/random.ts"]) {
    cpSync(join(source, name), join(folder, name), { recursive: true });
  }
  return folder;
}

const make = (folder: string, name: string) => newEngine(name, pathToFileURL(`${folder}/`));

/** Runs the runtime at hand. Node runs no tests from within a test, unless that is kept from it. */
function run(folder: string, ...args: string[]): Promise<{ code: unknown; output: string }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, timeout: 60_000, env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? (error ? "killed" : 0), output: stdout + stderr });
    });
  });
}

test("newEngine() writes an engine and a test of their usual lengths, and says what is to be edited", async () => {
  const folder = project();
  const said = await make(folder, "web_shelf2");
  const [engine, itsTest] = ["engines/web_shelf2.ts", "tests/engines/web_shelf2.test.ts"].map((path) =>
    readFileSync(join(folder, path), "utf8")
  ) as [string, string];
  assert.match(engine, /^export const webShelf2: Engine = /m);
  assert.match(engine, /^class WebShelf2Store /m);
  assert.ok(engine.split("\n").length <= 120 && itsTest.split("\n").length <= 25);
  assert.ok(said.includes('"./web-shelf2": "./engines/web_shelf2.ts"'));
  assert.match(said, /webShelf2 in the list/);
});

test("newEngine() writes what passes the contract as it is", {
  skip: built && "built tests have no sources beside them to write a test for",
}, async () => {
  const folder = project();
  await make(folder, "some_kept_storage");
  const file = "tests/engines/some_kept_storage.test.ts";
  const args = deno
    ? ["test", "-A", "--no-lock", "--no-check", file]
    : versions["bun"] !== undefined
    ? ["test", `./${file}`]
    : ["--test", "--test-reporter=tap", file];
  if (deno) {
    const checks = [["fmt", "--check"], ["lint"], ["check", "--no-lock"]];
    const written = ["engines/some_kept_storage.ts", file];
    for (const check of checks) {
      const { code, output } = await run(folder, ...check, ...written);
      assert.equal(code, 0, output);
    }
  }
  const { code, output } = await run(folder, ...args);
  assert.equal(code, 0, output);
  assert.match(output, /close\(\) may be called twice/);
  writeFileSync(
    join(folder, "engines/some_kept_storage.ts"),
    readFileSync(join(folder, "engines/some_kept_storage.ts"), "utf8").replace(
      "#driver().delete(key);",
      "#driver().has?.(key);",
    ),
  );
  const broken = await run(folder, ...args);
  assert.notEqual(broken.code, 0, "the test notices when the engine is broken");
});

test("newEngine() refuses a name that is none, and to write over what is there", async () => {
  const folder = project();
  for (const name of ["", "Shelf", "web-shelf", "_shelf", "shelf_", "web__shelf", "2shelf", "../shelf", "a/b"]) {
    await assert.rejects(make(folder, name), { message: /^Cannot make an engine ".*": its name is no snake_case; / });
  }
  writeFileSync(join(folder, "tests/engines/shelf.test.ts"), "mine");
  await assert.rejects(make(folder, "shelf"), { message: /tests\/engines\/shelf\.test\.ts is there already; / });
  assert.ok(!existsSync(join(folder, "engines/shelf.ts")), "nothing is half written");
  assert.equal(readFileSync(join(folder, "tests/engines/shelf.test.ts"), "utf8"), "mine");
});
