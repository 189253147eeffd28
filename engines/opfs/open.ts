import { refusal } from "../indexed_db/refusal.ts";
import { type IndexedDbStore, openStore, type StoreParts } from "../indexed_db/store.ts";
import type { OpfsGlobals } from "./directory.ts";
import { OpfsDepot } from "./opfs_depot.ts";

/** Opens the store of a folder: its files, and the database that knows of them. */
export async function openOpfs(
  folderName: string,
  globals: OpfsGlobals & StoreParts["globals"],
): Promise<IndexedDbStore> {
  const path = `twat_cache/${folderName}`;
  const depot = await OpfsDepot.open(globals, path).catch((error) => {
    throw refusal("opfs", "open", path, error);
  });
  return openStore({ engine: "opfs", database: `twat_cache_files/${folderName}`, globals, depot });
}
