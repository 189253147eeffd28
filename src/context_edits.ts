import { type CacheTransaction, givenBy, type SetOptions } from "./context_options.ts";
import type { CallCache } from "./decorators/call_cache.ts";
import { CacheValueError } from "./errors.ts";
import { type Edit, editsOf } from "./flow/edits.ts";

/** The changes of a context's values that depend on what is there, or hold together. */
export class ContextEdits {
  readonly #on: () => CallCache;

  /** `on` gives the cache, and throws when the context is closed. */
  constructor(on: () => CallCache) {
    this.#on = on;
  }

  /** As of `CacheContext`. */
  async add(key: unknown, value: unknown, options: SetOptions): Promise<boolean> {
    return await this.#edit(key, (found) => found === undefined ? this.#kept(key, value, options) : undefined) !==
      undefined;
  }

  /** As of `CacheContext`. */
  async incr(key: unknown, by: number, options: SetOptions): Promise<number> {
    const kept = await this.#edit(key, (found) => {
      const before = found === undefined ? 0 : found.value;
      if (typeof before === "number") return this.#kept(key, before + by, options);
      throw new CacheValueError(`Cannot add to the value: it is a ${typeof before}; set a number first`);
    });
    return (kept as { readonly value: number }).value;
  }

  /** As of `CacheContext`. */
  async touch(key: unknown, options: SetOptions): Promise<boolean> {
    return await this.#edit(key, (found) => found && this.#kept(key, found.value, options)) !== undefined;
  }

  /** As of `CacheContext`. */
  async pop(key: unknown): Promise<unknown> {
    let value: unknown;
    await this.#edit(key, (found) => {
      value = found?.value;
      return found && "drop";
    });
    return value;
  }

  /** As of `CacheContext`. */
  async transaction<T>(work: (tx: CacheTransaction) => T | Promise<T>): Promise<T> {
    return await this.#on().on((values) => {
      return editsOf(values).transact(async (draft) =>
        await work({
          get: async <V>(key: unknown) => (await draft.read(this.#keyOf(key)))?.value as V | undefined,
          set: (key, value, options) => void draft.edits.set(this.#keyOf(key), this.#kept(key, value, options ?? {})),
          delete: (key) => void draft.edits.set(this.#keyOf(key), "drop"),
        })
      );
    });
  }

  /** As of `CacheContext`. */
  async setMany(entries: Iterable<readonly [key: unknown, value: unknown]>, options: SetOptions): Promise<void> {
    await this.#on().on((values) =>
      editsOf(values).setMany(
        [...entries].map(([key, value]) => {
          const { keeping } = this.#kept(key, value, options);
          return [this.#keyOf(key), value, keeping] as const;
        }),
      )
    );
  }

  #keyOf(key: unknown): unknown {
    return this.#on().keyOf(undefined, [key]);
  }

  #kept(key: unknown, value: unknown, options: SetOptions): Exclude<Edit, "drop"> {
    return { value, keeping: this.#on().keeping([key], value, givenBy(options)) };
  }

  /** Changes one key by what it holds, with nothing in between; gives the change that was made. */
  async #edit(
    key: unknown,
    decide: (found: { readonly value: unknown } | undefined) => Edit | undefined,
  ): Promise<Edit | undefined> {
    const at = this.#keyOf(key);
    return await this.#on().on((values) =>
      editsOf(values).transact(async (draft) => {
        const edit = decide(await draft.read(at));
        if (edit !== undefined) draft.edits.set(at, edit);
        return edit;
      }, false)
    );
  }
}
