/**
 * Entries in an IndexedDB database, `twat_cache/<folder name>`, which all tabs and workers of a site share.
 *
 * Bodies, and what is known of them, are in object stores of their own, and so are counts and leases; each method is one
 * transaction. What one tab changes, the others hear over a `BroadcastChannel` of the database's name.
 *
 * Why the package `idb-keyval`: it is how most sites use IndexedDB, and its functions take any way into an object store.
 *
 * @module
 */
import type { Engine } from "../src/contract/engine.ts";
import { hasIndexedDb } from "./indexed_db/has_indexed_db.ts";

/**
 * The engine that keeps values in a browser's IndexedDB: they outlive the page, and all tabs of the site share them.
 *
 * `bcache` chooses it by itself in a browser.
 *
 * @example
 * ```ts ignore
 * import { bcache } from "@twat/cache";
 * import { indexedDb } from "@twat/cache/indexed-db";
 *
 * const user = bcache(async (id: number) => await (await fetch(`/users/${id}`)).json(), {
 *   engine: indexedDb,
 *   folderName: "users",
 *   ttl: "1h",
 * });
 * await user(7);
 * await user(7); // from IndexedDB, also after a reload and in other tabs
 * ```
 */
export const indexedDb: Engine = {
  name: "indexed_db",
  mode: "async",
  holds: "bytes",
  scope: "folder",
  // Chromium 156 takes at most 133,169,152 bytes, and has two for a character.
  limits: { keyBytes: 200, bodyBytes: 60_000_000 },
  persistent: true,
  shared: true,
  keeps: "in IndexedDB, in the database `twat_cache/<folder name>` of the site",
  probe: (globals) => hasIndexedDb(globals) || "this runtime has no indexedDB",
  async open({ folderName = "default" }) {
    const { openStore } = await import("./indexed_db/store.ts");
    return openStore({ engine: "indexed_db", database: `twat_cache/${folderName}`, globals: globalThis as never });
  },
};
