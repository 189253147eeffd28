import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { missingRuntimes, otherRuntimes, thisRuntime } from "../runtimes.ts";
import { tempFolder } from "../temp_folder.ts";
import { expectedEntries, foundEntries, writeEntries } from "./encrypted_samples.ts";

const folder = tempFolder();
const script = fileURLToPath(new URL("children/encrypted_child.ts", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

test(`encrypted() reads what ${thisRuntime()} wrote itself`, async () => {
  await writeEntries(join(folder, "own"));
  assert.deepEqual(await foundEntries(join(folder, "own")), expectedEntries());
});

for (const { name, command } of otherRuntimes()) {
  const run = (...args: string[]): string =>
    execFileSync(command[0]!, [...command.slice(1), script, ...args], {
      cwd: root,
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
      encoding: "utf8",
      timeout: 60_000,
    });

  test(`encrypted() reads what ${name} wrote, and ${name} what it wrote`, async () => {
    run("write", join(folder, name));
    assert.deepEqual(await foundEntries(join(folder, name)), expectedEntries());
    await writeEntries(join(folder, `for ${name}`));
    assert.deepEqual(JSON.parse(run("read", join(folder, `for ${name}`))), expectedEntries());
  });
}

for (const name of missingRuntimes()) {
  const skip = `${name} is not installed: set TWAT_TEST_${name.toUpperCase()}`;
  test(`encrypted() reads what ${name} wrote`, { skip }, () => {});
}
