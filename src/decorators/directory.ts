import type { Globals } from "../contract/engine.ts";
import { cacheRoot } from "../runtime/cache_path.ts";
import { checkFolderName } from "../runtime/folder_name.ts";
import type { Settings } from "../settings.ts";

/** The folder of a cache's data, or the reason why there is none. Throws a `PathError` for a folder name that is not allowed. */
export function directoryOf(
  settings: Pick<Settings, "folderName" | "cacheDir">,
  globals: Globals,
): string | { readonly reason: string } {
  const name = checkFolderName(settings.folderName);
  const root = cacheRoot(globals, { cacheDir: settings.cacheDir });
  return typeof root === "string" ? `${root}/${name}` : root;
}
