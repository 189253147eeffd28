/**
 * A store of unstorage as a store of texts.
 *
 * Why texts where drivers offer raw bytes: what `setItemRaw` keeps is not what `getItem` and `getItems` read (db0 has a column
 * for each, and the old value stays in the other), the driver for memory keeps the very bytes that the caller may change, and
 * only texts are read many at a time. Why never `clear`: drivers for files clear everything, whatever they are asked for.
 */
import type { UnstorageLike } from "./from_unstorage.ts";
import { forEachOf, type Found, type Item, type TextStore } from "./text_store.ts";

interface UnstorageStore {
  getItem(name: string): unknown;
  setItem(name: string, text: string, options: { readonly ttl?: number }): unknown;
  removeItem(name: string): unknown;
  getKeys(base: string): readonly string[] | Promise<readonly string[]>;
  hasItem?(name: string): boolean | Promise<boolean>;
  getItems?(names: readonly string[]): Promise<readonly { readonly key: string; readonly value: unknown }[]>;
  /** Which only a `Storage` has, and no driver. */
  mount?(base: string, driver: unknown): unknown;
}

/** A `Storage` of unstorage or a driver. */
export class UnstorageTexts implements TextStore {
  readonly native: object;
  readonly #store: UnstorageStore;

  constructor(native: UnstorageLike) {
    this.native = native;
    this.#store = native as unknown as UnstorageStore;
  }

  async getMany(names: readonly string[]): Promise<readonly unknown[]> {
    const store = this.#store;
    if (names.length < 2 || store.mount === undefined || store.getItems === undefined) {
      return (await forEachOf(names, (name) => store.getItem(name))).map(whole);
    }
    // Those of each mounted driver come together, in whatever order.
    const found = new Map((await store.getItems([...new Set(names)])).map(({ key, value }) => [key, value]));
    return names.map((name) => whole(found.get(name)));
  }

  async setMany(items: readonly Item[]): Promise<void> {
    await forEachOf(items, ({ name, text, keepFor }) => {
      return this.#store.setItem(name, text, keepFor === undefined ? {} : { ttl: Math.ceil(keepFor / 1000) });
    });
  }

  /** No driver says whether it dropped anything. */
  deleteMany(names: readonly string[]): Promise<readonly boolean[]> {
    return forEachOf(names, async (name) => {
      const was = await this.#has(name);
      whole(await this.#store.removeItem(name));
      return was;
    });
  }

  async dropMany(names: readonly string[]): Promise<number> {
    await forEachOf(names, async (name) => void whole(await this.#store.removeItem(name)));
    return names.length;
  }

  async *list(prefix: string): AsyncGenerator<readonly Found[]> {
    const names = (await this.#store.getKeys(prefix)).map(tidy).filter((name) => name.startsWith(prefix));
    yield [...new Set(names)].map((name) => ({ name }));
  }

  close(): void {}

  async #has(name: string): Promise<boolean> {
    if (this.#store.hasItem !== undefined) return await this.#store.hasItem(name);
    const found = await this.#store.getItem(name);
    return found !== undefined && found !== null;
  }
}

/** What a driver answered. The drivers for files (1.17) give errors back instead of throwing them. */
function whole<T>(answer: T): T {
  if (answer instanceof Error) throw answer;
  return answer;
}

/** A key as a `Storage` lists it; drivers may list paths. */
function tidy(key: string): string {
  return key.replace(/[/\\:]+/g, ":").replace(/^:|:$/g, "");
}
