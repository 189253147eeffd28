import type { CacheOptions } from "../mod.ts";
import { expectedEngines, offered, runtimeName } from "./contract/expected_engines.ts";
import { tempFolder } from "./temp_folder.ts";

/** The engines that the runtime at hand must offer. Where Deno has KV it is that alone: the others are those of Deno without. */
export const enginesHere: readonly string[] = offered("deno_kv") ? ["deno_kv"] : expectedEngines[runtimeName()];

/** The ones among them whose values outlive the process. */
export const persistentHere: readonly string[] = enginesHere.filter((name) => name !== "memory");

/**
 * The ones among these that outlive what happens to their files. Deno 2.9 ends the whole process when the database of its own KV
 * is malformed ("KV collect expired failed").
 */
export const robustHere: readonly string[] = persistentHere.filter((name) => name !== "deno_kv");

/** A folder that goes when the file's tests are done; in memory where the system has that, since disks are slow. */
export function fastFolder(): string {
  return tempFolder(true);
}

/** The options that keep values in one engine and nowhere else, in a folder of its own where it has folders. */
export function keptIn(engine: string, cacheDir: string, folderName: string): CacheOptions {
  const only = { engine, strict: true, version: "1" } as const;
  return engine === "memory" ? only : { ...only, cacheDir, folderName: `${folderName}-${engine}` };
}
