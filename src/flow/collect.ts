import type { MaybePromise } from "../contract/maybe_promise.ts";

/** The items of a listing as an array, at once where the listing is there at once. */
export function collect<T>(items: Iterable<T> | AsyncIterable<T>): MaybePromise<T[]> {
  return Symbol.iterator in items ? [...items] : collectLater(items);
}

async function collectLater<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
