#!/usr/bin/env node
/**
 * The command line of this library: looks after the caches that outlive their programs, on this machine or on a server.
 *
 * ```sh
 * deno run -A jsr:@twat/cache/cli list
 * npx @twat/cache list
 * bunx @twat/cache list
 * ```
 *
 * | command | |
 * |---|---|
 * | `list` | the caches that lie there, and how much each holds |
 * | `stats [cache]` | what is stored, in numbers |
 * | `inspect [cache]` | the entries, without their values |
 * | `get [cache] <key>` | the value of an entry |
 * | `clear <cache>`, `clear --all` | removes entries |
 * | `prune [cache]` | drops what is gone, and what is beyond limits |
 * | `migrate` | copies entries into another engine, folder or server |
 * | `bench` | what setting and getting takes on the engines of this runtime |
 *
 * Each takes `--json`, for programs, and `--help`. It ends with 0 when all went well, 1 when something failed, and 2 when it was
 * used wrongly.
 *
 * Why it looks at the name of the file that was started: of where it is itself, a module knows nothing that all runtimes know.
 *
 * @module
 */
import { run } from "./cli/run.ts";
import { ConfigurationError } from "./errors.ts";

/** What is used of the process: Node's, which Deno and Bun have, too. */
interface Process {
  readonly argv: readonly string[];
  readonly stdout: Output;
  readonly stderr: Output;
  exitCode?: number;
  exit(): never;
}

interface Output {
  write(chunk: string | Uint8Array): unknown;
  on(event: "error", listener: () => void): unknown;
}

const { process: host, Deno: deno } = globalThis as {
  readonly process?: Process;
  readonly Deno?: { readonly mainModule?: string };
};

if (host !== undefined && isThisProgram(deno?.mainModule ?? host.argv?.[1] ?? "")) start(host);

/**
 * Does what the arguments of a command line ask for, in this process, and writes to its output. Gives the code to end with: 0, 1
 * when something failed, or 2 for wrong use.
 *
 * It need not be called where this module is the file that is started, if that is called `cli` or `twat-cache`.
 *
 * @example
 * ```ts
 * import { main } from "@twat/cache/cli";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await main(["help", "prune"]), 0);
 * ```
 */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  if (host?.stdout === undefined) {
    throw new ConfigurationError(
      "Cannot run a command line: there is no process here; use the functions of @twat/cache",
    );
  }
  const { stdout, stderr } = host;
  return await run(args, {
    out: (chunk) => void stdout.write(chunk),
    err: (line) => void stderr.write(`${line.trimEnd()}\n`),
    now: () => Date.now(),
  });
}

async function start(host: Process): Promise<void> {
  // Whoever reads, such as `head`, may leave before the end.
  host.stdout.on("error", () => host.exit());
  host.exitCode = await main(host.argv.slice(2));
}

function isThisProgram(path: string): boolean {
  return /(^|[\\/])(cli|twat-cache)(\.[cm]?[jt]s)?$/.test(path);
}
