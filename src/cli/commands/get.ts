import type { Body } from "../../contract/entry.ts";
import type { AsyncStore } from "../../contract/store.ts";
import { CacheError, ConfigurationError } from "../../errors.ts";
import { spanText } from "../../wording.ts";
import { type Command, WHERE } from "../command.ts";
import { forEachStorage } from "../for_each_storage.ts";
import { openValue } from "../open_value.ts";
import type { Order } from "../options.ts";
import { shown, type ShownValue } from "../shown_value.ts";
import type { StoredCache, StoredEntry } from "../stored_cache.ts";
import type { Storage } from "../storages.ts";
import { jsonOf } from "../table.ts";
import type { Terminal } from "../terminal.ts";

/** An entry that the key of an order leads to, with its value. */
interface Found {
  readonly cache: StoredCache;
  readonly entry: StoredEntry;
  readonly value: ShownValue;
  readonly thrown: boolean;
}

/** Shows the value of an entry. */
export const get: Command = {
  name: "get",
  takes: "[cache] <key>",
  most: 2,
  about: "the value of an entry, by its key or the end of it",
  details:
    "A value is shown as JSON where that is all of it, else as the runtime shows it; bytes are counted. What was written " +
    "with encrypt, a serializer or a registered type can be read by the program alone that has these. Nothing is computed, " +
    "and nothing that is gone is shown.",
  options: [...WHERE, "raw", "json"],
  async run(order, terminal) {
    const end = order.words.at(-1)?.replace(/^(…|\.\.\.)/, "");
    if (!end) throw new ConfigurationError("Cannot get a value: there is no key; see twat-cache inspect for keys");
    const found: Found[] = [];
    const matches: string[] = [];
    const named = { ...order, words: order.words.slice(0, -1) };
    const outcome = await forEachStorage(named, terminal, "read", async (caches, store, storage) => {
      for (const cache of caches) {
        const ending = cache.entries.filter(({ key, state }) => key.endsWith(end) && state !== "gone");
        for (const entry of ending) {
          matches.push(entry.key);
          if (matches.length === 1) found.push(...await valueOf(storage, store, cache, entry));
        }
      }
    });
    if (matches.length > 1) {
      for (const key of matches) terminal.err(`  ${key}`);
      throw new CacheError(
        `Cannot get "${end}": ${matches.length} keys end so; give more of it, the cache, or --folder and --engine`,
      );
    }
    if (found[0] !== undefined) show(found[0], order, terminal);
    else if (outcome === "done") {
      throw new CacheError(`Cannot get "${end}": no entry has a key that ends so; see twat-cache inspect`);
    }
    return outcome;
  },
};

async function valueOf(
  storage: Storage,
  store: AsyncStore<Body>,
  cache: StoredCache,
  entry: StoredEntry,
): Promise<Found[]> {
  const stored = await store.get(entry.key);
  if (stored === undefined) return [];
  const { value, thrown } = await openValue(storage, store, stored);
  return [{ cache, entry, value: await shown(value), thrown }];
}

function show({ cache, entry, value, thrown }: Found, { options }: Order, terminal: Terminal): void {
  if (options.json) {
    const { key, state, version, storedAt, freshUntil, goneAt, cost, size, tags } = entry;
    const where = { cache: cache.name, folder: cache.storage.folder, engine: cache.storage.kind };
    const what = { ...(value.json ?? { text: value.text }), thrown };
    return terminal.out(
      jsonOf({ ...where, key, state, version, storedAt, freshUntil, goneAt, cost, size, tags, ...what }),
    );
  }
  if (options.raw) {
    if (value.raw !== undefined && !thrown) return terminal.out(value.raw);
    throw new CacheError("Cannot write the value raw: it is neither text nor bytes; leave --raw out");
  }
  if (thrown) terminal.err("The function threw this:");
  if (entry.state === "stale") terminal.err(`It has been stale for ${spanText(terminal.now() - entry.freshUntil)}`);
  terminal.out(`${value.text}\n`);
}
