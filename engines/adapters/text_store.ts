/** One text to be kept under a name. */
export interface Item {
  readonly name: string;
  readonly text: string;
  /** How many milliseconds a store should keep it at least; `undefined` for as long as it can. */
  readonly keepFor: number | undefined;
}

/** A name that a store lists, with what is kept under it where that comes along. */
export interface Found {
  readonly name: string;
  readonly text?: unknown;
}

/** A foreign store of texts, as the adapters see those of either ecosystem. Whatever it throws is of the store's own making. */
export interface TextStore {
  /** What the user handed over. */
  readonly native: object;
  /** What is kept under each name; `undefined` or `null` where nothing is. */
  getMany(names: readonly string[]): Promise<readonly unknown[]>;
  /** Keeps each text. */
  setMany(items: readonly Item[]): Promise<void>;
  /** Drops what is kept under each name; says of each whether there was something, or `undefined` where the store does not tell. */
  deleteMany(names: readonly string[]): Promise<readonly (boolean | undefined)[]>;
  /** Drops what is kept under names that were just listed; says how many there were. */
  dropMany(names: readonly string[]): Promise<number>;
  /** The names that begin with a prefix, a page at a time; `undefined` where the store lists nothing. */
  readonly list: ((prefix: string) => AsyncIterable<readonly Found[]>) | undefined;
  /** Called once nobody uses it any more. What the user handed over stays open. */
  close(): void;
}

/** How many operations are on their way at a time where a store takes one each, and how many names it is given at once. */
export const TOGETHER = 100;

/** Does something with each of many, a hundred at a time; the results in order. */
export async function forEachOf<T, R>(all: readonly T[], work: (one: T) => R | PromiseLike<R>): Promise<R[]> {
  if (all.length <= TOGETHER) return await Promise.all(all.map(work));
  const results: R[] = [];
  for (let at = 0; at < all.length; at += TOGETHER) {
    results.push(...await Promise.all(all.slice(at, at + TOGETHER).map(work)));
  }
  return results;
}
