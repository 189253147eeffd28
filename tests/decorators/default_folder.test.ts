import assert from "node:assert/strict";
import { mkdirSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { runChild } from "../child.ts";
import { fastFolder } from "../engines_here.ts";

test("caches live below the user's folder for caches by default, and nothing is made in the working folder", async () => {
  const root = realpathSync(fastFolder());
  const folders = ["home", "xdg", "work"].map((name) => join(root, name));
  for (const folder of folders) mkdirSync(folder);
  const [home, xdg, work] = folders as [string, string, string];
  const { code, stdout, stderr } = await runChild(new URL("./children/default_folder.ts", import.meta.url), [work], {
    HOME: home,
    XDG_CACHE_HOME: xdg,
    LOCALAPPDATA: xdg,
  });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const paths = JSON.parse(stdout) as string[];
  for (const path of paths) {
    assert.ok(path.startsWith(xdg) || path.startsWith(join(home, "Library")), path);
    assert.ok(readdirSync(path).includes("CACHEDIR.TAG"), path);
  }
  assert.deepEqual(new Set(paths.map(dirname)).size, 1);
  assert.deepEqual(readdirSync(dirname(paths[0]!)).sort(), ["context", "default", "files", "mine"]);
  assert.deepEqual(readdirSync(work), []);
});
