/**
 * Entries as files among the private files of a site, below `twat_cache/<folder name>`: a file holds a body, and the
 * IndexedDB database `twat_cache_files/<folder name>` what is known of it.
 *
 * A body is written under a name of its own, then the database is told where it is. So a reader sees the old entry or the
 * new one, and what is kept can be listed and counted without reading a file.
 *
 * Why a database beside the files: private files know neither transactions nor renaming everywhere, and to read the
 * beginning of each takes a millisecond. Counts, leases and commits are as exact between tabs as those of `indexed_db`.
 *
 * @module
 */
import type { Engine, Globals } from "../src/contract/engine.ts";
import { hasIndexedDb } from "./indexed_db/has_indexed_db.ts";

/**
 * The engine that keeps large values as private files of a site (OPFS): they outlive the page, and all tabs share them.
 *
 * `fcache` chooses it by itself in a browser.
 *
 * @example
 * ```ts ignore
 * import { fcache } from "@twat/cache";
 * import { opfs } from "@twat/cache/opfs";
 *
 * const samples = fcache(async (url: string) => new Float32Array(await (await fetch(url)).arrayBuffer()), {
 *   engine: opfs,
 *   folderName: "samples",
 * });
 * await samples("/large.f32");
 * await samples("/large.f32"); // from a file, also after a reload and in other tabs
 * ```
 */
export const opfs: Engine = {
  name: "opfs",
  mode: "async",
  holds: "bytes",
  scope: "folder",
  limits: { keyBytes: 200, bodyBytes: 1_000_000_000 },
  persistent: true,
  shared: true,
  keeps: "as private files of the site (OPFS), below `twat_cache/<folder name>`",
  probe(globals) {
    if (!hasIndexedDb(globals)) return "this runtime has no indexedDB";
    const { navigator, FileSystemFileHandle } = globals as OpfsHost;
    if (typeof navigator?.storage?.getDirectory !== "function") return "this runtime has no origin-private files";
    if (typeof FileSystemFileHandle?.prototype?.createWritable === "function") return true;
    return "this browser writes to origin-private files only in workers";
  },
  async open({ folderName = "default" }) {
    const { openOpfs } = await import("./opfs/open.ts");
    return openOpfs(folderName, globalThis as never);
  },
};

interface OpfsHost extends Globals {
  readonly navigator?: { readonly storage?: { readonly getDirectory?: unknown } };
  readonly FileSystemFileHandle?: { readonly prototype?: { readonly createWritable?: unknown } };
}
