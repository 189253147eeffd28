import { CacheValueError } from "../../src/errors.ts";
import { randomName } from "../../src/runtime/random_name.ts";
import type { Bells, Changed } from "./bells.ts";
import type { Chunks, Loose } from "./chunks.ts";
import type { KvConnection } from "./connection.ts";
import { type KvCheck, type KvEntry, VALUE_BYTES } from "./database.ts";
import { decodeHead, encodeHead, type StoredHead, type Stretch } from "./head.ts";
import type { KvKeys } from "./keys.ts";
import { Balance } from "./usage.ts";

/** The most chunks that are deleted along with a change, and not after it. */
const CHUNKS_ALONG = 100;

/** A key, what is under it, and the head that is to be there instead. */
export interface Step {
  readonly key: string;
  readonly found: KvEntry;
  readonly head: StoredHead | undefined;
  /** The body, where it is to be kept in one value. */
  readonly body: Uint8Array | undefined;
}

/** What goes with some steps. */
export interface Terms {
  readonly changed: readonly Changed[];
  /** Chunks that the new heads lead to. */
  readonly loose?: Loose | undefined;
  /** A lease that has to be as it was found. */
  readonly lease?: KvEntry | undefined;
  /** Whether the leases of the keys stay. */
  readonly keepsLeases?: boolean | undefined;
  /** What has to be as it was found, in place of each single key. */
  readonly guards?: readonly KvCheck[] | undefined;
}

/** Takes steps from what was found to what is to be, and with them changes the counts, ends leases and rings bells. */
export class KvSteps {
  readonly #connection: KvConnection;
  readonly #keys: KvKeys;
  readonly #chunks: Chunks;
  readonly #bells: Bells;

  constructor(connection: KvConnection, keys: KvKeys, chunks: Chunks, bells: Bells) {
    this.#connection = connection;
    this.#keys = keys;
    this.#chunks = chunks;
    this.#bells = bells;
  }

  /** Takes steps, all or none; says whether nothing stood in the way. */
  async take(steps: readonly Step[], { changed, loose, lease, keepsLeases, guards }: Terms): Promise<boolean> {
    const balance = new Balance();
    const left: Stretch[] = [];
    const records = steps.map(({ key, found, head }) => {
      const old = decodeHead(found.value);
      if (found.versionstamp !== null) balance.add(key, old?.size ?? 0, -1);
      if (old?.stretch !== undefined) left.push(old.stretch);
      if (head === undefined) return undefined;
      balance.add(key, head.size, 1);
      return this.#record(head);
    });
    const along = left.reduce((sum, { count }) => sum + count, 0) <= CHUNKS_ALONG;
    const id = randomName() + randomName();
    const made = await this.#bells.commit(changed, (operation) => {
      if (lease !== undefined) {
        const key = this.#keys.lease(String(lease.key.at(-1)));
        operation.check({ key, versionstamp: lease.versionstamp });
        operation.delete(key);
      }
      if (loose !== undefined) this.#chunks.fasten(operation, loose);
      for (const guard of guards ?? []) operation.check(guard);
      for (const [at, { key, found, body }] of steps.entries()) {
        const [head, record] = [this.#keys.head(key), records[at]];
        if (guards === undefined) operation.check({ key: head, versionstamp: found.versionstamp });
        if (!keepsLeases) operation.delete(this.#keys.lease(key));
        if (record === undefined) operation.delete(head);
        else operation.set(head, record);
        if (body === undefined) operation.delete(this.#keys.body(key));
        else operation.set(this.#keys.body(key), body);
      }
      balance.book(operation, this.#keys);
      if (along) this.#chunks.delete(operation, left);
      else this.#chunks.loosen(operation, id, left);
    });
    if (made === undefined) return false;
    if (!along) await this.#chunks.freeQuietly({ id, stretches: left, versionstamp: made });
    return true;
  }

  #record(head: StoredHead): Uint8Array {
    const record = encodeHead(head);
    if (record.length <= VALUE_BYTES) return record;
    throw new CacheValueError(
      `Cannot keep an entry in engine "${this.#connection.place.engine}": its tags and its label have ${record.length} ` +
        `bytes and Deno KV takes ${VALUE_BYTES}; use fewer or shorter ones`,
    );
  }
}
