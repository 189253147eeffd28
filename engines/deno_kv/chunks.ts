import { randomName } from "../../src/runtime/random_name.ts";
import type { KvConnection } from "./connection.ts";
import { DELETIONS, type KvAtomic, type KvEntry, VALUE_BYTES } from "./database.ts";
import { decodeRecord, encodeRecord, type Stretch, stretchFrom } from "./head.ts";
import type { KvKeys } from "./keys.ts";

/** Chunks in an atomic operation: 12 whole ones have 786,432 of the 819,200 bytes. */
const CHUNKS_AT_ONCE = 12;
/** Records that are gathered at a time. */
const GATHERED_AT_ONCE = 100;
/** After how long loose chunks are believed to be nobody's, in milliseconds. */
export const ABANDONED_MS = 60_000;

/** Stretches of chunks that no head leads to, yet or any more, and the record that says so. */
export interface Loose {
  readonly id: string;
  readonly stretches: readonly Stretch[];
  /** What the record has to have for the stretches to be loose still. */
  readonly versionstamp: string;
}

/**
 * Bodies that do not fit one value, cut into chunks.
 *
 * Chunks that no head leads to are named in a record, from before they are written until a head leads to them, and again
 * from when no head does until they are deleted. Whoever deletes them changes the record first, and a head is written
 * only while the record is unchanged.
 *
 * Why: a body of 5 MB takes seven atomic operations, and whoever dies between them leaves chunks that nobody would find.
 */
export class Chunks {
  readonly #connection: KvConnection;
  readonly #keys: KvKeys;

  constructor(connection: KvConnection, keys: KvKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** The body in a stretch, or `undefined` when a part of it is not there. */
  async read({ generation, first, count }: Stretch, length: number): Promise<Uint8Array | undefined> {
    const keys = Array.from({ length: count }, (_, index) => this.#keys.chunk(generation, first + index));
    const body = new Uint8Array(length);
    let at = 0;
    for (const { value } of await this.#connection.getMany(keys)) {
      if (!(value instanceof Uint8Array) || at + value.length > length) return undefined;
      body.set(value, at);
      at += value.length;
    }
    return at === length ? body : undefined;
  }

  /** Writes bodies as loose stretches, in the same order; gives `undefined` when somebody has gathered them meanwhile. */
  async write(bodies: readonly Uint8Array[]): Promise<Loose | undefined> {
    const id = randomName() + randomName();
    const stretches: Stretch[] = [];
    const parts: Uint8Array[] = [];
    for (const body of bodies) {
      const first = parts.length;
      for (let at = 0; at < body.length; at += VALUE_BYTES) parts.push(body.subarray(at, at + VALUE_BYTES));
      stretches.push({ generation: id, first, count: parts.length - first });
    }
    let versionstamp: string | undefined;
    for (let at = 0; at < parts.length; at += CHUNKS_AT_ONCE) {
      const made: string | undefined = await this.#connection.commit((operation) => {
        if (versionstamp === undefined) this.loosen(operation, id, stretches);
        else operation.check({ key: this.#keys.loose(id), versionstamp });
        const some = parts.slice(at, at + CHUNKS_AT_ONCE);
        for (const [index, part] of some.entries()) operation.set(this.#keys.chunk(id, at + index), part);
      });
      if (made === undefined) return undefined;
      versionstamp ??= made;
    }
    return { id, stretches, versionstamp: versionstamp! };
  }

  /** Adds to an operation that stretches are loose from then on. */
  loosen(operation: KvAtomic, id: string, stretches: readonly Stretch[]): void {
    const list = stretches.map(({ generation, first, count }) => [generation, first, count]);
    operation.set(this.#keys.loose(id), encodeRecord([Date.now(), list]));
  }

  /** Adds to an operation that stretches are no longer loose, which fails when they have been gathered. */
  fasten(operation: KvAtomic, { id, versionstamp }: Loose): void {
    operation.check({ key: this.#keys.loose(id), versionstamp });
    operation.delete(this.#keys.loose(id));
  }

  /** Adds to an operation that stretches are deleted. */
  delete(operation: KvAtomic, stretches: readonly Stretch[]): void {
    for (const { generation, first, count } of stretches) {
      for (let index = first; index < first + count; index++) operation.delete(this.#keys.chunk(generation, index));
    }
  }

  /** Whether stretches are still loose. */
  async areLoose({ id, versionstamp }: Loose): Promise<boolean> {
    const [record] = await this.#connection.getMany([this.#keys.loose(id)]);
    return record!.versionstamp === versionstamp;
  }

  /** Deletes loose stretches, unless they are loose no more. */
  async free({ id, stretches, ...loose }: Loose): Promise<void> {
    let { versionstamp } = loose;
    const rest = stretches.flatMap(({ generation, first, count }) =>
      Array.from({ length: Math.ceil(count / DELETIONS) }, (_, part) => {
        const start = first + part * DELETIONS;
        return { generation, first: start, count: Math.min(DELETIONS, first + count - start) };
      })
    );
    for (const [at, stretch] of rest.entries()) {
      const key = this.#keys.loose(id);
      const made = await this.#connection.commit((operation) => {
        operation.check({ key, versionstamp });
        this.delete(operation, [stretch]);
        if (at === rest.length - 1) operation.delete(key);
        else this.loosen(operation, id, rest.slice(at + 1));
      });
      if (made === undefined) return;
      versionstamp = made;
    }
  }

  /** Deletes loose stretches that nobody needs. Where that fails they are gathered later, and the caller has what it wanted. */
  async freeQuietly(loose: Loose): Promise<void> {
    await this.free(loose).catch(() => {});
  }

  /** Stretches that have been loose since before an instant: their writer is gone. */
  async abandoned(before: number): Promise<readonly Loose[]> {
    const records = await this.#connection.page(this.#keys.under("loose", ""), GATHERED_AT_ONCE);
    return records.flatMap((record) => looseFrom(record, before));
  }

  /** Deletes stretches that have been loose since before an instant. */
  async gather(before: number): Promise<void> {
    for (const loose of await this.abandoned(before)) await this.free(loose);
  }
}

function looseFrom({ key, value, versionstamp }: KvEntry, before: number): Loose[] {
  const record = decodeRecord(value) as [at: number, stretches: unknown[]] | undefined;
  if (!Array.isArray(record) || !Array.isArray(record[1]) || record[0] >= before) return [];
  const stretches = record[1].map(stretchFrom).filter((stretch) => stretch !== undefined);
  return [{ id: String(key.at(-1)), stretches, versionstamp: versionstamp! }];
}
