import type { Globals } from "../contract/engine.ts";
import { PathError } from "../errors.ts";
import { registry } from "../registry.ts";
import { fileSystem } from "../runtime/file_system.ts";
import { removeOwnFolder } from "../runtime/private_folder.ts";
import { CallCache } from "./call_cache.ts";

/** What `clearCache` does besides dropping entries. */
export interface ClearOptions {
  /** Whether the folders on disk go, too. Only folders that this library made are ever deleted, and no link is followed. */
  readonly removeFiles?: boolean | undefined;
}

/**
 * Removes every entry of the caches of a name, or of all caches of this process; says how many entries went.
 *
 * With `removeFiles` the folders of these caches are deleted, and with them whatever other functions keep there. Throws a
 * `ConfigurationError` for a name that nobody has and a `PathError` for a folder that this library did not make.
 *
 * @example
 * ```ts
 * import { clearCache, mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const double = mcache((x: number) => x * 2, { name: "double" });
 * double(2);
 * assert.equal(await clearCache("double"), 1);
 * ```
 */
export async function clearCache(name?: string, options: ClearOptions = {}): Promise<number> {
  const caches = registry.find(name, "clear");
  const counts = await Promise.all(caches.map((cache) => cache.clear()));
  if (options.removeFiles) await removeFolders(caches);
  return counts.reduce((sum, count) => sum + count, 0);
}

async function removeFolders(caches: readonly object[]): Promise<void> {
  const folders = new Set(caches.flatMap((cache) => CallCache.of(cache)?.residence.folder() ?? []));
  const sharers = registry.all().flatMap(({ cache }) => CallCache.of(cache) ?? []);
  await Promise.all(
    sharers.filter((core) => folders.has(core.residence.folder() ?? "")).map((core) => core.residence.close()),
  );
  const fs = fileSystem(globalThis as unknown as Globals);
  if (fs === undefined) return;
  for (const folder of folders) {
    if (removeOwnFolder(fs, folder) !== "not ours") continue;
    throw new PathError(
      `Cannot delete folder "${folder}": it was not made by this library; delete it yourself if nobody needs it`,
    );
  }
}
