import { sizeText, spanText } from "../../wording.ts";
import { type Command, WHERE } from "../command.ts";
import { forEachStorage } from "../for_each_storage.ts";
import type { StoredCache } from "../stored_cache.ts";
import { type Column, jsonOf, tableOf } from "../table.ts";

/** One cache in the listing. */
interface Row {
  readonly cache: string;
  readonly folder: string;
  readonly engine: string;
  readonly entries: number;
  readonly bytes: number;
  readonly storedAt: number;
}

/** Shows the caches, a line each. */
export const list: Command = {
  name: "list",
  takes: "",
  most: 0,
  about: "the caches that lie on this machine, and how much each holds",
  details:
    "A cache without entries leaves nothing to be listed. One whose entries are encrypted is listed under its scope.",
  options: [...WHERE, "json"],
  async run(order, terminal) {
    const rows: Row[] = [];
    const outcome = await forEachStorage(order, terminal, "read", (caches) => void rows.push(...caches.map(rowOf)));
    const now = terminal.now();
    const columns: Column<Row>[] = [
      { title: "cache", text: ({ cache }) => cache },
      { title: "folder", text: ({ folder }) => folder },
      { title: "engine", text: ({ engine }) => engine },
      { title: "entries", right: true, text: ({ entries }) => entries.toLocaleString("en-US") },
      { title: "size", right: true, text: ({ bytes }) => sizeText(bytes) },
      { title: "last stored", right: true, text: ({ storedAt }) => `${spanText(now - storedAt)} ago` },
    ];
    terminal.out(order.options.json ? jsonOf(rows) : tableOf(columns, rows));
    if (rows.length === 0) terminal.err("There are no caches");
    return outcome;
  },
};

function rowOf({ storage, name, entries }: StoredCache): Row {
  return {
    cache: name,
    folder: storage.folder,
    engine: storage.kind,
    entries: entries.length,
    bytes: entries.reduce((sum, { size }) => sum + size, 0),
    storedAt: entries[0]!.storedAt,
  };
}
