import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Runtime } from "./runtimes.ts";

/** How a child process ended. */
export interface Ended {
  /** Its exit code; `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A child process under way. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves with its standard output so far once that holds a text; rejects when the child ends before. */
  said(text: string): Promise<string>;
  readonly ended: Promise<Ended>;
}

/** How the runtime at hand runs a script. Node strips types by itself, or these tests were built to JavaScript before. */
const launch: readonly string[] = process.versions.deno !== undefined
  ? ["run", "-A", "--quiet", ...("openKv" in (globalThis as { Deno?: object }).Deno! ? ["--unstable-kv"] : [])]
  : process.versions.bun !== undefined
  ? ["run"]
  : ["--no-warnings"];

/**
 * Starts a script of the tests, `new URL("./children/name.ts", import.meta.url)`, with the runtime that runs this, or another.
 * One that is still there after five minutes is killed, so that a test can fail but not hang.
 */
export function startChild(
  script: URL,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  by?: Runtime,
): Child {
  const built = import.meta.url.endsWith(".js") && by === undefined;
  const path = fileURLToPath(built ? new URL(script.href.replace(/\.ts$/, ".js")) : script);
  const [file, ...flags] = by?.command ?? [process.execPath, ...launch];
  const child = spawn(file!, [...flags, path, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8");
    child[name].on("data", (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const limit = setTimeout(() => child.kill("SIGKILL"), 300_000);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...output }));
  }).finally(() => clearTimeout(limit));
  return {
    process: child,
    ended,
    said(text) {
      return new Promise((resolve, reject) => {
        const look = () => output.stdout.includes(text) && resolve(output.stdout);
        listeners.add(look);
        look();
        ended.then(
          () =>
            reject(new Error(`Cannot wait for "${text}": the child ended; it said: ${output.stdout}${output.stderr}`)),
          reject,
        );
      });
    },
  };
}

/** Runs a script of the tests to its end. */
export function runChild(
  script: URL,
  args?: readonly string[],
  env?: Readonly<Record<string, string>>,
  by?: Runtime,
): Promise<Ended> {
  return startChild(script, args, env, by).ended;
}
