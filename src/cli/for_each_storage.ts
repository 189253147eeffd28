import type { Body } from "../contract/entry.ts";
import type { AsyncStore } from "../contract/store.ts";
import { CacheError } from "../errors.ts";
import { nearestName } from "../nearest_name.ts";
import type { Outcome } from "./command.ts";
import type { Order } from "./options.ts";
import { cachesIn, type StoredCache } from "./stored_cache.ts";
import { findStorages, type Storage, withStore } from "./storages.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Does something with the caches of each storage that an order leaves, of the name that it gives or all, while it is open.
 *
 * A storage that fails does not keep the others from being looked at: it is told of, and the outcome is `"failed"`. So it is
 * where this runtime cannot open one that was to be changed. Throws a `CacheError` for a name that no cache has.
 */
export async function forEachStorage(
  order: Order,
  terminal: Terminal,
  purpose: "read" | "change",
  work: (caches: readonly StoredCache[], store: AsyncStore<Body>, storage: Storage) => void | Promise<void>,
): Promise<Outcome> {
  const { storages, closed } = findStorages(order);
  const [name] = order.words;
  const [names, found] = [new Set<string>(), new Set<string>()];
  let outcome: Outcome = purpose === "change" && closed.length > 0 ? "failed" : "done";
  for (const { kind, folder, reason } of closed) terminal.err(`Cannot open ${kind} in folder "${folder}": ${reason}`);
  for (const storage of storages) {
    try {
      await withStore(storage, async (store) => {
        const all = await cachesIn(storage, store, terminal.now());
        const wanted = name === undefined ? all : all.filter((cache) => cache.name === name || cache.scope === name);
        for (const cache of all) names.add(cache.name);
        for (const cache of wanted) found.add(cache.name);
        await work(wanted, store, storage);
      });
    } catch (error) {
      terminal.err(error instanceof Error ? error.message : String(error));
      outcome = "failed";
    }
  }
  if (name === undefined || found.size > 0 || outcome === "failed") return outcome;
  const nearest = nearestName(name, names);
  const advice = nearest === undefined ? "see twat-cache list" : `did you mean "${nearest}"?`;
  throw new CacheError(`Cannot find cache "${name}": none of that name lies there; ${advice}`);
}
