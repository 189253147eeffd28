import type { Access, Body, Entry } from "../../src/contract/entry.ts";
import type { Change, Lease, Touch } from "../../src/contract/store.ts";
import { EngineError } from "../../src/errors.ts";
import type { Bells, Changed } from "./bells.ts";
import type { Chunks, Loose } from "./chunks.ts";
import type { KvConnection } from "./connection.ts";
import { CHECKS, COMMIT_BYTES, type KvCheck, type KvEntry, VALUE_BYTES } from "./database.ts";
import { packBody, type PackedBody } from "../packed_body.ts";
import { decodeHead, encodeHead, headOf, type StoredHead, type Stretch } from "./head.ts";
import { type KvKeys, scopeOf } from "./keys.ts";
import { holds } from "./leases.ts";
import { Patience } from "./patience.ts";
import { KvSteps, type Step } from "./steps.ts";

/** The most things that have a check each. A lease and loose chunks have one more. */
export const CHECKED = CHECKS - 2;
/** The most entries that are changed at once. Each takes three of the 1,000 mutations, and counts and chunks some more. */
const CHANGES = 250;
/** The largest body that is kept in one value when many entries are changed at once. */
const SMALL_BYTES = 2_048;
/** For how long a change is tried again when others change the same keys, in milliseconds. */
const TURN_MS = 5_000;

/** An entry with its body as it is kept. */
export interface Packed {
  readonly entry: Entry<Body>;
  readonly body: PackedBody;
}

/** A change with its entry packed. */
export interface PackedChange extends Pick<Change, "key" | "found"> {
  readonly packed: Packed | undefined;
}

/** An entry as it is at once; its later changes are not followed. */
export function pack(entry: Entry<Body>): Packed {
  return { entry: { ...entry, tags: [...entry.tags] }, body: packBody(entry.body) };
}

/** Which of the entries that are to be dropped are dropped, and how. */
export interface Dropping {
  /** Whether an entry that somebody has changed meanwhile is dropped, too. */
  doomed(head: StoredHead | undefined): boolean;
  /** The prefix under which everything goes, so that this is told in place of the keys. */
  readonly prefix?: string | undefined;
  /** Whether the leases of the keys stay. */
  readonly keepsLeases?: boolean | undefined;
}

/**
 * Changes entries, all at once or not at all, and with them the counts, the leases and the bells.
 *
 * Each change reads what is there first and is made on the condition that it is still there, because the counts want to
 * know what leaves.
 */
export class KvWriter {
  readonly #connection: KvConnection;
  readonly #keys: KvKeys;
  readonly #chunks: Chunks;
  readonly #steps: KvSteps;

  constructor(connection: KvConnection, keys: KvKeys, chunks: Chunks, bells: Bells) {
    this.#connection = connection;
    this.#keys = keys;
    this.#chunks = chunks;
    this.#steps = new KvSteps(connection, keys, chunks, bells);
  }

