import { sizeText, spanText } from "../../wording.ts";
import { type Command, WHERE } from "../command.ts";
import { forEachStorage } from "../for_each_storage.ts";
import type { StoredCache, StoredEntry } from "../stored_cache.ts";
import { type Column, jsonOf, tableOf } from "../table.ts";

/** What is stored of one cache. */
interface Row {
  readonly cache: string;
  readonly folder: string;
  readonly engine: string;
  readonly entries: number;
  readonly fresh: number;
  readonly stale: number;
  readonly gone: number;
  readonly bytes: number;
  /** How many versions of the function left entries. */
  readonly versions: number;
  readonly oldestAt: number;
  readonly newestAt: number;
  /** What a value took to compute, in milliseconds, on average. */
  readonly costMs: number;
}

/** Shows what is stored of caches, in numbers. */
export const stats: Command = {
  name: "stats",
  takes: "[cache]",
  most: 1,
  about: "what is stored, in numbers: fresh and stale entries, sizes, ages, costs",
  details:
    "Hits and misses are not among them: each process counts its own, see getStats(). Stale entries are past their time " +
    "and may still be served where an option allows it; those that are gone are never served, and leave at the next sweep. " +
    "The cost is how long the function took.",
  options: [...WHERE, "json"],
  async run(order, terminal) {
    const rows: Row[] = [];
    const outcome = await forEachStorage(order, terminal, "read", (caches) => void rows.push(...caches.map(rowOf)));
    const now = terminal.now();
    const count = (title: "entries" | "fresh" | "stale" | "gone" | "versions"): Column<Row> => ({
      title,
      right: true,
      text: (row) => row[title].toLocaleString("en-US"),
    });
    const columns: Column<Row>[] = [
      { title: "cache", text: ({ cache }) => cache },
      { title: "folder", text: ({ folder }) => folder },
      { title: "engine", text: ({ engine }) => engine },
      ...(["entries", "fresh", "stale", "gone", "versions"] as const).map(count),
      { title: "size", right: true, text: ({ bytes }) => sizeText(bytes) },
      { title: "oldest", right: true, text: ({ oldestAt }) => spanText(now - oldestAt) },
      { title: "newest", right: true, text: ({ newestAt }) => spanText(now - newestAt) },
      { title: "cost", right: true, text: ({ costMs }) => spanText(costMs) },
    ];
    terminal.out(order.options.json ? jsonOf(rows) : tableOf(columns, rows));
    if (rows.length === 0) terminal.err("There are no caches");
    return outcome;
  },
};

function rowOf({ storage, name, entries }: StoredCache): Row {
  const sum = (of: (entry: StoredEntry) => number) => entries.reduce((sum, entry) => sum + of(entry), 0);
  const count = (state: StoredEntry["state"]) => sum((entry) => entry.state === state ? 1 : 0);
  return {
    cache: name,
    folder: storage.folder,
    engine: storage.kind,
    entries: entries.length,
    fresh: count("fresh"),
    stale: count("stale"),
    gone: count("gone"),
    bytes: sum(({ size }) => size),
    versions: new Set(entries.map(({ version }) => version)).size,
    oldestAt: entries.at(-1)!.storedAt,
    newestAt: entries[0]!.storedAt,
    costMs: sum(({ cost }) => cost) / entries.length,
  };
}
