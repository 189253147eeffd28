import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** A process that runs a script of the tests with the runtime of this one. */
export interface Child {
  /** Settles when the process has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }>;
  /** Settles when the process has said something on its output. */
  readonly started: Promise<void>;
  /** Ends the process without a chance to clean up. */
  kill(): void;
}

/** Starts a script, named without its ending and relative to this folder, with the runtime of this process. */
export function runChild(script: string, args: readonly string[]): Child {
  const ending = import.meta.url.endsWith(".js") ? ".js" : ".ts";
  const path = fileURLToPath(new URL(`./${script}${ending}`, import.meta.url));
  const first = "deno" in process.versions ? ["run", "--allow-all", "--quiet", path] : [path];
  const child = spawn(process.execPath, [...first, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  const started = new Promise<void>((resolve) => {
    child.stdout.on("data", (data) => {
      output += data;
      resolve();
    });
    child.on("close", () => resolve());
  });
  child.stderr.on("data", (data) => errors += data);
  const ended = new Promise<{ code: number | null; output: string; errors: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output, errors }));
  });
  return { ended, started, kill: () => void child.kill("SIGKILL") };
}
