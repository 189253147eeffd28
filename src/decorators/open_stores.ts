import type { Engine, OpenOptions } from "../contract/engine.ts";
import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { AsyncStore } from "../contract/store.ts";

/** A store on loan. Give it back exactly once. */
export interface Loan {
  readonly store: AsyncStore;
  /** Gives the store back; the last one to do so closes it. */
  release(): MaybePromise<void>;
}

interface Shared {
  readonly store: MaybePromise<AsyncStore>;
  users: number;
}

const shared = new Map<Engine, Map<string, Shared>>();

/** Opens an engine. All caches of one folder get the same store; engines whose stores belong to one function open anew. */
export function borrowStore(engine: Engine, options: OpenOptions, sync: boolean): MaybePromise<Loan> {
  const open = () =>
    (sync && engine.openSync !== undefined ? engine.openSync(options) : engine.open(options)) as MaybePromise<
      AsyncStore
    >;
  if (engine.scope === "function") return chain(open(), (store) => ({ store, release: () => store.close() }));
  const stores = shared.get(engine) ?? new Map<string, Shared>();
  shared.set(engine, stores);
  const place = `${options.secure} ${engine.mode === "both" && sync} ${options.directory}`;
  const known: Shared = stores.get(place) ?? { store: open(), users: 0 };
  stores.set(place, known);
  known.users++;
  const release = (): MaybePromise<void> => {
    if (--known.users > 0) return;
    if (stores.get(place) === known) stores.delete(place);
    return chain(known.store, (store) => store.close());
  };
  if (!isPromiseLike(known.store)) return { store: known.store, release };
  return known.store.then((store) => ({ store, release }), (error) => {
    stores.delete(place);
    throw error;
  });
}

/** How many stores are open for folders. */
export function openStoreCount(): number {
  let count = 0;
  for (const stores of shared.values()) count += stores.size;
  return count;
}
