import type { Listed } from "../../src/contract/entry.ts";
import type { Usage } from "../../src/contract/store.ts";

/** Reads what a store lists under a prefix of names, with the name of each entry. */
export type Walk = (prefix: string) => AsyncIterable<readonly (readonly [name: string, listed: Listed])[]>;

/**
 * What is known of the entries of one folder, by name: what the store listed, and what this process did and saw since.
 *
 * What changes while a listing is under way is noted and holds against what the listing says.
 */
export class EntryIndex {
  readonly #walk: Walk;
  readonly #rows: Map<string, Listed> = new Map();
  readonly #usages: Map<string, { entries: number; bytes: number }> = new Map();
  #changed: Set<string> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #whole: Promise<void> | undefined;

  constructor(walk: Walk) {
    this.#walk = walk;
  }

  /** What is known of an entry. One that was stored again since is another object. */
  row(name: string): Listed | undefined {
    return this.#rows.get(name);
  }

  /** Takes note of what was stored. */
  put(name: string, listed: Listed): void {
    this.drop(name);
    this.#rows.set(name, listed);
    const usage = this.#usageOf(listed.key);
    usage.entries++;
    usage.bytes += listed.size;
  }

  /** Takes note that nothing is kept under a name. */
  drop(name: string): void {
    this.#changed?.add(name);
    const row = this.#rows.get(name);
    if (row === undefined) return;
    this.#rows.delete(name);
    const usage = this.#usageOf(row.key);
    usage.entries--;
    usage.bytes = usage.entries === 0 ? 0 : usage.bytes - row.size;
  }

  /** Takes note of what was found under a name, unless that was stored or dropped since it was looked up as `before`. */
  saw(name: string, before: Listed | undefined, listed: Listed | undefined): void {
    if (this.#rows.get(name) !== before) return;
    if (listed === undefined) this.drop(name);
    else if (before?.storedAt !== listed.storedAt || before.freshUntil !== listed.freshUntil) this.put(name, listed);
  }

  /** Asks the store for everything, unless that was done before. */
  complete(): Promise<void> {
    return this.#whole ??= this.refresh("").catch((error) => {
      this.#whole = undefined;
      throw error;
    });
  }

  /** Asks the store for what is there under a prefix of names, now. One listing at a time. */
  refresh(prefix: string): Promise<void> {
    const done = this.#last.then(() => this.#refresh(prefix));
    this.#last = done.catch(() => {});
    return done;
  }

  /** What is known under a prefix of keys. */
  list(prefix: string): Listed[] {
    return [...this.#rows.values()].filter(({ key }) => key.startsWith(prefix));
  }

  /** The names that are known under a prefix of names. */
  names(prefix: string): string[] {
    return [...this.#rows.keys()].filter((name) => name.startsWith(prefix));
  }

  /** How much is known under a prefix of keys. */
  usage(prefix: string): Usage {
    let [entries, bytes] = [0, 0];
    for (const [scope, usage] of this.#usages) {
      if (prefix !== "" && prefix !== scope) continue;
      entries += usage.entries;
      bytes += usage.bytes;
    }
    return { entries, bytes };
  }

  async #refresh(prefix: string): Promise<void> {
    const changed = this.#changed = new Set<string>();
    const found = new Map<string, Listed>();
    try {
      for await (const page of this.#walk(prefix)) for (const [name, listed] of page) found.set(name, listed);
    } finally {
      this.#changed = undefined;
    }
    for (const name of this.names(prefix)) if (!found.has(name) && !changed.has(name)) this.drop(name);
    for (const [name, listed] of found) if (!changed.has(name)) this.#renew(name, listed);
    if (prefix === "") this.#whole ??= Promise.resolve();
  }

  /** A row that says the same stays the object that it is, by which a look that is under way knows it. */
  #renew(name: string, listed: Listed): void {
    const row = this.#rows.get(name);
    if (row?.storedAt !== listed.storedAt || row.freshUntil !== listed.freshUntil) this.put(name, listed);
  }

  #usageOf(key: string): { entries: number; bytes: number } {
    const scope = key.slice(0, key.indexOf("/") + 1);
    let usage = this.#usages.get(scope);
    if (usage === undefined) this.#usages.set(scope, usage = { entries: 0, bytes: 0 });
    return usage;
  }
}
