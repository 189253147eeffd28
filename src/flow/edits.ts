import type { Entry } from "../contract/entry.ts";
import { chain, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Change, StorageFault } from "../contract/store.ts";
import { CacheOperationError, ConcurrencyError } from "../errors.ts";
import type { CacheParts } from "./cache_parts.ts";
import { collect } from "./collect.ts";
import type { EntryForm, Keeping } from "./entry_form.ts";
import type { Found } from "./found.ts";
import type { ValueCache } from "./value_cache.ts";

/** How often work is done anew because what it read was changed by others. */
const TRIES = 100;

/** A value and how it is to be kept, or that a key is to be dropped. */
export type Edit = { readonly value: unknown; readonly keeping: Keeping } | "drop";

/** What a transaction reads and will write, key by key. Nothing of it is in the store before it ends. */
export class Draft {
  readonly edits: Map<unknown, Edit> = new Map();
  /** What was read, as a condition for the end. */
  readonly found: Map<unknown, number | "absent"> = new Map();
  readonly #values: Pick<ValueCache, "lookup" | "kept">;
  readonly #form: EntryForm;

  constructor(values: Pick<ValueCache, "lookup" | "kept">, form: EntryForm) {
    this.#values = values;
    this.#form = form;
  }

  /** The value under a key, as the transaction has left it so far. */
  async read(key: unknown): Promise<Pick<Found, "value"> | undefined> {
    const edit = this.edits.get(key);
    if (edit !== undefined) return edit === "drop" ? undefined : edit;
    const found = await this.#values.lookup.readAgain(key);
    const entry = found?.entry ?? await this.#values.kept.look(key as string);
    if (entry !== undefined) this.#form.follows(entry.storedAt);
    this.found.set(key, entry?.storedAt ?? "absent");
    return found?.failed ? undefined : found;
  }
}

const known = new WeakMap<ValueCache, Edits>();

/** The changes of a cache's values, which wait for each other. */
export function editsOf(values: ValueCache): Edits {
  const edits = known.get(values) ?? new Edits(values);
  known.set(values, edits);
  return edits;
}

/**
 * Changes of one cache that hold together: several at once, or one that depends on what is there.
 *
 * Where the engine has `commit` they are atomic among all processes that share it, else within this process.
 */
class Edits {
  readonly #values: ValueCache;
  readonly #parts: CacheParts;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(values: ValueCache) {
    this.#values = values;
    this.#parts = values.parts;
  }

  /**
   * Lets `work` read and write, and makes all its changes at once; does it anew when others changed what it read. What it
   * throws is thrown, and nothing is changed then.
   */
  async transact<T>(work: (draft: Draft) => MaybePromise<T>, several = true): Promise<T> {
    const { store, engine } = this.#parts;
    if (several && store.commit === undefined) {
      throw new CacheOperationError(
        `Cannot run a transaction: engine "${engine.name}" cannot make several changes at once; use sqlite, deno_kv or redis`,
      );
    }
    const attempts = async (): Promise<T> => {
      for (let tries = 1; tries <= TRIES; tries++) {
        await this.#parts.writes.idle();
        const draft = new Draft(this.#values, this.#parts.form);
        const result = await work(draft);
        if (draft.edits.size === 0 || await this.#commit(draft)) return result;
        await new Promise<void>((resolve) => setTimeout(resolve, Math.random() * tries));
      }
      throw new ConcurrencyError(
        `Cannot change "${this.#parts.tally.name}": others changed what it read ${TRIES} times in a row; try again later`,
      );
    };
    return await (several ? attempts() : this.#alone(attempts));
  }

  /** Keeps several values, all at once where the engine can. Throws what keeps one of them from being kept. */
  async setMany(values: readonly (readonly [key: unknown, value: unknown, keeping: Keeping])[]): Promise<void> {
    const { store, writes } = this.#parts;
    const entries: [string, Entry][] = [];
    for (const [key, value, keeping] of values) entries.push([key as string, await this.#entryOf({ value, keeping })]);
    for (const [key] of entries) this.#touched(key);
    const each = (key: string, entry: Entry) => writes.run(key, entry, () => store.set(key, entry));
    if (store.setMany === undefined) await Promise.all(entries.map(([key, entry]) => each(key, entry)));
    else await writes.runMany(entries, () => store.setMany!(entries));
    for (const [key, entry] of entries) await this.#stored(key, entry);
  }

  /** Looks for damage: what the engine finds, and values that cannot be read. Puts it right if `fix`. */
  async check(fix: boolean): Promise<StorageFault[]> {
    const { store, prefix, form } = this.#parts;
    const faults = [...await store.check?.(prefix, fix) ?? []];
    for (const { key } of await collect(store.entries(prefix))) {
      const entry = await this.#values.kept.look(key);
      if (entry === undefined) continue;
      try {
        await form.read(entry);
      } catch (error) {
        if (fix) await store.delete(key);
        faults.push({ key, reason: error instanceof Error ? error.message : String(error), fixed: fix });
      }
    }
    return faults;
  }

  async #commit({ edits, found }: Draft): Promise<boolean> {
    const { store, tally } = this.#parts;
    const changes: Change[] = [];
    for (const [key, edit] of edits) {
      const entry = edit === "drop" ? undefined : await this.#entryOf(edit);
      changes.push({ key: key as string, entry, found: found.get(key) });
    }
    if (store.commit === undefined) {
      for (const { key, entry } of changes) await (entry === undefined ? store.delete(key) : store.set(key, entry));
    } else if (!await store.commit(changes)) return false;
    for (const { key, entry } of changes) {
      this.#touched(key);
      if (entry === undefined) tally.changed("invalidate", key);
      else await this.#stored(key, entry);
    }
    return true;
  }

  #entryOf({ value, keeping }: Exclude<Edit, "drop">): MaybePromise<Entry> {
    const { form, tags } = this.#parts;
    const marked = keeping.tags.length === 0 ? keeping.tags : tags.of(keeping.tags, Infinity);
    return chain(marked, (marks) => form.write(form.given(value), { ...keeping, tags: marks! }));
  }

  /** What was kept or running for a key is out of date. */
  #touched(key: string): void {
    this.#values.flights.fence(key);
    this.#parts.front?.drop(key);
  }

  #stored(key: string, entry: Entry): MaybePromise<void> {
    const { tally, housekeeping, clock, tags } = this.#parts;
    tags.came(key, entry.tags);
    tally.stored(key, entry.size, entry.cost);
    return housekeeping?.afterSet(key, clock.now());
  }

  /** One change of a single key after another: two at once would only get in each other's way. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#parts.mortal) return work();
    const result = this.#queue.then(work, work);
    this.#queue = result.then(undefined, () => {});
    return result;
  }
}
