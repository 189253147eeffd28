import type { Globals } from "../contract/engine.ts";
import { ConfigurationError } from "../errors.ts";
import { permitted } from "../runtime/abilities.ts";
import { getCachePath } from "../runtime/cache_path.ts";
import { codeOf, type FileSystem, fileSystem } from "../runtime/file_system.ts";
import type { Order } from "./options.ts";

/** The file by which a folder is known to be a cache. Whose it is, an engine looks at when it opens. */
const MARKER = "CACHEDIR.TAG";

/** A folder that says of itself that it is a cache, and what is in it. */
export interface OwnFolder {
  readonly name: string;
  readonly path: string;
  readonly names: readonly string[];
  readonly fs: FileSystem;
}

/** The folders of caches that options leave. */
export function ownFolders(options: Order["options"]): OwnFolder[] {
  const fs = fileSystem(globalThis as unknown as Globals);
  if (fs === undefined) {
    throw new ConfigurationError("Cannot look for caches: this runtime has no node:fs; name a --url");
  }
  const root = getCachePath(undefined, { cacheDir: cacheDirOf(options) });
  return (options.folder === undefined ? namesIn(fs, root) : [options.folder]).map((name) => {
    const path = `${root}/${name}`;
    return { name, path, names: namesIn(fs, path), fs };
  }).filter(({ names }) => names.includes(MARKER));
}

/** Where caches lie that do not lie in the system's folder for them. */
export function cacheDirOf(options: Order["options"]): string | undefined {
  const globals = globalThis as unknown as Globals;
  const variable = "TWAT_CACHE_DIR";
  if (options["cache-dir"] !== undefined || !permitted(globals, { name: "env", variable })) return options["cache-dir"];
  return (globals.process as { env?: Readonly<Record<string, string>> } | undefined)?.env?.[variable] || undefined;
}

function namesIn(fs: FileSystem, path: string): string[] {
  try {
    return fs.readdirSync(path).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return [];
    throw error;
  }
}
