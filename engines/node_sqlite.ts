import type { Engine, Globals } from "../src/contract/engine.ts";
import { builtin } from "../src/runtime/abilities.ts";
import type { Cell, SqliteDriver, SqliteStatement } from "./sqlite/driver.ts";
import { sqliteEngine } from "./sqlite/engine.ts";

interface NodeStatement extends SqliteStatement {
  setReturnArrays?(on: boolean): void;
}

interface NodeDatabase {
  prepare(sql: string): NodeStatement;
  close(): void;
}

type NodeDatabaseClass = new (path: string) => NodeDatabase;

/**
 * A SQLite database through `node:sqlite`: Node 22.5 and later, Deno, Bun.
 *
 * Processes may share a folder. SQLite before 3.51.3, which older releases of the runtimes have, can very rarely damage
 * a database that several processes write to at the same instant; a damaged database is set aside and a fresh one made.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { nodeSqlite } from "@twat/cache/sqlite";
 * assert.equal(nodeSqlite.name, "node_sqlite");
 * assert.match(String(nodeSqlite.probe({}, { directory: "/var/cache/app" })), /node:sqlite/);
 * ```
 */
export const nodeSqlite: Engine = /* @__PURE__ */ sqliteEngine({
  name: "node_sqlite",
  module: "node:sqlite",
  driver(globals) {
    const Database = databaseClass(globals);
    return Database && ((path) => nodeDriver(new Database(path)));
  },
});

/** Newest Node documents the class as `Database`. */
function databaseClass(globals: Globals): NodeDatabaseClass | undefined {
  const sqlite = builtin<{ DatabaseSync?: unknown; Database?: unknown }>(globals, "node:sqlite");
  const found = sqlite?.DatabaseSync ?? sqlite?.Database;
  return typeof found === "function" ? found as NodeDatabaseClass : undefined;
}

function nodeDriver(database: NodeDatabase): SqliteDriver {
  const prepare = (sql: string): SqliteStatement => {
    const statement = database.prepare(sql);
    if (!statement.setReturnArrays) return fromObjects(statement as unknown as ObjectStatement);
    statement.setReturnArrays(true);
    return statement;
  };
  return { native: database, prepare, prepareRead: prepare, close: () => database.close() };
}

interface ObjectStatement {
  get(...cells: Cell[]): Readonly<Record<string, Cell>> | undefined;
  all(...cells: Cell[]): readonly Readonly<Record<string, Cell>>[];
  run(...cells: Cell[]): { readonly changes: number | bigint };
}

/** Node before 22.16 gives rows as objects only. Their properties come in the order of the columns. */
function fromObjects(statement: ObjectStatement): SqliteStatement {
  return {
    get(...cells) {
      const row = statement.get(...cells);
      return row && Object.values(row);
    },
    all: (...cells) => statement.all(...cells).map((row) => Object.values(row)),
    run: (...cells) => statement.run(...cells),
  };
}
