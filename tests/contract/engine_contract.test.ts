import type { Engine } from "../../src/contract/engine.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { SyncStore } from "../../src/contract/store.ts";
import { ResourceError } from "../../src/errors.ts";
import { engineContract } from "./engine_contract.ts";

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
  open(): SyncStore {
    let open: Map<string, Entry> | undefined = new Map();
    const map = (): Map<string, Entry> => {
      if (!open) throw new ResourceError("Cannot use a store of the smallest engine: it is closed; open another");
      return open;
    };
    const under = (prefix: string) => [...map()].filter(([key]) => key.startsWith(prefix));
    return {
      native: open,
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
      close: () => void (open = undefined),
    };
  },
};

engineContract("smallest", { engine: smallest });
engineContract("absent", { engine: { ...smallest, probe: () => "nobody has it" }, unavailable: "a made-up engine" });
