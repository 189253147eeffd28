import type { Body } from "../../contract/entry.ts";
import type { AsyncStore } from "../../contract/store.ts";
import { victims } from "../../policy/victims.ts";
import { limitsOf, type PruneOptions } from "../../prune_options.ts";
import { countText } from "../../wording.ts";
import { type Command, WHERE } from "../command.ts";
import { forEachStorage } from "../for_each_storage.ts";
import type { Order } from "../options.ts";
import type { StoredCache } from "../stored_cache.ts";
import { jsonOf, plain } from "../table.ts";

type Limits = ReturnType<typeof limitsOf>;

/** How many entries are dropped at once. */
const STEP = 500;

/** Drops what is past its time, and what is beyond limits. */
export const prune: Command = {
  name: "prune",
  takes: "[cache]",
  most: 1,
  about: "drops what is gone, and what is beyond the limits given",
  details: "Without limits only entries go that are never served again.",
  options: [...WHERE, "max-age", "max-size", "max-bytes", "json"],
  async run(order, terminal) {
    const limits = limitsOf(limitsIn(order));
    const rows: { cache: string; folder: string; engine: string; removed: number }[] = [];
    const outcome = await forEachStorage(order, terminal, "change", async (caches, store, { folder, kind: engine }) => {
      for (const cache of caches) {
        const removed = await pruned(cache, store, limits, terminal.now());
        rows.push({ cache: cache.name, folder, engine, removed });
      }
    });
    if (order.options.json) terminal.out(jsonOf(rows));
    else {
      for (const { cache, folder, engine, removed } of rows) {
        terminal.out(`Removed ${countText(removed, "entry")} of ${plain(cache)} (folder ${folder}, ${engine})\n`);
      }
    }
    return outcome;
  },
};

function limitsIn({ options }: Order): PruneOptions {
  const { "max-age": maxAge, "max-size": maxSize, "max-bytes": maxBytes } = options;
  const amount = (text: string | undefined) => text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
  return { maxAge: amount(maxAge), maxSize: amount(maxSize), maxBytes: amount(maxBytes) } as PruneOptions;
}

async function pruned(
  { scope, entries }: StoredCache,
  store: AsyncStore<Body>,
  limits: Limits,
  now: number,
): Promise<number> {
  const leaves = ({ state, storedAt }: StoredCache["entries"][number]) =>
    state === "gone" || now - storedAt > limits.maxAge;
  const beyond = victims(
    entries.filter((entry) => !leaves(entry)),
    { ...limits, policy: "lru" },
    undefined,
    Math.random,
  );
  const keys = [...entries.filter(leaves).map(({ key }) => key), ...beyond];
  let removed = 0;
  for (let at = 0; at < keys.length; at += STEP) {
    const step = keys.slice(at, at + STEP);
    if (store.deleteMany !== undefined) removed += await store.deleteMany(step);
    else for (const key of step) removed += await store.delete(key) ? 1 : 0;
  }
  // What the engine keeps besides, such as files that writers left which died.
  return removed + (await store.sweep?.(`${scope}/`, now) ?? 0);
}
