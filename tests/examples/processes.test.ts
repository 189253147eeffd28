import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runChild } from "../child.ts";
import { runtimeName } from "../contract/expected_engines.ts";
import { tempFolder } from "../temp_folder.ts";

type CommandClass = new (path: string, options: { args: string[]; stdin: "null" }) => {
  output(): Promise<{ stdout: Uint8Array; stderr: Uint8Array }>;
};

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("importing the library changes no global, writes nothing, starts no timer and reads no clock or chance", async () => {
  const { code, stdout, stderr } = await runChild(new URL("./children/quiet.ts", import.meta.url));
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { added: [], spoken: [], timers: [], randoms: 0, readings: 0 });
});

test("a script that used every engine and closed none exits by itself", async () => {
  const { code, stdout, stderr } = await runChild(new URL("./children/leaver.ts", import.meta.url), [tempFolder()]);
  const lingered = Date.now() - Number(stdout);
  assert.equal(code, 0, stderr);
  assert.ok(lingered < 5_000, `it took ${lingered} ms`);
});

test("without permissions nothing asks, nothing fails, and each cache that should persist warns once", {
  skip: runtimeName() === "deno" ? false : "only Deno has permissions",
}, async () => {
  const script = fileURLToPath(new URL("./children/unpermitted.ts", import.meta.url));
  // Deno's node:child_process hands a child the permissions of its parent; its own command does not.
  const { Command } = (globalThis as unknown as { Deno: { Command: CommandClass } }).Deno;
  const child = new Command(process.execPath, { args: ["run", "--quiet", "--no-check", script], stdin: "null" });
  const [stdout, stderr] = await child.output().then(({ stdout, stderr }) => [stdout, stderr].map(text));
  assert.deepEqual(JSON.parse(stdout!), { results: [1, 1, 1, 1, 1], warnings: 4 });
  assert.equal(stderr, "");
});
