import type { Engine, Globals, OpenOptions } from "../contract/engine.ts";
import type { Body } from "../contract/entry.ts";
import type { AsyncStore } from "../contract/store.ts";
import type { CopyPlace } from "../copy_cache.ts";
import { engines } from "../decorators/engine_manager.ts";
import { type Place, placeOf } from "../decorators/place.ts";
import { ConfigurationError } from "../errors.ts";
import { codeOf, type FileSystem } from "../runtime/file_system.ts";
import { checkFolderName } from "../runtime/folder_name.ts";
import { settle } from "../settings.ts";
import type { Order } from "./options.ts";
import { cacheDirOf, ownFolders } from "./own_folders.ts";

/** The kinds of storage that lie on a machine, the engines that open them, and what a folder has in it that holds one. */
const KINDS = [
  { kind: "deno_kv", engines: ["deno_kv"], name: /^kv\.sqlite3$/, isFolder: false },
  { kind: "sqlite", engines: ["bun_sqlite", "node_sqlite"], name: /^cache\.sqlite$/, isFolder: false },
  { kind: "files", engines: ["files"], name: /^[a-z0-9_%-]+$/, isFolder: true },
] as const;

/** The names of these kinds, which are names of engines in options, too. */
export const KIND_NAMES: readonly string[] = KINDS.map(({ kind }) => kind);

/** Entries of one engine in one folder. */
export interface Storage {
  /** What it is shown as. */
  readonly kind: string;
  readonly folder: string;
  readonly engine: Engine;
  readonly place: Place;
  /** How `copyCache` and caches find it. */
  readonly options: CopyPlace & { readonly secure: boolean };
}

/** A storage that is there and cannot be opened by this runtime. */
export interface Closed extends Pick<Storage, "kind" | "folder"> {
  readonly reason: string;
}

/** Finds what the options of an order leave of the storages on this machine, or on the server that they name. Opens nothing. */
export function findStorages({ options }: Order): { readonly storages: Storage[]; readonly closed: Closed[] } {
  const { folder, engine: kind, url } = options;
  if (folder !== undefined) checkFolderName(folder);
  if (kind !== undefined && !KIND_NAMES.includes(kind)) {
    throw new ConfigurationError(
      `Cannot look for engine "${kind}": it leaves nothing on a machine; name one of ${KIND_NAMES.join(", ")}`,
    );
  }
  if (url !== undefined) {
    if (kind !== undefined || options["cache-dir"] !== undefined) {
      throw new ConfigurationError(
        "Cannot use --url with --engine or --cache-dir: a server is another place; leave one out",
      );
    }
    return { storages: [storageAt(url, folder)], closed: [] };
  }
  const [storages, closed]: [Storage[], Closed[]] = [[], []];
  const cacheDir = cacheDirOf(options);
  for (const { name, path, names, fs } of ownFolders(options)) {
    for (const one of KINDS) {
      if (kind !== undefined && kind !== one.kind) continue;
      const there = names.filter((inner) => one.name.test(inner)).some((inner) => {
        return isFolder(fs, `${path}/${inner}`) === one.isFolder;
      });
      if (!there) continue;
      const secure = (fs.lstatSync(path).mode & 0o077) === 0;
      const found = firstOf(one.engines, { folderName: name, cacheDir, secure });
      if ("reason" in found) closed.push({ kind: one.kind, folder: name, reason: found.reason });
      else storages.push({ kind: one.kind, folder: name, ...found });
    }
  }
  return { storages, closed };
}

/** The first of some engines that this runtime can open for options, and where it keeps their entries; or why there is none. */
function firstOf(
  names: readonly string[],
  options: Storage["options"],
): Pick<Storage, "engine" | "place" | "options"> | { readonly reason: string } {
  const globals = globalThis as unknown as Globals;
  const reasons: string[] = [];
  for (const name of names) {
    const engine = engines.get(name);
    const answer = engine && engines.probe(engine, options, globals);
    const place = engine && placeOf(engine, settle(options), globals);
    if (engine === undefined || place === undefined) continue;
    if (answer === true && !("reason" in place)) return { engine, place, options: { ...options, engine } };
    reasons.push("reason" in place ? place.reason : String(answer));
  }
  return { reason: reasons.join("; ") };
}

/** One folder on a server. Throws a `ConfigurationError` for an address that no engine opens. */
function storageAt(url: string, folderName = "default"): Storage {
  const options = { url, folderName, secure: true };
  const { engine } = engines.select({ decorator: "bcache", url, folderName, strict: true });
  const place = placeOf(engine, settle(options), globalThis as unknown as Globals) as Place;
  return { kind: engine.name, folder: folderName, engine, place, options: { ...options, engine } };
}

/** Another process may remove it at this very moment. */
function isFolder(fs: FileSystem, path: string): boolean {
  try {
    return fs.lstatSync(path).isDirectory();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Opens a storage for as long as some work needs it. */
export async function withStore<T>(
  { engine, place, options: { secure } }: Storage,
  work: (store: AsyncStore<Body>) => T | Promise<T>,
): Promise<T> {
  const options: OpenOptions = { ...place, secure, bounds: { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } };
  const store = await engine.open(options) as AsyncStore<Body>;
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
