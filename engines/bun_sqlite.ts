import type { Engine } from "../src/contract/engine.ts";
import { builtin } from "../src/runtime/abilities.ts";
import type { Cell, SqliteDriver } from "./sqlite_driver.ts";
import { sqliteEngine } from "./sqlite_engine.ts";

interface BunStatement {
  get(...cells: Cell[]): Readonly<Record<string, Cell>> | null;
  values(...cells: Cell[]): readonly (readonly Cell[])[] | null;
  run(...cells: Cell[]): { readonly changes: number };
  finalize(): void;
}

interface BunDatabase {
  prepare(sql: string): BunStatement;
  close(): void;
}

type BunDatabaseClass = new (path: string, options: { readwrite: boolean; create: boolean }) => BunDatabase;

/**
 * A SQLite database through `bun:sqlite`.
 *
 * Processes may share a folder, also processes of other runtimes through `node:sqlite`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { bunSqlite } from "@twat/cache/sqlite";
 * assert.equal(bunSqlite.name, "bun_sqlite");
 * assert.match(String(bunSqlite.probe({}, { directory: "/var/cache/app" })), /bun:sqlite/);
 * ```
 */
export const bunSqlite: Engine = sqliteEngine({
  name: "bun_sqlite",
  module: "bun:sqlite",
  driver(globals) {
    const Database = builtin<{ Database?: BunDatabaseClass }>(globals, "bun:sqlite")?.Database;
    if (typeof Database !== "function") return undefined;
    return (path) => bunDriver(new Database(path, { readwrite: true, create: true }));
  },
});

function bunDriver(database: BunDatabase): SqliteDriver {
  const compiled: BunStatement[] = [];
  return {
    native: database,
    prepare(sql) {
      const statement = database.prepare(sql);
      compiled.push(statement);
      return {
        // An object of Bun and its values cost less than the array of arrays that `values()` makes.
        get(...cells) {
          const row = statement.get(...cells);
          return row === null ? undefined : Object.values(row);
        },
        all: (...cells) => statement.values(...cells) ?? [],
        run: (...cells) => statement.run(...cells),
      };
    },
    close() {
      // Bun keeps the files open until the last statement is finalized.
      for (const statement of compiled.splice(0)) statement.finalize();
      database.close();
    },
  };
}
