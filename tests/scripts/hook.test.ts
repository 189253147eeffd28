import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { installHook } from "../../scripts/hook.ts";
import { tempFolder } from "../temp_folder.ts";

const home = tempFolder();
const noGit = spawnSync("git", ["--version"]).status !== 0 && "there is no git";

/** Neither the settings of who runs this, nor the repository in whose hook this may run. */
for (const name of Object.keys(process.env)) if (name.startsWith("GIT_")) delete process.env[name];
process.env["GIT_CONFIG_GLOBAL"] = join(home, "gitconfig");
process.env["GIT_CONFIG_NOSYSTEM"] = "1";

function git(folder: string, ...args: string[]): string {
  return execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
}

function makeRepository(name: string): string {
  const folder = join(home, name);
  mkdirSync(folder);
  git(folder, "init", "--quiet");
  git(folder, "config", "user.name", "Ada");
  git(folder, "config", "user.email", "ada@example.org");
  return folder;
}

/** Commits with a `deno` that notes what it is asked and then ends as it is told. */
function commit(folder: string, exitCode: number): { readonly status: number | null; readonly asked: string } {
  const [bin, notes] = [join(folder, ".git", "bin"), join(folder, ".git", "notes")];
  mkdirSync(bin, { recursive: true });
  writeFileSync(notes, "");
  writeFileSync(join(bin, "deno"), `#!/bin/sh\necho "$@" >> '${notes}'\nexit ${exitCode}\n`, { mode: 0o755 });
  const { status } = spawnSync("git", ["commit", "--allow-empty", "--quiet", "-m", "x"], {
    cwd: folder,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"]}` },
  });
  return { status, asked: readFileSync(notes, "utf8").trim() };
}

test(
  "installHook() makes each commit run deno task ok first, and only a good end lets it through",
  { skip: noGit },
  () => {
    const folder = makeRepository("plain");
    assert.deepEqual(commit(folder, 1), { status: 0, asked: "" });
    assert.equal(installHook(folder).done, "installed");
    assert.deepEqual(commit(folder, 0), { status: 0, asked: "task ok" });
    assert.deepEqual(commit(folder, 1), { status: 1, asked: "task ok" });
  },
);

test("installHook() changes nothing the second time, and renews a hook that it wrote before", { skip: noGit }, () => {
  const folder = makeRepository("twice");
  const { path } = installHook(folder);
  const written = readFileSync(path, "utf8");
  assert.equal(installHook(folder).done, "left");
  writeFileSync(path, `${written}# of another version\n`);
  assert.equal(installHook(folder).done, "installed");
  assert.equal(readFileSync(path, "utf8"), written);
});

test("installHook() leaves somebody else's hook alone and says what to add to it", { skip: noGit }, () => {
  const folder = makeRepository("other");
  const path = join(folder, ".git", "hooks", "pre-commit");
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "#!/bin/sh\nexit 0\n");
  const { done, text } = installHook(folder);
  assert.equal(done, "refused");
  assert.match(text, /add the line `deno task ok`/);
  assert.equal(readFileSync(path, "utf8"), "#!/bin/sh\nexit 0\n");
});

test(
  "installHook() follows core.hooksPath inside the repository, and refuses one that others share",
  { skip: noGit },
  () => {
    const folder = makeRepository("hooks_path");
    git(folder, "config", "core.hooksPath", ".hooks");
    const { done, path } = installHook(folder);
    assert.equal(done, "installed");
    assert.ok(path.endsWith(join("hooks_path", ".hooks", "pre-commit")), path);
    assert.deepEqual(commit(folder, 1), { status: 1, asked: "task ok" });
    git(folder, "config", "core.hooksPath", join(home, "shared"));
    assert.equal(installHook(folder).done, "refused");
  },
);
