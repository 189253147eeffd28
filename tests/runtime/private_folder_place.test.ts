import assert from "node:assert/strict";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { Globals } from "../../src/contract/engine.ts";
import { PathError } from "../../src/errors.ts";
import { makePrivateFolder } from "../../src/runtime/private_folder.ts";
import { tempFolder } from "../temp_folder.ts";

const globals = globalThis as unknown as Globals;

test("makePrivateFolder() makes every missing folder above, for this user alone", () => {
  const path = join(tempFolder(), "a", "b", "c");
  makePrivateFolder(globals, path, true);
  assert.ok(existsSync(path));
  if (process.platform !== "win32") assert.equal(statSync(join(path, "..")).mode & 0o777, 0o700);
  makePrivateFolder(globals, path, true);
});

test("makePrivateFolder() says what is in the way, and comes back from places that cannot have folders", () => {
  const folder = tempFolder();
  writeFileSync(join(folder, "file"), "");
  const places = [join(folder, "file", "x")];
  if (existsSync("/proc/self")) places.push("/proc/x/y");
  for (const place of places) {
    assert.throws(() => makePrivateFolder(globals, place, true), (error: PathError) => {
      assert.ok(error instanceof PathError, String(error));
      assert.match(error.message, /^Cannot make .+; choose a place you may write to with the option cacheDir/);
      return true;
    });
  }
});
