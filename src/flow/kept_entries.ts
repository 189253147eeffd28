import type { Entry, Listed } from "../contract/entry.ts";
import { attempt, chain, type MaybePromise } from "../contract/maybe_promise.ts";
import { all } from "./all.ts";
import type { CacheParts } from "./cache_parts.ts";
import { collect } from "./collect.ts";

/** The entries of one cache as they are kept behind: what is on its way to the store, then what is in it. */
export class KeptEntries {
  readonly #parts: CacheParts;

  constructor(parts: CacheParts) {
    this.#parts = parts;
  }

  /** The entry under a key, fresh or not, unless one of its tags was invalidated. Counts as no use of it. */
  get(key: unknown): MaybePromise<Entry | undefined> {
    return attempt<Entry | undefined>(
      () => chain(this.latest(key), (entry) => this.#untagged(entry)),
      (error) => this.#parts.tally.fault("get", error, undefined),
    );
  }

  /** Those that hold a fresh value, writes on their way included, without bodies, under the keys that events show. */
  list(): MaybePromise<Listed[]> {
    const { clock, writes, store, prefix, tags, publicKey } = this.#parts;
    const now = clock.now();
    const shown = (entry: Listed | undefined) =>
      entry === undefined ? [] : [{ ...entry, key: publicKey(entry.key), tags: tags.names(entry.tags) }];
    const listed = chain(writes.idle(), () => collect(store.entries(prefix)));
    return chain(listed, (listed) => {
      const fresh = listed.filter(({ freshUntil }) => now < freshUntil);
      return chain(all(fresh.map((entry) => this.#untagged(entry))), (held) => held.flatMap(shown));
    });
  }

  /**
   * The entry that was written last, even while it is on its way. Where others may have changed the key meanwhile, so that it
   * is never there, the end of the write is waited for, unless that takes long or the answer has to come at once.
   */
  latest(key: unknown): MaybePromise<Entry | undefined> {
    const { writes, engine, sync } = this.#parts;
    const latest = writes.latest(key);
    if (latest === "absent") return undefined;
    if (latest === undefined) return this.look(key as string);
    if (!engine.shared || sync) return latest;
    return writes.written(key).then((written) => written ? this.latest(key) : latest);
  }

  /** What the store has. Looks without counting a use, because an entry that turns out to be stale is not used. */
  look(key: string): MaybePromise<Entry | undefined> {
    const { store } = this.#parts;
    return store.peek === undefined ? store.get(key) : store.peek(key);
  }

  #untagged<E extends Pick<Entry, "tags">>(entry: E | undefined): MaybePromise<E | undefined> {
    if (entry === undefined || entry.tags.length === 0) return entry;
    return chain(this.#parts.tags.hold(entry.tags), (held) => held ? entry : undefined);
  }
}
