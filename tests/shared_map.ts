import type { AsyncStore, Body, Change, Engine, Entry, Lease, Listed, News } from "../mod.ts";

/**
 * A storage in a `Map` that several engines share, as processes share a server: each engine opens handles of its own, answers
 * with promises, and hears of what the others change.
 */
export class SharedMap {
  readonly entries = new Map<string, Entry<Body>>();
  readonly leases = new Map<string, { readonly owner: string; readonly until: number }>();
  /** Waited for before each operation. */
  pause: (operation: string) => Promise<void> = () => Promise.resolve();
  readonly #listeners = new Set<{ readonly handle: object; readonly listener: (news: News) => void }>();

  /** An engine over this storage, as another process would have it. */
  engine(parts: Partial<Engine> = {}): Engine {
    return {
      name: "shared_map",
      mode: "async",
      holds: "bytes",
      scope: "folder",
      limits: { keyBytes: 200, bodyBytes: 1_000_000 },
      persistent: false,
      shared: true,
      keeps: "in a map that tests share",
      probe: () => true,
      open: () => this.#open(),
      ...parts,
    };
  }

  /** Tells every handle, as a server would on its own account. */
  tell(news: News, except?: object): void {
    for (const { handle, listener } of this.#listeners) if (handle !== except) listener(news);
  }

  #open(): AsyncStore<Body> {
    const handle = {};
    const { entries, leases } = this;
    const later = async <T>(operation: string, work: () => T): Promise<T> => {
      await this.pause(operation);
      return work();
    };
    const changed = (key: string, entry: Entry<Body> | undefined) => {
      leases.delete(key);
      const was = entries.has(key);
      if (entry === undefined) entries.delete(key);
      else entries.set(key, entry);
      this.tell({ keys: [key] }, handle);
      return was;
    };
    const held = ({ key, owner }: Lease) => leases.get(key)?.owner === owner;
    return {
      native: entries,
      get: (key) => later("get", () => entries.get(key)),
      set: (key, entry) => later("set", () => void changed(key, entry)),
      delete: (key) => later("delete", () => changed(key, undefined)),
      clear: (prefix) =>
        later("clear", () => {
          for (const key of leases.keys()) if (key.startsWith(prefix)) leases.delete(key);
          const keys = [...entries.keys()].filter((key) => key.startsWith(prefix));
          keys.forEach((key) => entries.delete(key));
          this.tell({ prefix }, handle);
          return keys.length;
        }),
      usage: (prefix) =>
        later("usage", () => {
          const under = [...entries].filter(([key]) => key.startsWith(prefix));
          return { entries: under.length, bytes: under.reduce((sum, [, { size }]) => sum + size, 0) };
        }),
      entries: async function* (prefix): AsyncGenerator<Listed> {
        for (const [key, { body: _, ...head }] of await later("entries", () => [...entries])) {
          if (key.startsWith(prefix)) yield { ...head, key, accessedAt: head.storedAt, hits: 0 };
        }
      },
      commit: (changes: readonly Change<Body>[], lease?: Lease) =>
        later("commit", () => {
          if (lease !== undefined && !held(lease)) return false;
          const fits = ({ key, found }: Change<Body>) =>
            found === undefined || (entries.get(key)?.storedAt ?? "absent") === found;
          if (!changes.every(fits)) return false;
          for (const { key, entry } of changes) changed(key, entry);
          return true;
        }),
      lease: (lease, span, renew = false) =>
        later("lease", () => {
          const other = leases.get(lease.key);
          if (renew && other?.owner !== lease.owner) return false;
          if (other !== undefined && other.owner !== lease.owner && other.until > Date.now()) return false;
          leases.set(lease.key, { owner: lease.owner, until: Date.now() + span });
          return true;
        }),
      release: (lease) => later("release", () => void (held(lease) && leases.delete(lease.key))),
      watch: (listener) => {
        const listening = { handle, listener };
        this.#listeners.add(listening);
        listener("live");
        return () => this.#listeners.delete(listening);
      },
      close: () => {},
    };
  }
}
