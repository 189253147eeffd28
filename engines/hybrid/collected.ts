import type { MaybePromise } from "../../src/contract/maybe_promise.ts";

/** Everything of a listing, at once where it answers at once. */
export function collected<T>(items: Iterable<T> | AsyncIterable<T>): MaybePromise<T[]> {
  return Symbol.iterator in items ? [...items] : gather(items);
}

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
