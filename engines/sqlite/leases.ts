import type { Lease } from "../../src/contract/store.ts";
import type { SqliteConnection } from "./connection.ts";
import { ENDING_LEASES } from "./schema.ts";

/** How long after its end a lease that nobody gave back is forgotten, in milliseconds. Its owner died. */
const FORGOTTEN_MS = 3_600_000;

/** Gives an owner the lease of a key until an instant, unless another owner has it at `now`; says whether it has it then. */
export function takeLease(connection: SqliteConnection, { key, owner }: Lease, now: number, until: number): boolean {
  connection.define(ENDING_LEASES);
  const sql = `INSERT INTO lease VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE
    SET owner = excluded.owner, until = excluded.until WHERE owner = excluded.owner OR until <= ?`;
  return connection.statement(sql).run(key, owner, until, now).changes !== 0;
}

/** Lets an owner that has the lease of a key have it until an instant; says whether it has it. */
export function renewLease(connection: SqliteConnection, { key, owner }: Lease, until: number): boolean {
  const sql = "UPDATE lease SET until = ? WHERE key = ? AND owner = ?";
  return connection.statement(sql).run(until, key, owner).changes !== 0;
}

/** Whether a lease is its owner's: nothing has ended it and, even if its span is over, nobody else has taken it. */
export function hasLease(connection: SqliteConnection, { key, owner }: Lease): boolean {
  return connection.statement("SELECT 1 FROM lease WHERE key = ? AND owner = ?").get(key, owner) !== undefined;
}

/** Takes a lease from its owner, if that still has it. */
export function releaseLease(connection: SqliteConnection, { key, owner }: Lease): void {
  connection.statement("DELETE FROM lease WHERE key = ? AND owner = ?").run(key, owner);
}

/** Drops the leases of owners that must have died long ago. */
export function dropForgottenLeases(connection: SqliteConnection, now: number): void {
  connection.statement("DELETE FROM lease WHERE until <= ?").run(now - FORGOTTEN_MS);
}
