/** What a column holds. */
export type Cell = string | number | Uint8Array | null;

/** A compiled statement. Rows are arrays, in the order of the columns. */
export interface SqliteStatement {
  get(...cells: Cell[]): readonly Cell[] | undefined;
  all(...cells: Cell[]): readonly (readonly Cell[])[];
  run(...cells: Cell[]): { readonly changes: number | bigint };
}

/** The columns of an entry, in the order in which they are read. */
export const entryColumns = [
  "key",
  "form",
  "storedAt",
  "freshUntil",
  "goneAt",
  "cost",
  "size",
  "tags",
  "label",
  "checksum",
  "body",
] as const;

/** An open database, reduced to what the store needs. */
export interface SqliteDriver {
  /** The handle of the runtime. */
  readonly native: unknown;
  prepare(sql: string): SqliteStatement;
  /** Compiles the statement that reads the `entryColumns` of one entry, the one whose speed counts. */
  prepareRead(sql: string): Pick<SqliteStatement, "get">;
  /** Closes the database and whatever was compiled for it, so that no file stays open. */
  close(): void;
}

/** Opens a database file of the runtime at hand, for reading and writing. */
export type OpenDriver = (path: string) => SqliteDriver;

/** What went wrong underneath, in a word. */
export type SqliteFault = "busy" | "damaged" | "full" | "moved" | "not permitted" | "other" | "read-only";

const faults: Readonly<Record<number, SqliteFault>> = {
  3: "not permitted",
  5: "busy",
  6: "busy",
  8: "read-only",
  10: "moved",
  11: "damaged",
  13: "full",
  14: "read-only",
  23: "not permitted",
  26: "damaged",
};

/** `SQLITE_READONLY_DBMOVED`: the file is no longer where it was opened. */
const MOVED = 1032;

const words: readonly (readonly [RegExp, SqliteFault])[] = [
  [/is locked/, "busy"],
  [/malformed|not a database/, "damaged"],
  [/is full/, "full"],
  [/readonly|unable to open/, "read-only"],
];

/**
 * What an error of any driver means.
 *
 * Node says `errcode`, Bun `errno`. Deno 2.9 leaves `errcode` away when a statement is compiled or run at once, so that
 * only the message is left to go by.
 */
export function faultOf(error: unknown): SqliteFault {
  const { errcode, errno, message, name } = Object(error) as Partial<Record<string, unknown>>;
  const code = typeof errcode === "number" ? errcode : errno;
  if (code === MOVED) return "moved";
  if (typeof code === "number" && code > 1) return faults[code & 0xff] ?? "other";
  if (name === "NotCapable") return "not permitted";
  return words.find(([pattern]) => pattern.test(String(message)))?.[1] ?? "other";
}
