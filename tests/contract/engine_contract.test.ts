import type { Engine } from "../../src/contract/engine.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { Change, Lease, News, SyncStore } from "../../src/contract/store.ts";
import { ResourceError } from "../../src/errors.ts";
import { engineContract } from "./engine_contract.ts";

const closed = () => new ResourceError("Cannot use a store of the smallest engine: it is closed; open another");

/** The smallest engine that somebody could write: a map behind the six functions of the contract. */
const smallest: Engine = {
  name: "smallest",
  mode: "sync",
  holds: "references",
  scope: "folder",
  limits: { keyBytes: 200, bodyBytes: Infinity },
  persistent: false,
  shared: false,
  keeps: "in a map",
  probe: () => true,
  open: () => smallestStore(new Map()),
};

function smallestStore(kept: Map<string, Entry>): SyncStore {
  let open = true;
  const map = (): Map<string, Entry> => {
    if (!open) throw closed();
    return kept;
  };
  const under = (prefix: string) => [...map()].filter(([key]) => key.startsWith(prefix));
  return {
    native: kept,
    get: (key) => map().get(key),
    set: (key, entry) => void map().set(key, entry),
    delete: (key) => map().delete(key),
    clear: (prefix) => under(prefix).filter(([key]) => map().delete(key)).length,
    usage: (prefix) => ({
      entries: under(prefix).length,
      bytes: under(prefix).reduce((sum, [, e]) => sum + e.size, 0),
    }),
    entries: (prefix) =>
      under(prefix).map(([key, { body: _, ...head }]) => ({ ...head, key, accessedAt: head.storedAt, hits: 0 })),
    close: () => void (open = false),
  };
}

/** What the stores of one storage of the coordinated engine have in common. */
interface Storage {
  readonly map: Map<string, Entry>;
  readonly leases: Map<string, { readonly owner: string; readonly until: number }>;
  readonly listeners: Set<(news: News) => void>;
}

const storages = new Map<string, Storage>();

/** The plainest coordination that somebody could write: shared maps, and everybody is told of everything at once. */
const coordinated: Engine = {
  ...smallest,
  name: "coordinated",
  shared: true,
  open({ folderName = "default" }) {
    const { map, leases, listeners } = storages.get(folderName) ??
      { map: new Map<string, Entry>(), leases: new Map(), listeners: new Set<(news: News) => void>() };
    storages.set(folderName, { map, leases, listeners });
    const { get, set, delete: drop, clear, usage, entries, close: shut } = smallestStore(map);
    const mine = new Set<() => void>();
    const tell = (news: News): void => [...listeners].forEach((listener) => listener(news));
    const had = ({ key, owner }: Lease): boolean => leases.get(key)?.owner === owner;
    const ended = <T>(key: string, result: T): T => {
      leases.delete(key);
      tell({ keys: [key] });
      return result;
    };
    const commit = (changes: readonly Change[], lease?: Lease): boolean => {
      usage("");
      if (lease && !had(lease)) return false;
      if (changes.some(({ key, found }) => found !== undefined && found !== (map.get(key)?.storedAt ?? "absent"))) {
        return false;
      }
      for (const { key, entry } of changes) ended(key, entry ? set(key, entry) : drop(key));
      if (lease) leases.delete(lease.key);
      return true;
    };
    return {
      native: map,
      get,
      usage,
      entries,
      commit,
      set: (key, entry) => ended(key, set(key, entry)),
      delete: (key) => ended(key, drop(key)),
      clear(prefix) {
        for (const key of leases.keys()) if (key.startsWith(prefix)) leases.delete(key);
        tell({ prefix });
        return clear(prefix);
      },
      lease({ key, owner }, span, renew = false) {
        usage("");
        const other = leases.get(key);
        if (renew && other?.owner !== owner) return false;
        if (other && other.owner !== owner && other.until > Date.now()) return false;
        leases.set(key, { owner, until: Date.now() + span });
        return true;
      },
      release(lease) {
        usage("");
        if (had(lease)) leases.delete(lease.key);
      },
      watch(listener) {
        usage("");
        const own = (news: News) => listener(news);
        const stop = () => void (listeners.delete(own), mine.delete(stop));
        listeners.add(own);
        mine.add(stop);
        listener("live");
        return stop;
      },
      check: (prefix) => usage(prefix) && [],
      close: () => (mine.forEach((stop) => stop()), shut()),
    };
  },
  probe: () => true,
};

engineContract("smallest", { engine: smallest });
engineContract("coordinated", {
  engine: coordinated,
  accelerators: ["commit", "lease", "release", "watch", "check"],
  injected: true,
});
engineContract("absent", { engine: { ...smallest, probe: () => "nobody has it" }, unavailable: "a made-up engine" });
