/** Installs a git hook that runs `deno task ok` before each commit: `deno task hook`. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./tree.ts";

const script = `#!/bin/sh
# Written by \`deno task hook\`. Delete this file to be rid of it; \`git commit --no-verify\` passes it by once.
if command -v deno >/dev/null; then exec deno task ok; fi
exec npx -y deno@2 task ok
`;

/** What became of the hook, and the file that is or would be it. */
export interface HookReport {
  readonly done: "installed" | "left" | "refused";
  readonly path: string;
  /** In words, what to do about it if anything. */
  readonly text: string;
}

/**
 * Writes the hook to where git looks for it in a working folder. A hook of somebody else's is left alone, and so is a folder of
 * hooks that other repositories share.
 */
export function installHook(folder: string): HookReport {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  const path = join(resolve(folder, git("rev-parse", "--git-path", "hooks")), "pre-commit");
  const homes = [git("rev-parse", "--show-toplevel"), resolve(folder, git("rev-parse", "--git-common-dir"))];
  if (!homes.some((home) => isInside(path, home))) {
    return {
      done: "refused",
      path,
      text:
        `Cannot install the hook: core.hooksPath leads to ${path}, which other repositories share; call \`deno task ok\` there`,
    };
  }
  const present = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (present === script) return { done: "left", path, text: `${path} is there already; delete it to be rid of it` };
  if (present !== undefined && !present.includes("`deno task hook`")) {
    return {
      done: "refused",
      path,
      text: `Cannot install the hook: ${path} is somebody else's; add the line \`deno task ok\` to it`,
    };
  }
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return {
    done: "installed",
    path,
    text: `${path} runs \`deno task ok\` before each commit; delete it to be rid of it`,
  };
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith("..") && resolve(folder, way) === path && way !== path;
}

if (import.meta.main) {
  const { done, text } = installHook(fileURLToPath(root));
  if (done === "refused") {
    console.error(text);
    Deno.exit(1);
  }
  console.log(text);
}