  /** Makes changes of different keys, `CHANGES` at most, all or none; says `false` when what is there is not what they demand. */
  async put(changes: readonly PackedChange[], lease?: Lease): Promise<boolean> {
    if (changes.length > CHANGES) throw this.#tooMany(`${changes.length} changes`, `${CHANGES}`);
    const spilled = this.#spilled(changes);
    const patience = new Patience(TURN_MS);
    let loose: Loose | undefined;
    try {
      while (true) {
        const guards = changes.length > CHECKED ? await this.#guards(changes) : undefined;
        const [found, held] = await this.#read(changes.map(({ key }) => key), lease);
        if (lease !== undefined && !holds(held!, lease.owner)) return false;
        if (!changes.every((change, at) => isAsFound(change, found[at]!))) return false;
        if (spilled.length > 0) loose ??= await this.#chunks.write(spilled.map(({ packed }) => packed!.body.bytes));
        if (loose !== undefined || spilled.length === 0) {
          const stretches = new Map(spilled.map(({ key }, at) => [key, loose!.stretches[at]!]));
          const steps = changes.map((change, at) => this.#step(change, found[at]!, stretches.get(change.key)));
          if (await this.#steps.take(steps, { changed: changes.map(({ key }) => key), loose, lease: held, guards })) {
            loose = undefined;
            return true;
          }
          if (loose !== undefined && !(await this.#chunks.areLoose(loose))) loose = undefined;
        }
        if (!(await patience.pause())) throw this.#crowded();
      }
    } finally {
      if (loose !== undefined) await this.#chunks.freeQuietly(loose);
    }
  }

  /** Drops entries that were read; says how many went. */
  async drop(entries: readonly KvEntry[], { doomed, prefix, keepsLeases }: Dropping): Promise<number> {
    const changed = (keys: readonly string[]): readonly Changed[] => prefix === undefined ? keys : [[prefix]];
    const dropSome = async (some: readonly KvEntry[]): Promise<number> => {
      const patience = new Patience(TURN_MS);
      while (some.length > 0) {
        const steps = some.map((found) => ({ key: String(found.key.at(-1)), found, head: undefined, body: undefined }));
        const keys = steps.map(({ key }) => key);
        if (await this.#steps.take(steps, { changed: changed(keys), keepsLeases })) break;
        if (!(await patience.pause())) throw this.#crowded();
        some = (await this.#read(keys))[0].filter(({ value, versionstamp }) =>
          versionstamp === null || doomed(decodeHead(value))
        );
      }
      return some.filter(({ versionstamp }) => versionstamp !== null).length;
    };
    const dropped = await Promise.all(batches(entries).map(dropSome));
    return dropped.reduce((sum, count) => sum + count, 0);
  }

  /** Notes down uses of entries. */
  async touch(touches: readonly Touch[]): Promise<void> {
    const uses = new Map<string, Access>();
    for (const { key, accessedAt, hits } of touches) {
      uses.set(key, { accessedAt, hits: hits + (uses.get(key)?.hits ?? 0) });
    }
    const touchSome = async (some: readonly (readonly [string, Access])[]): Promise<void> => {
      const patience = new Patience(TURN_MS);
      do {
        const [found] = await this.#read(some.map(([key]) => key));
        const made = await this.#connection.commit((operation) => {
          for (const [at, [key, { accessedAt, hits }]] of some.entries()) {
            const head = decodeHead(found[at]!.value);
            if (head === undefined) continue;
            operation.check({ key: this.#keys.head(key), versionstamp: found[at]!.versionstamp });
            operation.set(this.#keys.head(key), encodeHead({ ...head, accessedAt, hits: head.hits + hits }));
          }
        });
        if (made !== undefined) return;
      } while (await patience.pause());
      throw this.#crowded();
    };
    await Promise.all(batches([...uses]).map(touchSome));
  }

  /** The heads under keys, and the lease that is to be looked at. */
  async #read(
    keys: readonly string[],
    lease?: Lease,
  ): Promise<[heads: readonly KvEntry[], lease: KvEntry | undefined]> {
    const wanted = keys.map((key) => this.#keys.head(key));
    if (lease === undefined) return [await this.#connection.getMany(wanted), undefined];
    const found = await this.#connection.getMany([...wanted, this.#keys.lease(lease.key)]);
    return [found.slice(0, -1), found.at(-1)];
  }

  /**
   * What changes with every change in the scopes of some keys: their counts of entries.
   *
   * Why: an operation has few checks. Those of the scopes do for any number of keys, but others get in the way more.
   */
  async #guards(changes: readonly PackedChange[]): Promise<readonly KvCheck[]> {
    const scopes = new Set(changes.map(({ key }) => scopeOf(key)));
    if (scopes.size > CHECKED) throw this.#tooMany(`changes of ${scopes.size} functions`, `those of ${CHECKED}`);
    const keys = [...scopes].map((scope) => this.#keys.usage(scope, "entries"));
    const found = await this.#connection.getMany(keys);
    return keys.map((key, at) => ({ key, versionstamp: found[at]!.versionstamp }));
  }

  /** The changes whose bodies do not fit one value, or not all of them one operation. */
  #spilled(changes: readonly PackedChange[]): readonly PackedChange[] {
    const lengths = changes.map(({ packed }) => packed?.body.bytes.length ?? 0);
    const sum = lengths.reduce((sum, length) => sum + (length > VALUE_BYTES ? 0 : length), 0);
    const most = sum > COMMIT_BYTES ? SMALL_BYTES : VALUE_BYTES;
    return changes.filter((_, at) => lengths[at]! > most);
  }

  #step({ key, packed }: PackedChange, found: KvEntry, stretch: Stretch | undefined): Step {
    if (packed === undefined) return { key, found, head: undefined, body: undefined };
    const head = headOf(packed.entry, packed.body, stretch);
    return { key, found, head, body: stretch === undefined ? packed.body.bytes : undefined };
  }

  #tooMany(found: string, most: string): EngineError {
    const { engine } = this.#connection.place;
    return new EngineError(`Cannot make ${found} at once in engine "${engine}": it can make ${most}; make fewer`, {
      engine,
      code: "ERR_CACHE_ENGINE_LIMIT",
    });
  }

  #crowded(): EngineError {
    const { engine } = this.#connection.place;
    return new EngineError(`Cannot write to engine "${engine}": others keep changing the same keys; try again`, {
      engine,
      code: "ERR_CACHE_ENGINE_BUSY",
    });
  }
}

function isAsFound({ found }: PackedChange, { value }: KvEntry): boolean {
  return found === undefined || (decodeHead(value)?.storedAt ?? "absent") === found;
}

/** Things in lots of as many as have a check each. */
function batches<T>(things: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(things.length / CHECKED);
  return Array.from({ length: count }, (_, at) => things.slice(at * CHECKED, (at + 1) * CHECKED));
}
