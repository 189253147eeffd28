import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bunSqlite } from "../../engines/bun_sqlite.ts";
import { nodeSqlite } from "../../engines/node_sqlite.ts";
import type { Engine } from "../../src/contract/engine.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import type { SyncStore } from "../../src/contract/store.ts";
import { offered } from "../contract/expected_engines.ts";

/** The engines over SQLite that the runtime at hand must offer. */
export const sqliteEngines: readonly Engine[] = [nodeSqlite, bunSqlite].filter(({ name }) => offered(name));

/** What the tests use of the handles behind a store: `DatabaseSync`, or the `Database` of Bun. */
export interface RawDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): {
    get(...cells: unknown[]): Readonly<Record<string, unknown>>;
    all(...cells: unknown[]): Readonly<Record<string, unknown>>[];
  };
}

/** The open store of an engine over SQLite, with its raw handle. */
export interface OpenStore extends Required<SyncStore<Body>> {
  readonly native: RawDatabase;
}

/** Opens a store of an engine over SQLite, by the engine's name or itself. */
export function openSqlite(engine: Engine | string, directory: string, secure = true): OpenStore {
  const found = typeof engine === "string" ? [nodeSqlite, bunSqlite].find(({ name }) => name === engine)! : engine;
  const bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
  return found.open({ directory, secure, bounds }) as OpenStore;
}

/** An entry with a text body. */
export function entryOf(body: string, parts: Partial<Entry<Body>> = {}): Entry<Body> {
  return {
    body,
    form: "1:json",
    checksum: body.length,
    storedAt: 1_790_000_000_000,
    freshUntil: Infinity,
    goneAt: Infinity,
    cost: 1,
    size: body.length,
    tags: [],
    label: "",
    ...parts,
  };
}

/** Runs with a new empty folder, which goes afterwards. */
export async function inFolder(run: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "twat-sqlite-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
