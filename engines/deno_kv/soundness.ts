import type { Globals } from "../../src/contract/engine.ts";
import { builtin } from "../../src/runtime/abilities.ts";
import { faultOf } from "./fault.ts";

/** The part of `node:sqlite` that is used here. */
interface Sqlite {
  readonly DatabaseSync?: new (path: string, options: { readonly readOnly: boolean }) => {
    prepare(sql: string): { get(): Readonly<Record<string, unknown>> | undefined; all(): unknown[] };
    close(): void;
  };
}

/** Up to how many bytes a database is looked through as a whole, which takes some 10 ms. */
const SMALL_BYTES = 4_000_000;

/** What Deno asks of a database when it opens it, besides what is asked of it later. */
const openingStatements = [
  "SELECT version FROM data_version",
  "SELECT id FROM queue_running ORDER BY deadline LIMIT 100",
  "SELECT ts FROM queue ORDER BY ts LIMIT 1",
  "SELECT k FROM kv WHERE expiration_ms >= 0 ORDER BY expiration_ms LIMIT 100",
];

/**
 * Whether the file of a database is known to be damaged before Deno opens it.
 *
 * Why: where its own statements meet damage, Deno 2.9 ends the process. Only where there is Deno's own Deno KV, which is of
 * one piece with its `node:sqlite`: two copies of SQLite in a process would drop the locks of each other on one file.
 */
export function isDamaged(globals: Globals, path: string): boolean {
  const deno = globals.Deno as { openKv?: unknown } | undefined;
  const { DatabaseSync } = builtin<Sqlite>(globals, "node:sqlite") ?? {};
  if (deno?.openKv === undefined || DatabaseSync === undefined) return false;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const numberOf = (name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
      const bytes = numberOf("page_count") * numberOf("page_size");
      if (bytes <= SMALL_BYTES) {
        return database.prepare("PRAGMA integrity_check(1)").get()?.["integrity_check"] !== "ok";
      }
      for (const sql of openingStatements) database.prepare(sql).all();
      return false;
    } finally {
      database.close();
    }
  } catch (error) {
    return faultOf(error) === "damaged";
  }
}
