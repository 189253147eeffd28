import type { Globals } from "../../src/contract/engine.ts";

/** Whether there is an IndexedDB to open databases in. */
export function hasIndexedDb({ indexedDB, IDBKeyRange }: Globals): boolean {
  return typeof (indexedDB as { open?: unknown } | null | undefined)?.open === "function" &&
    typeof IDBKeyRange === "function";
}
