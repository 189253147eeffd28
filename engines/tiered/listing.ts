import type { Listed } from "../../src/contract/entry.ts";
import type { MaybePromise } from "../../src/contract/maybe_promise.ts";

/** What a store's `entries` gives. */
export type Listing = Iterable<Listed> | AsyncIterable<Listed>;

/** All of a listing, at once where it is there at once. */
export function collected(listing: Listing): MaybePromise<Listed[]> {
  return Symbol.iterator in listing ? [...listing] : collectedLater(listing);
}

async function collectedLater(listing: AsyncIterable<Listed>): Promise<Listed[]> {
  const all: Listed[] = [];
  for await (const one of listing) all.push(one);
  return all;
}

/** A listing with others before it, which take the place of those of the same key. */
export function behind(first: readonly Listed[], rest: Listing): Listing {
  const told = new Set(first.map(({ key }) => key));
  return Symbol.iterator in rest ? joined(first, rest, told) : joinedLater(first, rest, told);
}

function* joined(first: readonly Listed[], rest: Iterable<Listed>, told: ReadonlySet<string>): Generator<Listed> {
  yield* first;
  for (const one of rest) if (!told.has(one.key)) yield one;
}

async function* joinedLater(
  first: readonly Listed[],
  rest: AsyncIterable<Listed>,
  told: ReadonlySet<string>,
): AsyncGenerator<Listed> {
  yield* first;
  for await (const one of rest) if (!told.has(one.key)) yield one;
}
