import type { Lease } from "../../src/contract/store.ts";
import type { KvConnection } from "./connection.ts";
import { DELETIONS, type KvEntry, type KvKey } from "./database.ts";
import { decodeRecord, encodeRecord } from "./head.ts";
import type { KvKeys } from "./keys.ts";

/**
 * Who has the right to compute which key, by the clock of the system; those of several machines have to agree. What changes
 * a key deletes its lease.
 */
export class Leases {
  readonly #connection: KvConnection;
  readonly #keys: KvKeys;

  constructor(connection: KvConnection, keys: KvKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** Takes a lease, or only renews one; says whether its owner has it. */
  async take(lease: Lease, span: number, renew: boolean): Promise<boolean> {
    const key = this.#keys.lease(lease.key);
    while (true) {
      const found = await this.#find(key);
      if (ownerOf(found) !== lease.owner && (renew || isHeld(found))) return false;
      const record = encodeRecord([lease.owner, Date.now() + span]);
      if (await this.#change(key, found, record)) return true;
    }
  }

  /** Gives a lease back, if its owner still has it. */
  async release(lease: Lease): Promise<void> {
    const key = this.#keys.lease(lease.key);
    let found = await this.#find(key);
    while (ownerOf(found) === lease.owner && !(await this.#change(key, found, undefined))) {
      found = await this.#find(key);
    }
  }

  /** Ends the leases under a prefix, or only those that nobody has any more. */
  async end(prefix: string, which: "all" | "over"): Promise<void> {
    let after: string | undefined;
    while (true) {
      const found = await this.#connection.page(this.#keys.under("lease", prefix, after), DELETIONS);
      const ended = found.filter((lease) => which === "all" || !isHeld(lease)).map(({ key }) => String(key.at(-1)));
      if (ended.length > 0) {
        await this.#connection.commit((operation) => {
          for (const key of ended) operation.delete(this.#keys.lease(key));
        });
      }
      if (found.length < DELETIONS) return;
      after = String(found.at(-1)!.key.at(-1));
    }
  }

  async #find(key: KvKey): Promise<KvEntry> {
    return (await this.#connection.getMany([key]))[0]!;
  }

  async #change(key: KvKey, found: KvEntry, record: Uint8Array | undefined): Promise<boolean> {
    const made = await this.#connection.commit((operation) => {
      operation.check({ key, versionstamp: found.versionstamp });
      if (record === undefined) operation.delete(key);
      else operation.set(key, record);
    });
    return made !== undefined;
  }
}

/** Whether a lease that was read is its owner's at present. */
export function holds(found: KvEntry, owner: string): boolean {
  return ownerOf(found) === owner && isHeld(found);
}

function ownerOf({ value }: KvEntry): string | undefined {
  const record = decodeRecord(value);
  return Array.isArray(record) ? String(record[0]) : undefined;
}

function isHeld({ value }: KvEntry): boolean {
  const record = decodeRecord(value) as [owner: string, until: number | null] | undefined;
  return Array.isArray(record) && (record[1] ?? Infinity) > Date.now();
}
