import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { CacheOptions } from "../mod.ts";
import { expectedEngines, runtimeName } from "./contract/expected_engines.ts";

/** The engines that the runtime at hand must offer. */
export const enginesHere: readonly string[] = expectedEngines[runtimeName()];

/** The ones among them whose values outlive the process. */
export const persistentHere: readonly string[] = enginesHere.filter((name) => name !== "memory");

/** A folder that goes when the file's tests are done; in memory where the system has that, since disks are slow. */
export function fastFolder(): string {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "twat-cache-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The options that keep values in one engine and nowhere else, in a folder of its own where it has folders. */
export function keptIn(engine: string, cacheDir: string, folderName: string): CacheOptions {
  const only = { engine, strict: true, version: "1" } as const;
  return engine === "memory" ? only : { ...only, cacheDir, folderName: `${folderName}-${engine}` };
}
