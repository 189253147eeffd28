import type { Entry } from "../contract/entry.ts";
import { chain, type MaybePromise } from "../contract/maybe_promise.ts";
import type { CacheParts } from "./cache_parts.ts";

/**
 * Puts an entry in the place of the same one with other instants, and says whether it was still there: what others
 * invalidated must not come back.
 *
 * `edition` is that of the key in `writes` before the entry was read. Where the engine has no `commit` it looks before it
 * writes, which leaves others a moment in between.
 */
export function replace(
  { store, writes, engine }: CacheParts,
  key: unknown,
  before: Entry,
  entry: Entry,
  edition: number,
): MaybePromise<boolean> {
  const at = key as string;
  const put = (): MaybePromise<boolean> => {
    if (store.commit !== undefined) return store.commit([{ key: at, entry, found: before.storedAt }]);
    if (!engine.shared) return chain(store.set(at, entry), () => true);
    return chain(store.get(at), (there): MaybePromise<boolean> => {
      return there?.storedAt === before.storedAt && chain(store.set(at, entry), () => true);
    });
  };
  if (writes.edition(key) !== edition) return false;
  const latest = writes.latest(key);
  if (latest !== undefined && (latest === "absent" || latest.storedAt !== before.storedAt)) return false;
  return writes.run(key, entry, put);
}
