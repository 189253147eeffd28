import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { bcache, type CacheOptions } from "../mod.ts";
import { report, type Result, runtime, type Table } from "./harness.ts";

/*
 * The study of a stampede: five processes with two callers each ask for one value that takes 200 ms and lives for a second, on
 * SQLite. How many of them wait, and how often the function runs, for each way of keeping it.
 */

const PROCESSES = 5;
const CALLERS = 2;
const [TAKES, LIVES, LASTS] = [200, 1_000, 8_000];

/** When everybody has the value, and when a call was slow, in milliseconds. */
const [WARM, SLOW] = [700, 100];

/** A caller rests for so long between two calls, on average. */
const RESTS = 25;

/** At most so many calls wait once the value is there, with what is to keep them from waiting. */
const GOAL = 10;

const WAYS: Readonly<Record<string, { readonly options: CacheOptions; readonly goal: boolean }>> = {
  "ttl, each process for itself": { options: { lock: false }, goal: false },
  "ttl, one process at a time": { options: {}, goal: false },
  "refreshAhead: { beta: 1 }": { options: { refreshAhead: { beta: 1 } }, goal: true },
  'staleWhileRevalidate: "5s"': { options: { staleWhileRevalidate: "5s" }, goal: true },
  "both": { options: { refreshAhead: { beta: 1 }, staleWhileRevalidate: "5s" }, goal: true },
};

/** What one process saw of one way. */
interface Seen {
  calls: number;
  slow: number;
  runs: number;
  /** Milliseconds of all calls together. */
  waited: number;
}

/** What two callers see of a way, from an instant on. */
async function watch(way: string, cacheDir: string, start: number): Promise<Seen> {
  const seen: Seen = { calls: 0, slow: 0, runs: 0, waited: 0 };
  const { options } = WAYS[way]!;
  const fn = bcache(async (_: string) => {
    if (performance.now() > warm) seen.runs++;
    await rest(TAKES);
    return "a value";
  }, {
    name: "stampede",
    version: "1",
    engine: runtime === "bun" ? "bun_sqlite" : "node_sqlite",
    strict: true,
    cacheDir,
    folderName: `way-${Object.keys(WAYS).indexOf(way)}`,
    ttl: LIVES,
    ...options,
  });
  await fn.cache.has("page");
  await rest(start - Date.now());
  const warm = performance.now() + WARM;
  const caller = async (): Promise<void> => {
    while (performance.now() < warm + LASTS) {
      const began = performance.now();
      await fn("page");
      const took = performance.now() - began;
      if (began > warm) {
        seen.calls++;
        seen.waited += took;
        if (took > SLOW) seen.slow++;
      }
      await rest(RESTS * (0.5 + Math.random()));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  await fn.cache.close();
  return seen;
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Starts this program as one of the processes; gives what it saw of each way. */
function startProcess(args: readonly string[]): Promise<Seen[]> {
  const run = { deno: ["run", "-A", "--quiet"], bun: ["run"], node: ["--no-warnings"] }[runtime];
  const child = spawn(process.execPath, [...run, process.argv[1]!, "watch", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => said += text);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(said));
      else reject(new Error(`Cannot watch a stampede: a process ended with ${code}; run it alone to see why`));
    });
  });
}

async function study(): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), "twat-stampede-"));
  try {
    const args = [folder, String(Date.now() + 2_500)];
    const all = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(args)));
    const results = Object.entries(WAYS).map(([name, { goal }], at): Result => {
      const sum = (count: (seen: Seen) => number) => all.reduce((sum, seen) => sum + count(seen[at]!), 0);
      const [calls, slow, runs, waited] = [
        sum(({ calls }) => calls),
        sum(({ slow }) => slow),
        sum(({ runs }) => runs),
        sum(({ waited }) => waited),
      ];
      console.log(`${name}: ${slow} of ${calls} calls were slow, the function ran ${runs} times`);
      return {
        name,
        ns: 1e6 * waited / calls,
        comparisons: [
          { against: `${GOAL} slow calls`, ratio: slow / GOAL, goal: goal ? 1 : undefined },
          { against: "one run a lifetime", ratio: runs * LIVES / LASTS, goal: undefined },
        ],
      };
    });
    const title =
      `${PROCESSES} processes with ${CALLERS} callers each, ${TAKES} ms of work, ttl ${LIVES} ms, ${LASTS} ms`;
    return { title, runtime, version: process.versions[runtime] ?? process.version, results };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [command, folder, start] = process.argv.slice(2);
  if (command === "watch") {
    // All ways at once: nearly all of the time is spent waiting.
    const seen = await Promise.all(Object.keys(WAYS).map((way) => watch(way, folder!, Number(start))));
    console.log(JSON.stringify(seen));
  } else report([await study()]);
}
