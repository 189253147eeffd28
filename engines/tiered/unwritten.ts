import type { Access, Entry, Listed } from "../../src/contract/entry.ts";
import type { Touch, Usage } from "../../src/contract/store.ts";

/** So many entries, and so many bytes of bodies, wait at most to be written. */
const ENTRIES = 1_000;
const BYTES = 16_000_000;

/** An entry that the back does not have yet. */
export interface Waiting {
  readonly key: string;
  readonly entry: Entry;
  /** How it was used since it was set. */
  access: Access;
  /** The size of what the back has under the key, once that is known. */
  readonly behind: number | "absent" | undefined;
}

type Held = { -readonly [Field in keyof Waiting]: Waiting[Field] };

/**
 * The entries that were set and are not written to the back yet.
 *
 * Why apart from the front: a front evicts, and may be emptied at any time; what is here stays until it is written.
 */
export class Unwritten {
  readonly #waiting: Map<string, Held> = new Map();
  /** Those of which it is not known what is behind them. */
  readonly #unseen: Set<Held> = new Set();
  /** By scope, what the others add to what the back counts. */
  readonly #added: Map<string, { entries: number; bytes: number }> = new Map();
  #bytes = 0;

  /** Whether there are more than may wait. */
  get tooMany(): boolean {
    return this.#waiting.size > ENTRIES || this.#bytes > BYTES;
  }

  get(key: string): Waiting | undefined {
    return this.#waiting.get(key);
  }

  set(key: string, entry: Entry): Waiting {
    const behind = this.#waiting.get(key)?.behind;
    this.drop(key);
    const waiting: Held = { key, entry, access: { accessedAt: entry.storedAt, hits: 0 }, behind };
    this.#waiting.set(key, waiting);
    this.#bytes += weightOf(entry);
    this.#count(waiting, 1);
    return waiting;
  }

  /** Says whether there was one. */
  drop(key: string): boolean {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return false;
    this.#count(waiting, -1);
    this.#waiting.delete(key);
    this.#bytes -= weightOf(waiting.entry);
    if (this.#waiting.size === 0) this.#added.clear();
    return true;
  }

  /** Notes that an entry is written: it waits no longer, or a later one does in its place. */
  written({ key, entry }: Waiting): void {
    if (this.#waiting.get(key)?.entry === entry) this.drop(key);
    else this.see(key, entry.size);
  }

  /** Notes the size of what is behind an entry, or that there is nothing. */
  see(key: string, behind: number | "absent"): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#count(waiting, -1);
    waiting.behind = behind;
    this.#count(waiting, 1);
  }

  /** Notes a use; says whether the entry is here. */
  touch({ key, accessedAt, hits }: Touch): boolean {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) waiting.access = { accessedAt, hits: waiting.access.hits + hits };
    return waiting !== undefined;
  }

  under(prefix: string): Waiting[] {
    const all = [...this.#waiting.values()];
    return prefix === "" ? all : all.filter(({ key }) => key.startsWith(prefix));
  }

  /** Those under a prefix of which it is not known what is behind them. */
  unseen(prefix: string): Waiting[] {
    return [...this.#unseen].filter(({ key }) => key.startsWith(prefix));
  }

  list(prefix: string): Listed[] {
    return this.under(prefix).map(({ key, entry, access }) => {
      const { form, storedAt, freshUntil, goneAt, cost, size, tags, label } = entry;
      return { key, form, storedAt, freshUntil, goneAt, cost, size, tags, label, ...access };
    });
  }

  /** What is kept under a prefix, by what the back keeps. Right when none is unseen. */
  added(prefix: string, { entries, bytes }: Usage): Usage {
    for (const [scope, added] of this.#added) {
      if (!scope.startsWith(prefix)) continue;
      entries += added.entries;
      bytes += added.bytes;
    }
    return { entries, bytes };
  }

  #count(waiting: Held, sign: 1 | -1): void {
    const { key, entry, behind } = waiting;
    if (behind === undefined) {
      if (sign === 1) this.#unseen.add(waiting);
      else this.#unseen.delete(waiting);
      return;
    }
    const scope = key.slice(0, key.indexOf("/") + 1);
    const added = this.#added.get(scope) ?? { entries: 0, bytes: 0 };
    this.#added.set(scope, added);
    if (behind === "absent") added.entries += sign;
    added.bytes += sign * (entry.size - (behind === "absent" ? 0 : behind));
  }
}

function weightOf({ body }: Entry): number {
  return typeof body === "string" ? body.length : body instanceof Uint8Array ? body.byteLength : 0;
}
