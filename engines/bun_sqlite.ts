import type { Engine } from "../src/contract/engine.ts";
import { builtin } from "../src/runtime/abilities.ts";
import type { Cell, entryColumns, SqliteDriver } from "./sqlite/driver.ts";
import { sqliteEngine } from "./sqlite/engine.ts";

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
export const bunSqlite: Engine = /* @__PURE__ */ sqliteEngine({
  name: "bun_sqlite",
  module: "bun:sqlite",
  driver(globals) {
    const Database = builtin<{ Database?: BunDatabaseClass }>(globals, "bun:sqlite")?.Database;
    if (typeof Database !== "function") return undefined;
    return (path) => bunDriver(new Database(path, { readwrite: true, create: true }));
  },
});

/** The columns of an entry as an object of Bun's. */
type EntryRow = Readonly<Record<typeof entryColumns[number], Cell>>;

function bunDriver(database: BunDatabase): SqliteDriver {
  const compiled: BunStatement[] = [];
  const compile = (sql: string): BunStatement => {
    const statement = database.prepare(sql);
    compiled.push(statement);
    return statement;
  };
  return {
    native: database,
    prepare(sql) {
      const statement = compile(sql);
      return {
        get: (...cells) => statement.values(...cells)?.[0],
        all: (...cells) => statement.values(...cells) ?? [],
        run: (...cells) => statement.run(...cells),
      };
    },
    prepareRead(sql) {
      const statement = compile(sql);
      return {
        // One object of Bun's costs less than the array of arrays that `values()` makes.
        get(digest: Cell) {
          const row = statement.get(digest) as EntryRow | null;
          if (row === null) return undefined;
          const { key, form, storedAt, freshUntil, goneAt, cost, size, tags, label, checksum, body } = row;
          return [key, form, storedAt, freshUntil, goneAt, cost, size, tags, label, checksum, body];
        },
      };
    },
    close() {
      // Bun keeps the files open until the last statement is finalized.
      for (const statement of compiled.splice(0)) statement.finalize();
      database.close();
    },
  };
}
