import type { Engine, Globals, OpenOptions } from "../contract/engine.ts";
import { cacheRoot } from "../runtime/cache_path.ts";
import { checkFolderName } from "../runtime/folder_name.ts";
import type { Settings } from "../settings.ts";

/** Where an engine keeps a cache's data. */
export type Place = Pick<OpenOptions, "directory" | "folderName" | "url">;

/** The folder of a cache's data, or the reason why there is none. Throws a `PathError` for a folder name that is not allowed. */
export function directoryOf(
  settings: Pick<Settings, "folderName" | "cacheDir">,
  globals: Globals,
): string | { readonly reason: string } {
  const name = checkFolderName(settings.folderName);
  const root = cacheRoot(globals, { cacheDir: settings.cacheDir });
  return typeof root === "string" ? `${root}/${name}` : root;
}

/** Where an engine would keep a cache's data, or the reason why it cannot. Throws a `PathError` as `directoryOf` does. */
export function placeOf(
  engine: Engine,
  settings: Pick<Settings, "folderName" | "cacheDir" | "url">,
  globals: Globals,
): Place | { readonly reason: string } {
  if (!engine.persistent && !engine.shared && !engine.onDisk) return { directory: "" };
  const { folderName } = settings;
  const url = settings.url !== undefined && engine.protocols?.includes(protocolOf(settings.url))
    ? settings.url
    : undefined;
  const directory = directoryOf(settings, globals);
  if (typeof directory === "string") return { directory, folderName, url };
  return engine.onDisk && url === undefined ? directory : { directory: "", folderName, url };
}

/** The protocol of an address, such as `"redis:"`; the address itself where it has none, such as `":memory:"`. */
export function protocolOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase() ?? url;
}
