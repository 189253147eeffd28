import { EngineError } from "../../src/errors.ts";
import type { Cell, SqliteDriver } from "./driver.ts";

/** Marks the file as ours: "twch" in ASCII. */
const APPLICATION = 0x74776368;
const VERSION = 1;

/** The columns of a listing, in the order in which they are read. */
export const LISTED = "key, form, storedAt, freshUntil, goneAt, cost, size, tags, label, accessedAt, hits";

const scopeOf = (row: string): string => `substr(${row}.key, 1, instr(${row}.key, '/'))`;

/** The trigger that counts entries as they leave. */
export const COUNT_LEAVING = `CREATE TRIGGER entry_went AFTER DELETE ON entry BEGIN
  UPDATE usage SET entries = entries - 1, bytes = iif(entries = 1, 0, bytes - old.size)
  WHERE scope = ${scopeOf("old")};
END`;

/**
 * Why rows are in the order of arrival, with an index of digests, rather than by digest: neighbours in time share pages,
 * so that a batch of writes touches few of them and a checkpoint is half the work. The body comes last, so that whatever
 * does not read it need not pass over it.
 */
const definition: readonly string[] = [
  `CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    digest INTEGER NOT NULL,
    key TEXT NOT NULL,
    storedAt REAL NOT NULL,
    freshUntil REAL NOT NULL,
    goneAt REAL NOT NULL,
    accessedAt REAL NOT NULL,
    hits INTEGER NOT NULL,
    cost REAL NOT NULL,
    size REAL NOT NULL,
    form TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    tags TEXT,
    label,
    body
  )`,
  "CREATE UNIQUE INDEX entry_digest ON entry (digest)",
  "CREATE TABLE usage (scope TEXT PRIMARY KEY, entries INTEGER NOT NULL, bytes REAL NOT NULL) WITHOUT ROWID",
  `CREATE TRIGGER entry_came AFTER INSERT ON entry BEGIN
    INSERT INTO usage VALUES (${scopeOf("new")}, 1, new.size)
    ON CONFLICT (scope) DO UPDATE SET entries = entries + 1, bytes = bytes + excluded.bytes;
  END`,
  `CREATE TRIGGER entry_changed AFTER UPDATE OF size ON entry WHEN new.size <> old.size BEGIN
    UPDATE usage SET bytes = bytes + new.size - old.size WHERE scope = ${scopeOf("new")};
  END`,
  COUNT_LEAVING,
  `PRAGMA application_id = ${APPLICATION}`,
  `PRAGMA user_version = ${VERSION}`,
];

/** Notes a change for whoever watches, if anybody does: of a key or, where that is `null`, of all under a prefix. */
export const TELL = "INSERT INTO change (key, prefix) SELECT ?, ? FROM watched WHERE until > unixepoch()";

/** How many changes are kept for whoever watches; who falls behind knows only that there were many. */
const CHANGES = 4_096;

/** What processes coordinate by: leases, and the latest changes while anybody watches, until `watched.until` in epoch seconds. */
const coordination: readonly string[] = [
  "CREATE TABLE lease (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID",
  "CREATE TABLE watched (id INTEGER PRIMARY KEY, until INTEGER NOT NULL)",
  "CREATE TABLE change (id INTEGER PRIMARY KEY, key TEXT, prefix TEXT)",
];

/**
 * A trigger for whenever an entry is written, which is when `storedAt` is set, be it to what it was.
 *
 * Why triggers: so that a write stays one statement, which is a transaction by itself. They are made when leases or news
 * are first asked for, so that they cost nothing before, and a write about 2 % while there is no lease and nobody watches.
 */
const whenWritten = (name: string, does: string): string[] =>
  ["INSERT", "UPDATE OF storedAt"].map((event, at) =>
    `CREATE TRIGGER IF NOT EXISTS entry_${name}_${at} AFTER ${event} ON entry ${does}`
  );

/** Lets a write end the lease of its key. */
export const ENDING_LEASES: readonly string[] = whenWritten(
  "ends_lease",
  "WHEN EXISTS (SELECT 1 FROM lease) BEGIN DELETE FROM lease WHERE key = new.key; END",
);

/** Lets a write note down its key while anybody watches. */
export const NOTING_CHANGES: readonly string[] = [
  ...whenWritten(
    "is_told",
    "WHEN EXISTS (SELECT 1 FROM watched WHERE until > unixepoch()) BEGIN INSERT INTO change (key) VALUES (new.key); END",
  ),
  `CREATE TRIGGER IF NOT EXISTS change_came AFTER INSERT ON change BEGIN
    DELETE FROM change WHERE id <= new.id - ${CHANGES};
  END`,
];

/**
 * Makes an open database ready for use, whether it is new or was made by another process a moment ago.
 * Throws an `EngineError` when it is not a database of ours or of a newer version.
 */
export function prepareSchema(driver: SqliteDriver, engine: string): void {
  const read = (sql: string): Cell | undefined => driver.prepare(sql).get()?.[0];
  driver.prepare("BEGIN").run();
  const found = stateOf(read);
  driver.prepare("COMMIT").run();
  if (found !== "ours" && found !== "new") throw refusal(engine, found);
  if (read("PRAGMA journal_mode = WAL") !== "wal") {
    throw refusal(engine, "the file system does not support a write-ahead log");
  }
  // A crash of the system may lose the last writes with NORMAL, a crash of the process none.
  for (
    const setting of [
      "synchronous = NORMAL",
      "cache_size = -8192",
      "journal_size_limit = 16777216",
      "wal_autocheckpoint = 2000",
    ]
  ) {
    read(`PRAGMA ${setting}`);
  }
  const whole = found === "ours" && read(HAS_COORDINATION) === 1;
  if (!whole) create(driver, read, engine);
}

/** Databases of the first release lack the last part of their definition; it is added when they are opened. */
const HAS_COORDINATION = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'lease'";

function create(driver: SqliteDriver, read: (sql: string) => Cell | undefined, engine: string): void {
  driver.prepare("BEGIN IMMEDIATE").run();
  try {
    const found = stateOf(read);
    if (found === "new") { for (const sql of definition) driver.prepare(sql).run(); }
    else if (found !== "ours") throw refusal(engine, found);
    if (read(HAS_COORDINATION) === 0) { for (const sql of coordination) driver.prepare(sql).run(); }
    driver.prepare("COMMIT").run();
  } catch (error) {
    rollback(driver);
    throw error;
  }
}

/** Whose the database is: ours, nobody's yet, or else why it cannot be used. Wants a transaction, to see one instant. */
function stateOf(read: (sql: string) => Cell | undefined): string {
  const [application, version] = [read("PRAGMA application_id"), read("PRAGMA user_version")];
  if (application === APPLICATION && version === VERSION) return "ours";
  if (application === APPLICATION) return `it has version ${version} of the tables and this library knows ${VERSION}`;
  const empty = application === 0 && version === 0 && read("SELECT count(*) FROM sqlite_master") === 0;
  return empty ? "new" : "it belongs to another program";
}

function rollback(driver: SqliteDriver): void {
  try {
    driver.prepare("ROLLBACK").run();
  } catch {
    // Some errors have ended the transaction already, and what counts is the error before this one.
  }
}

function refusal(engine: string, found: string): EngineError {
  return new EngineError(`Cannot open engine "${engine}": ${found}; choose another folder`, { engine });
}
