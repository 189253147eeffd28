/**
 * The SQLite engines, to be named by the option `engine` or registered elsewhere.
 *
 * @module
 */
export { bunSqlite } from "./bun_sqlite.ts";
export { nodeSqlite } from "./node_sqlite.ts";
