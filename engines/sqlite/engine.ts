import type { Engine, Globals } from "../../src/contract/engine.ts";
import { EngineNotAvailableError } from "../../src/errors.ts";
import { permitted } from "../../src/runtime/abilities.ts";
import { fileSystem } from "../../src/runtime/file_system.ts";
import type { OpenDriver } from "./driver.ts";
import { SqliteFile } from "./file.ts";
import { SqliteStore } from "./store.ts";

/** What tells the engines over SQLite apart. */
export interface SqliteEngineParts {
  readonly name: string;
  /** The built-in module the driver comes from. */
  readonly module: string;
  /** The driver of a runtime that has one. Must not open anything. */
  driver(globals: Globals): OpenDriver | undefined;
}

/** Makes an engine over one of the runtimes' SQLite modules. All of them read and write the same file. */
export function sqliteEngine({ name, module, driver }: SqliteEngineParts): Engine {
  const probe: Engine["probe"] = (globals, { directory }) => {
    if (!driver(globals)) return `this runtime has no ${module}`;
    if (!fileSystem(globals)) return "this runtime has no node:fs";
    for (const right of ["read", "write"] as const) {
      if (!permitted(globals, { name: right, path: directory })) {
        return `there is no permission to ${right} ${JSON.stringify(directory)} (run Deno with --allow-${right})`;
      }
    }
    return true;
  };
  return {
    name,
    mode: "sync",
    holds: "bytes",
    scope: "folder",
    // A row of SQLite has at most 1e9 bytes; the rest of the row wants some.
    limits: { keyBytes: 200, bodyBytes: 999_000_000 },
    persistent: true,
    onDisk: true,
    shared: true,
    keeps: "in a SQLite database, `cache.sqlite` in the cache folder",
    probe,
    open({ directory, secure, seed, onDamage }) {
      const globals = globalThis as unknown as Globals;
      const [open, fs] = [driver(globals), fileSystem(globals)];
      if (!open || !fs) {
        const reason = String(probe(globals, { directory }));
        const message = `Cannot open engine "${name}": ${reason}; choose another engine`;
        throw new EngineNotAvailableError(message, { engine: name, tried: [{ engine: name, reason }] });
      }
      return new SqliteStore(new SqliteFile({ engine: name, globals, open, fs, directory, secure, onDamage }), seed);
    },
  };
}
