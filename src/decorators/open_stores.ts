import type { Engine, Globals, OpenOptions } from "../contract/engine.ts";
import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { AsyncStore } from "../contract/store.ts";
import { Guard } from "../flow/guard.ts";
import { endsPromises } from "../runtime/requests.ts";

/** A store on loan. Give it back exactly once. */
export interface Loan {
  readonly store: AsyncStore;
  /** What stands between the store and those who wait for it. */
  readonly guard: Guard;
  /** Gives the store back; the last one to do so closes it. */
  release(): MaybePromise<void>;
}

interface Shared {
  store: MaybePromise<AsyncStore>;
  readonly guard: Guard;
  users: number;
}

const shared = new Map<Engine, Map<string, Shared>>();

/**
 * Opens an engine, waiting `limit` milliseconds at most. All caches of one folder get the same store; engines whose stores
 * belong to one function open anew.
 */
export function borrowStore(
  engine: Engine,
  options: OpenOptions,
  sync: boolean,
  limit = Infinity,
): MaybePromise<Loan> {
  const open = () =>
    (sync && engine.openSync !== undefined ? engine.openSync(options) : engine.open(options)) as MaybePromise<
      AsyncStore
    >;
  if (engine.scope === "function") {
    return chain(open(), (store) => ({ store, guard: new Guard(engine.name), release: () => store.close() }));
  }
  const mortal = endsPromises(globalThis as unknown as Globals);
  const stores = shared.get(engine) ?? new Map<string, Shared>();
  shared.set(engine, stores);
  const { directory, folderName, url, secure } = options;
  const place = JSON.stringify([secure, engine.mode === "both" && sync, directory, folderName, url]);
  const found = stores.get(place);
  // What another request opens may never be open.
  const known: Shared = found !== undefined && !(mortal && isPromiseLike(found.store))
    ? found
    : { store: open(), guard: new Guard(engine.name, mortal), users: 0 };
  stores.set(place, known);
  known.users++;
  const release = (): MaybePromise<void> => {
    if (--known.users > 0) return;
    if (stores.get(place) === known) stores.delete(place);
    return chain(known.store, (store) => store.close());
  };
  const { guard } = known;
  if (!isPromiseLike(known.store)) return { store: known.store, guard, release };
  const forget = () => stores.get(place) === known && stores.delete(place);
  return within(limit, known.store as Promise<AsyncStore>).then(
    (store) => ({ store: known.store = store, guard, release }),
    (error) => {
      forget();
      // One that opens later has no user.
      (known.store as Promise<AsyncStore>).then(release).catch(() => {});
      throw error;
    },
  );
}

/** Waits for something, but not for ever. */
function within<T>(limit: number, opening: Promise<T>): Promise<T> {
  if (limit === Infinity) return opening;
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it did not open within ${limit} ms`)), limit);
    opening.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** How many stores are open for folders. */
export function openStoreCount(): number {
  let count = 0;
  for (const stores of shared.values()) count += stores.size;
  return count;
}
