import type { StorageFault } from "../../src/contract/store.ts";
import type { SqliteAccess } from "./access.ts";
import type { SqliteConnection } from "./connection.ts";
import { faultOf } from "./driver.ts";
import { digestOf, spanOf } from "./key.ts";

/**
 * Looks for what is wrong in a database and, if `fix`, puts it right: a damaged file is set aside as a whole, a wrong
 * count is counted anew, an entry that cannot be found or read is dropped.
 */
export function checkDatabase(access: SqliteAccess, prefix: string, fix: boolean): StorageFault[] {
  const damage = damageOf(access);
  if (damage.length > 0) {
    if (fix) {
      access.release();
      access.file.setAside(damage[0]);
      access.use("read from", () => {});
    }
    return damage.map((reason) => ({ reason, fixed: fix }));
  }
  return access.use("check", (connection) => {
    const found = connection.snapshot(() => [...badEntries(connection, prefix), ...badCounts(connection, prefix)]);
    if (fix && found.length > 0) connection.transaction(() => found.forEach(({ mend }) => mend()));
    return found.map(({ key, reason }) => ({ ...(key !== undefined && { key }), reason, fixed: fix }));
  });
}

interface Found {
  readonly key?: string;
  readonly reason: string;
  mend(): void;
}

/** What SQLite itself finds wrong in the file. */
function damageOf(access: SqliteAccess): string[] {
  try {
    const rows = access.ready().statement("PRAGMA integrity_check(20)").all();
    return rows.map(([said]) => String(said)).filter((said) => said !== "ok").map((said) => `SQLite found: ${said}`);
  } catch (error) {
    if (faultOf(error) !== "damaged") throw access.refusal("check", error);
    return [`SQLite found: ${error instanceof Error ? error.message : String(error)}`];
  }
}

const PAGE = 256;

function* badEntries(connection: SqliteConnection, prefix: string): Generator<Found> {
  const { from, to } = spanOf(prefix);
  const sql = "SELECT id, key, digest FROM entry WHERE id > ? AND key >= ? AND key < ? ORDER BY id LIMIT ?";
  for (let after = Number.MIN_SAFE_INTEGER;;) {
    const rows = connection.statement(sql).all(after, from, to, PAGE);
    for (const [id, key, digest] of rows) {
      const reason = digest === digestOf(key as string)
        ? unreadable(connection, key as string)
        : "the entry is not where it would be looked for";
      if (reason === undefined) continue;
      const mend = () => void connection.statement("DELETE FROM entry WHERE id = ?").run(id!);
      yield { key: key as string, reason, mend };
    }
    if (rows.length < PAGE) return;
    after = rows.at(-1)![0] as number;
  }
}

function unreadable(connection: SqliteConnection, key: string): string | undefined {
  try {
    return connection.read(key) === undefined ? "the entry cannot be found" : undefined;
  } catch (error) {
    return `the entry cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function* badCounts(connection: SqliteConnection, prefix: string): Generator<Found> {
  const scopes = prefix === ""
    ? connection.statement(
      "SELECT scope FROM usage UNION SELECT substr(key, 1, instr(key, '/')) FROM entry",
    ).all().map(([scope]) => scope as string)
    : [prefix];
  for (const scope of scopes) {
    const [kept, counted] = [connection.usage(scope), connection.count(scope)];
    // Sizes may be fractions, whose sum depends a little on the order of adding.
    const near = Math.abs(kept.bytes - counted.bytes) <= 1e-6 * Math.max(1, counted.bytes);
    if (kept.entries === counted.entries && near) continue;
    const told = ({ entries, bytes }: typeof kept) => `${entries} entries of ${bytes} bytes`;
    yield {
      reason: `the count under "${scope}" says ${told(kept)} where there are ${told(counted)}`,
      mend: () => void connection.recount(scope),
    };
  }
}
