import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore, Change } from "../../src/contract/store.ts";
import type { EntrySealer } from "./sealed_entry.ts";

/** Entries of a listing that are decrypted at once. */
const AT_ONCE = 64;

type Pair = readonly [key: string, entry: Entry<Body>];

/**
 * A store that encrypts on the way into another store, and decrypts on the way out. Offers just the optional methods that
 * the store inside offers: what looks at keys and at what stands in the open is left to it.
 */
export function encryptedStore(inside: AsyncStore<Body>, sealer: EntrySealer): AsyncStore<Body> {
  const { peek, getMany, setMany, deleteMany, touch, sweep, trim, commit, lease, release, watch, check } = inside;
  const opened = async (key: string, sealed: Entry<Body> | undefined) => sealed && await sealer.open(key, sealed);
  const sealedPair = async ([key, entry]: Pair): Promise<Pair> => [key, await sealer.seal(key, entry)];
  const sealedChange = async (change: Change<Body>): Promise<Change<Body>> =>
    change.entry === undefined ? change : { ...change, entry: await sealer.seal(change.key, change.entry) };
  return {
    get native() {
      return inside.native;
    },
    get: async (key) => await opened(key, await inside.get(key)),
    set: async (key, entry) => await inside.set(key, await sealer.seal(key, entry)),
    delete: (key) => inside.delete(key),
    entries: (prefix) => listed(inside.entries(prefix), sealer),
    clear: (prefix) => inside.clear(prefix),
    usage: (prefix) => inside.usage(prefix),
    close: () => inside.close(),
    ...(peek && { peek: async (key) => await opened(key, await peek.call(inside, key)) }),
    ...(getMany && {
      getMany: async (keys) => {
        const sealed = await getMany.call(inside, keys);
        return await Promise.all(keys.map((key, at) => opened(key, sealed[at])));
      },
    }),
    ...(setMany && {
      setMany: async (entries) => await setMany.call(inside, await Promise.all(entries.map(sealedPair))),
    }),
    ...(commit && {
      commit: async (changes, lease) => await commit.call(inside, await Promise.all(changes.map(sealedChange)), lease),
    }),
    ...(deleteMany && { deleteMany: (keys) => deleteMany.call(inside, keys) }),
    ...(touch && { touch: (touches) => touch.call(inside, touches) }),
    ...(sweep && { sweep: (prefix, now) => sweep.call(inside, prefix, now) }),
    ...(trim && { trim: (prefix, bounds, keep) => trim.call(inside, prefix, bounds, keep) }),
    ...(lease && { lease: (mine, span, renew) => lease.call(inside, mine, span, renew) }),
    ...(release && { release: (mine) => release.call(inside, mine) }),
    ...(watch && { watch: (listener) => watch.call(inside, listener) }),
    ...(check && { check: (prefix, fix) => check.call(inside, prefix, fix) }),
  };
}

async function* listed(sealed: Iterable<Listed> | AsyncIterable<Listed>, sealer: EntrySealer): AsyncGenerator<Listed> {
  const open = (batch: readonly Listed[]) => Promise.all(batch.map((one) => sealer.list(one)));
  let batch: Listed[] = [];
  for await (const one of sealed) {
    if (batch.push(one) < AT_ONCE) continue;
    yield* await open(batch);
    batch = [];
  }
  yield* await open(batch);
}
