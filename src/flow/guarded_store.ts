import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { AsyncStore } from "../contract/store.ts";
import type { Guard } from "./guard.ts";

/** The least time for operations on many entries, in milliseconds. */
const FOR_MANY = 10_000;

/**
 * A store whose operations go through a guard. One entry has `limit` milliseconds, what goes through many has more.
 * Offers just the optional methods that the store offers.
 */
export function guardedStore(store: AsyncStore, guard: Guard, limit: number): AsyncStore {
  const many = Math.max(limit, FOR_MANY);
  const one = <A extends unknown[], T>(method: (...args: A) => MaybePromise<T>) => (...args: A): MaybePromise<T> =>
    guard.run(limit, () => method.apply(store, args));
  const all = <A extends unknown[], T>(method: (...args: A) => MaybePromise<T>) => (...args: A): MaybePromise<T> =>
    guard.run(many, () => method.apply(store, args));
  const { peek, savedMs, getMany, setMany, deleteMany, touch, sweep, trim, commit, lease, release, check } = store;
  return {
    get native() {
      return store.native;
    },
    get: one(store.get),
    set: one(store.set),
    delete: one(store.delete),
    entries: (prefix) => eachWithin(store.entries(prefix), guard, many),
    clear: all(store.clear),
    usage: all(store.usage),
    close: () => store.close(),
    ...(peek && { peek: one(peek) }),
    ...(savedMs && { savedMs: () => savedMs.call(store) }),
    ...(getMany && { getMany: one(getMany) }),
    ...(setMany && { setMany: all(setMany) }),
    ...(deleteMany && { deleteMany: all(deleteMany) }),
    ...(touch && { touch: all(touch) }),
    ...(sweep && { sweep: all(sweep) }),
    ...(trim && { trim: all(trim) }),
    ...(commit && { commit: one(commit) }),
    ...(lease && { lease: one(lease) }),
    ...(release && { release: one(release) }),
    ...(store.watch && { watch: (listener) => store.watch!(listener) }),
    ...(check && { check: all(check) }),
  };
}

/** The items of a listing, each waited for no longer than `limit` milliseconds. */
function eachWithin<T>(
  items: Iterable<T> | AsyncIterable<T>,
  guard: Guard,
  limit: number,
): Iterable<T> | AsyncIterable<T> {
  return Symbol.iterator in items ? items : eachLater(items, guard, limit);
}

async function* eachLater<T>(items: AsyncIterable<T>, guard: Guard, limit: number): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await guard.run(limit, () => iterator.next());
      if (done) return;
      yield value;
    }
  } finally {
    iterator.return?.(undefined)?.then(undefined, () => {});
  }
}
