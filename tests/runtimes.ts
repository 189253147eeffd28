import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/** A runtime that tests can start: its name and how to run a script file with all permissions. */
export interface Runtime {
  readonly name: "deno" | "bun" | "node";
  readonly command: readonly string[];
}

const NAMES = ["deno", "bun", "node"] as const;

/** The runtime that runs this test. */
export function thisRuntime(): Runtime["name"] {
  const { versions } = process as { versions: Record<string, string | undefined> };
  return versions["deno"] !== undefined ? "deno" : versions["bun"] !== undefined ? "bun" : "node";
}

/** The runtimes besides this one that are installed: named by `TWAT_TEST_DENO`, `TWAT_TEST_BUN`, `TWAT_TEST_NODE`, or on the PATH. */
export function otherRuntimes(): Runtime[] {
  return NAMES.filter((name) => name !== thisRuntime()).flatMap((name) => {
    const file = find(name);
    return file === undefined ? [] : [{ name, command: name === "deno" ? [file, "run", "-A"] : [file] }];
  });
}

/** The names of the runtimes besides this one that are not installed, so that a test can say what it skips. */
export function missingRuntimes(): Runtime["name"][] {
  const found = otherRuntimes().map(({ name }) => name);
  return NAMES.filter((name) => name !== thisRuntime() && !found.includes(name));
}

function find(name: Runtime["name"]): string | undefined {
  const named = process.env[`TWAT_TEST_${name.toUpperCase()}`];
  if (named !== undefined && named !== "") return named;
  const files = name === "node" ? ["node", "node24", "node22"] : [name];
  for (const file of files) {
    for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
      const path = join(folder, process.platform === "win32" ? `${file}.exe` : file);
      if (isExecutable(path) && (name !== "node" || stripsTypes(path))) return path;
    }
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Node runs TypeScript from 22.18. */
function stripsTypes(path: string): boolean {
  const [major, minor] = execFileSync(path, ["--version"], { encoding: "utf8" }).slice(1).split(".").map(Number);
  return major! > 22 || (major === 22 && minor! >= 18);
}
