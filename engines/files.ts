/**
 * Entries as files that a person can find: `<folder>/<scope>/<rest of the key>/` with the body as `value.bin`,
 * `value.json` or `value.txt`, and all else in `meta.json`. Any process may read and write at any time.
 *
 * Uses are noted in `<scope>/journal.log`, so that the order of eviction survives a restart.
 *
 * @module
 */
import type { Engine, Globals, OpenOptions } from "../src/contract/engine.ts";
import type { Body } from "../src/contract/entry.ts";
import type { AsyncStore, SyncStore } from "../src/contract/store.ts";
import { CacheError, EngineError, ResourceError } from "../src/errors.ts";
import { permitted } from "../src/runtime/abilities.ts";
import { runAsync, runSync, type Steps } from "../src/runtime/file_steps.ts";
import { codeOf, type FileSystem, fileSystem, roomMaker } from "../src/runtime/file_system.ts";
import { makePrivateFolder } from "../src/runtime/private_folder.ts";
import { FilesStore } from "./files/store.ts";

/** The engine that keeps each entry as files in a folder, readable by people, shared by processes, safe for large bodies. */
export const files: Engine = {
  name: "files",
  mode: "both",
  holds: "bytes",
  scope: "folder",
  limits: { keyBytes: 200, bodyBytes: 2 ** 31 - 1 },
  persistent: true,
  onDisk: true,
  shared: true,
  keeps: "as value.bin and meta.json in a folder per entry, below the cache folder",
  probe(globals, { directory }) {
    if (fileSystem(globals) === undefined) return "this runtime has no node:fs";
    for (const name of ["read", "write"] as const) {
      if (!permitted(globals, { name, path: directory })) {
        return `there is no permission to ${name} ${JSON.stringify(directory)} (run Deno with --allow-${name})`;
      }
    }
    return true;
  },
  open: openAsync,
  openSync,
};

function openAsync(options: OpenOptions): AsyncStore<Body> {
  const { fs, store } = opened(options);
  let closed = false;
  const run = async <T>(operation: string, steps: () => Steps<T>): Promise<T> => {
    if (closed) throw closedError(operation);
    try {
      return await runAsync(fs, steps());
    } catch (error) {
      throw faultOf(operation, error);
    }
  };
  return {
    get: (key) => run("get", () => store.get(key)),
    set: (key, entry) => run("set", () => store.set(key, entry)),
    delete: (key) => run("delete", () => store.delete(key)),
    deleteMany: (keys) => run("delete", () => store.deleteMany(keys)),
    entries: async function* (prefix) {
      yield* await run("list", () => store.list(prefix));
    },
    usage: (prefix) => run("count", () => store.usage(prefix)),
    clear: (prefix) => run("clear", () => store.clear(prefix)),
    touch: (touches) => run("touch", () => store.touch(touches)),
    sweep: (prefix, now) => run("sweep", () => store.sweep(prefix, now)),
    check: (prefix, fix) => run("check", () => store.check(prefix, fix)),
    close: () => void (closed = true),
    native: options.directory,
  };
}

function openSync(options: OpenOptions): SyncStore<Body> {
  const { fs, store } = opened(options);
  let closed = false;
  const run = <T>(operation: string, steps: () => Steps<T>): T => {
    if (closed) throw closedError(operation);
    try {
      return runSync(fs, steps());
    } catch (error) {
      throw faultOf(operation, error);
    }
  };
  return {
    get: (key) => run("get", () => store.get(key)),
    set: (key, entry) => run("set", () => store.set(key, entry)),
    delete: (key) => run("delete", () => store.delete(key)),
    deleteMany: (keys) => run("delete", () => store.deleteMany(keys)),
    entries: (prefix) => run("list", () => store.list(prefix)),
    usage: (prefix) => run("count", () => store.usage(prefix)),
    clear: (prefix) => run("clear", () => store.clear(prefix)),
    touch: (touches) => run("touch", () => store.touch(touches)),
    sweep: (prefix, now) => run("sweep", () => store.sweep(prefix, now)),
    check: (prefix, fix) => run("check", () => store.check(prefix, fix)),
    close: () => void (closed = true),
    native: options.directory,
  };
}

function opened({ directory, secure }: OpenOptions): { readonly fs: FileSystem; readonly store: FilesStore } {
  const globals = globalThis as unknown as Globals;
  const fs = fileSystem(globals);
  if (fs === undefined) {
    throw new EngineError(`Cannot open engine "files": this runtime has no node:fs; use another engine`, {
      engine: "files",
    });
  }
  const make = () => makePrivateFolder(globals, directory, secure);
  make();
  return { fs, store: new FilesStore({ directory, secure, fs, room: roomMaker(globals) }, make) };
}

function closedError(operation: string): ResourceError {
  return new ResourceError(`Cannot ${operation} in engine "files": the store is closed; open it again`);
}

/** What the system said, as an error of this library. */
function faultOf(operation: string, error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  const advice: Record<string, string> = {
    ENOSPC: "make room on the disk",
    EDQUOT: "make room in your share of the disk",
    EROFS: "choose a place you may write to with the option cacheDir",
    EACCES: "give yourself the permission or choose another place with the option cacheDir",
    EPERM: "give yourself the permission or choose another place with the option cacheDir",
    EMFILE: "close files or raise the limit of open ones",
  };
  const said = error instanceof Error ? error.message : String(error);
  const todo = advice[codeOf(error)] ?? "see the cause";
  return new EngineError(`Cannot ${operation} in engine "files": ${said}; ${todo}`, { engine: "files", cause: error });
}
