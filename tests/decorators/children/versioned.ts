/** Calls the function `load` of a module once, at an instant, and tells what came of it as one line of JSON. */
import process from "node:process";
import { bcache, fcache, setLogLevel } from "../../../mod.ts";
import { QuietLogger } from "../../quiet_logger.ts";

const [module, engine, cacheDir, now] = process.argv.slice(2);
const counter = globalThis as unknown as { runs: number };
counter.runs = 0;
setLogLevel("info");
const logger = new QuietLogger();
const { load } = await import(module!) as { load: (x: number) => number };
const cached = (engine === "files" ? fcache : bcache)(load, {
  engine,
  strict: true,
  cacheDir,
  folderName: "versioned",
  clock: { now: () => Number(now) },
  logger,
});
const answer = await cached(1);

await cached.cache.close();
const { size } = cached.cache.stats();
process.stdout.write(`${JSON.stringify({ answer, runs: counter.runs, size, lines: logger.lines })}\n`);
