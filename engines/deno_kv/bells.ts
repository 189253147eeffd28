import { randomName } from "../../src/runtime/random_name.ts";
import type { KvConnection } from "./connection.ts";
import type { KvAtomic } from "./database.ts";
import { decodeRecord, encodeRecord } from "./head.ts";
import type { KvKeys } from "./keys.ts";

/** Atomic operations under way at a time. */
const LANES = 4;
/** The most characters of changed keys in a bell's record. */
const RING_CHARACTERS = 1_000;
/** After how long without a change a bell is removed, in milliseconds. */
const SILENT_MS = 600_000;

/** A key that was changed, or in an array a prefix under which everything was dropped. */
export type Changed = string | readonly [prefix: string];

/** What a bell's record says: how many changes its lane made, and the last of them. */
export interface Rung {
  readonly lane: string;
  readonly count: number;
  readonly last: readonly Changed[];
}

/** A lane in which operations follow one another, so that its bell says what has happened in the order in which it did. */
interface Lane {
  readonly name: string;
  count: number;
  last: readonly Changed[];
}

/**
 * The bells of one store, which it rings with every change, in the same atomic operation, for others to notice.
 *
 * Why: of a database in a file, `Deno.Kv.watch` hears what its own process does and nothing of other processes (2.9).
 * Why lanes: of two operations that are under way at a time the later one may be made first, and the record of the
 * earlier one would hide it.
 */
export class Bells {
  /** Whose they are: the first part of the names of the lanes. */
  readonly writer: string = randomName() + randomName();
  readonly #connection: KvConnection;
  readonly #keys: KvKeys;
  readonly #free: Lane[] = [];
  readonly #waiting: ((lane: Lane) => void)[] = [];
  #made = 0;

  constructor(connection: KvConnection, keys: KvKeys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  /** Makes an atomic operation that rings a bell; gives what `commit` gives. */
  async commit(changed: readonly Changed[], build: (operation: KvAtomic) => void): Promise<string | undefined> {
    const lane = await this.#take();
    try {
      if (lane.count === 0) await this.#removeSilent();
      lane.count += changed.length;
      lane.last = lastOf([...lane.last, ...changed]);
      const record = encodeRecord([Date.now(), lane.count, lane.last]);
      return await this.#connection.commit((operation) => {
        build(operation);
        operation.set(this.#keys.bell(lane.name), record);
      });
    } finally {
      this.#give(lane);
    }
  }

  /** What all bells of the database say. */
  async read(): Promise<readonly Rung[]> {
    const records = await this.#connection.page(this.#keys.under("bell", ""));
    return records.flatMap(({ key, value }) => {
      const record = decodeRecord(value) as [at: number, count: number, last: Changed[]] | undefined;
      return Array.isArray(record) ? [{ lane: String(key.at(-1)), count: record[1], last: record[2] }] : [];
    });
  }

  async #take(): Promise<Lane> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made < LANES) return { name: `${this.writer}-${this.#made++}`, count: 0, last: [] };
    return await new Promise((resolve) => void this.#waiting.push(resolve));
  }

  #give(lane: Lane): void {
    const next = this.#waiting.shift();
    if (next) next(lane);
    else this.#free.push(lane);
  }

  /** Removes the bells of stores that are gone, which nobody else would. */
  async #removeSilent(): Promise<void> {
    const records = await this.#connection.page(this.#keys.under("bell", ""));
    const since = Date.now() - SILENT_MS;
    for (const { key, value, versionstamp } of records) {
      const record = decodeRecord(value) as [at: number] | undefined;
      if (Array.isArray(record) && record[0] >= since) continue;
      const bell = this.#keys.bell(String(key.at(-1)));
      await this.#connection.commit((operation) => {
        operation.check({ key: bell, versionstamp });
        operation.delete(bell);
      });
    }
  }
}

/** The last of some changes, as many as a record has room for. */
function lastOf(changed: readonly Changed[]): readonly Changed[] {
  let room = RING_CHARACTERS;
  let from = changed.length;
  while (from > 0 && room > 0) {
    from--;
    room -= typeof changed[from] === "string" ? changed[from]!.length : changed[from]![0]!.length;
  }
  return changed.slice(room < 0 ? from + 1 : from);
}
