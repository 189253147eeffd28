/**
 * A store of Keyv as a store of texts.
 *
 * Why errors are listened for: Keyv, and several of its adapters, emit an error and answer as if nothing were there. For a
 * cache that would be a hit that costs nothing to lose, but a delete that failed in silence leaves an old value readable.
 *
 * Why names are dropped one by one where it counts how many were there: `deleteMany` of several adapters says only whether
 * any was.
 */
import type { KeyvLike } from "./from_keyv.ts";
import { forEachOf, type Found, type Item, type TextStore, TOGETHER } from "./text_store.ts";

type Value = string | undefined | null;

/** What `Keyv` 5 and 6 and their adapters have in common, and what only some of them have. */
interface KeyvStore {
  get(name: string): Value | Promise<Value>;
  set(name: string, text: string, life?: number): unknown;
  delete(name: string): unknown;
  getMany?(names: readonly string[]): Promise<readonly Value[]>;
  setMany?(items: readonly Record<string, unknown>[]): unknown;
  deleteMany?(names: readonly string[]): unknown;
  iterator?(namespace?: string): Pairs;
  entries?(): Pairs;
  on?(event: "error", listener: (error: unknown) => void): unknown;
  off?(event: "error", listener: (error: unknown) => void): unknown;
  readonly namespace?: string;
  /** What a `Keyv` or one of its own adapters is over. */
  readonly store?: unknown;
  /** `expires` of an adapter of Keyv 6, which takes an instant where those of Keyv 5 take a span. */
  readonly capabilities?: { readonly expires?: boolean };
}

type Pairs = Iterable<readonly [string, unknown]> | AsyncIterable<readonly [string, unknown]>;

/** A store of Keyv, or anything like a `Map`. */
export class KeyvTexts implements TextStore {
  readonly native: object;
  readonly list: TextStore["list"];
  readonly #store: KeyvStore;
  readonly #hear = (error: unknown): void => void (this.#heard = { error, count: this.#heard.count + 1 });
  #heard: { readonly error: unknown; readonly count: number } = { error: undefined, count: 0 };
  #listsAll = false;

  constructor(native: KeyvLike) {
    this.native = native;
    this.#store = native as unknown as KeyvStore;
    this.list = canList(this.#store) ? (prefix) => this.#list(prefix) : undefined;
    this.#store.on?.("error", this.#hear);
  }

  async getMany(names: readonly string[]): Promise<readonly unknown[]> {
    const store = this.#store;
    const { count } = this.#heard;
    const found = names.length > 1 && store.getMany !== undefined
      ? await store.getMany([...names])
      : await forEachOf(names, (name) => store.get(name));
    if (found.some((text) => text === undefined || text === null)) this.#throwHeardSince(count);
    return found;
  }

  async setMany(items: readonly Item[]): Promise<void> {
    const store = this.#store;
    const { count } = this.#heard;
    const results = items.length > 1 && store.setMany !== undefined
      ? await store.setMany(items.map(({ name, text, keepFor }) => this.#row(name, text, keepFor)))
      : await forEachOf(items, ({ name, text, keepFor }) => store.set(name, text, this.#life(keepFor)));
    this.#throwHeardSince(count);
    if (results === false || Array.isArray(results) && results.includes(false)) {
      throw new Error("it says that it did not keep the value");
    }
  }

  async deleteMany(names: readonly string[]): Promise<readonly (boolean | undefined)[]> {
    const { count } = this.#heard;
    const dropped = await forEachOf(names, (name) => this.#store.delete(name));
    this.#throwHeardSince(count);
    return dropped.map((was) => typeof was === "boolean" ? was : undefined);
  }

  async dropMany(names: readonly string[]): Promise<number> {
    const { count } = this.#heard;
    if (this.#store.deleteMany === undefined) await forEachOf(names, (name) => this.#store.delete(name));
    for (let at = 0; at < names.length; at += TOGETHER) await this.#store.deleteMany?.(names.slice(at, at + TOGETHER));
    this.#throwHeardSince(count);
    return names.length;
  }

  close(): void {
    this.#store.off?.("error", this.#hear);
  }

  async *#list(prefix: string): AsyncGenerator<readonly Found[]> {
    const store = this.#store;
    const { count } = this.#heard;
    const mark = this.#listsAll ? undefined : await this.#leaveMark();
    let seen = mark === undefined;
    for await (const [name, text] of store.iterator?.(store.namespace) ?? store.entries!()) {
      if (name === mark) seen = true;
      else if (name.startsWith(prefix)) yield [{ name, text }];
    }
    this.#throwHeardSince(count);
    if (mark !== undefined) await this.deleteMany([mark]);
    if (!seen) {
      throw new Error(
        "its iterator leaves out what is there; give each Keyv an adapter of its own, of a version that goes with it",
      );
    }
    this.#listsAll = true;
  }

  /**
   * Leaves something that a listing has to show. Where several `Keyv` share one adapter, one of them sets the namespace that
   * the iterators of all look for (Keyv 5.6 with @keyv/redis 5.1), so that nothing would ever be listed, or cleared.
   */
  async #leaveMark(): Promise<string> {
    const name = `twat_cache:_mark:${Date.now().toString(36)}`;
    await this.setMany([{ name, text: "mark", keepFor: 300_000 }]);
    return name;
  }

  #row(key: string, value: string, keepFor: number | undefined): Record<string, unknown> {
    const life = this.#life(keepFor);
    return this.#takesInstants ? { key, value, expires: life } : { key, value, ttl: life };
  }

  #life(keepFor: number | undefined): number | undefined {
    return keepFor !== undefined && this.#takesInstants ? Date.now() + keepFor : keepFor;
  }

  get #takesInstants(): boolean {
    return this.#store.capabilities?.expires === true;
  }

  #throwHeardSince(count: number): void {
    if (this.#heard.count > count) throw this.#heard.error;
  }
}

/** Whether it can be walked, and what it is over as well: a `Keyv` 6 has an iterator even where there is nothing to iterate. */
function canList(store: KeyvStore): boolean {
  const { store: inner } = store;
  if (typeof store.iterator !== "function" && typeof store.entries !== "function") return false;
  return typeof inner !== "object" || inner === null || canList(inner as KeyvStore);
}
