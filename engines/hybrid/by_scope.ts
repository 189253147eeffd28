import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { Change, SyncStore, Usage } from "../../src/contract/store.ts";

interface Scope {
  readonly store: SyncStore<Body>;
  /** How many bytes its bodies have. */
  held: number;
}

/**
 * One store over many of an engine whose stores belong to one function each, which is memory: one for each scope.
 *
 * Why: such a store counts what is under a prefix by looking at everything. Bodies go in and out as copies.
 */
export class ByScope implements SyncStore<Body> {
  readonly #open: () => SyncStore<Body>;
  readonly #scopes: Map<string, Scope> = new Map();

  constructor(open: () => SyncStore<Body>) {
    this.#open = open;
  }

  /** What each scope's store lets a person reach. */
  get native(): unknown {
    return new Map([...this.#scopes].map(([scope, { store }]) => [scope, store.native]));
  }

  /** How many bytes all bodies have. */
  get held(): number {
    let held = 0;
    for (const scope of this.#scopes.values()) held += scope.held;
    return held;
  }

  get(key: string): Entry<Body> | undefined {
    return own(this.#scopes.get(scopeOf(key))?.store.get(key));
  }

  /** The very entry, to look at. */
  peek(key: string): Entry<Body> | undefined {
    const store = this.#scopes.get(scopeOf(key))?.store;
    return store?.peek === undefined ? store?.get(key) : store.peek(key);
  }

  set(key: string, entry: Entry<Body>): void {
    const name = scopeOf(key);
    let scope = this.#scopes.get(name);
    if (scope === undefined) this.#scopes.set(name, scope = { store: this.#open(), held: 0 });
    scope.held += lengthOf(entry) - lengthOf(this.peek(key));
    scope.store.set(key, own(entry)!);
  }

  delete(key: string): boolean {
    const scope = this.#scopes.get(scopeOf(key));
    if (scope === undefined) return false;
    scope.held -= lengthOf(this.peek(key));
    return scope.store.delete(key);
  }

  *entries(prefix: string): Generator<Listed> {
    for (const [, { store }] of this.#under(prefix)) yield* store.entries("");
  }

  clear(prefix: string): number {
    let count = 0;
    for (const [name, { store }] of this.#under(prefix)) {
      count += store.clear("");
      store.close();
      this.#scopes.delete(name);
    }
    return count;
  }

  usage(prefix: string): Usage {
    let [entries, bytes] = [0, 0];
    for (const [, { store }] of this.#under(prefix)) {
      const usage = store.usage("");
      entries += usage.entries;
      bytes += usage.bytes;
    }
    return { entries, bytes };
  }

  commit(changes: readonly Change<Body>[]): boolean {
    const asFound = ({ key, found }: Change<Body>) =>
      found === undefined || found === (this.peek(key)?.storedAt ?? "absent");
    if (!changes.every(asFound)) return false;
    for (const { key, entry } of changes) {
      if (entry === undefined) this.delete(key);
      else this.set(key, entry);
    }
    return true;
  }

  close(): void {
    this.clear("");
  }

  #under(prefix: string): (readonly [name: string, scope: Scope])[] {
    return [...this.#scopes].filter(([name]) => prefix === "" || name === prefix);
  }
}

function scopeOf(key: string): string {
  return key.slice(0, key.indexOf("/") + 1);
}

function lengthOf(entry: Entry<Body> | undefined): number {
  return entry?.body.length ?? 0;
}

/** An entry whose body nobody else has. */
function own(entry: Entry<Body> | undefined): Entry<Body> | undefined {
  return entry?.body instanceof Uint8Array ? { ...entry, body: new Uint8Array(entry.body) } : entry;
}
