import { keyText, sizeText, spanText } from "../../wording.ts";
import { type Command, WHERE } from "../command.ts";
import { forEachStorage } from "../for_each_storage.ts";
import type { StoredCache, StoredEntry } from "../stored_cache.ts";
import { type Column, jsonOf, tableOf } from "../table.ts";

/** One entry, and whose it is. */
interface Row extends Omit<StoredEntry, "label"> {
  readonly cache: string;
  readonly folder: string;
  readonly engine: string;
  /** The call, where the option `secure` is off; else empty. */
  readonly call: string;
}

/** Shows entries, but not their values. */
export const inspect: Command = {
  name: "inspect",
  takes: "[cache]",
  most: 1,
  about: "the entries, the last stored first, without their values",
  details:
    "Keys are digests: neither the arguments nor their order can be read from them. The end of a key that is shown here, " +
    "and in messages of the library, is what get takes. The version is the one of the function that gave the value.",
  options: [...WHERE, "json"],
  async run(order, terminal) {
    const rows: Row[] = [];
    const outcome = await forEachStorage(order, terminal, "read", (caches) => {
      for (const cache of caches) for (const entry of cache.entries) rows.push(rowOf(cache, entry));
    });
    const now = terminal.now();
    const columns: Column<Row>[] = [
      { title: "cache", text: ({ cache }) => cache },
      { title: "folder", text: ({ folder }) => folder },
      { title: "engine", text: ({ engine }) => engine },
      { title: "key", text: ({ key }) => keyText(key) },
      { title: "version", text: ({ version }) => version },
      { title: "age", right: true, text: ({ storedAt }) => spanText(now - storedAt) },
      { title: "expires in", right: true, text: (row) => expiryOf(row, now) },
      { title: "size", right: true, text: ({ size }) => sizeText(size) },
      { title: "tags", text: ({ tags }) => tags.join(", ") },
    ];
    if (rows.some(({ call }) => call !== "")) columns.push({ title: "call", text: ({ call }) => call });
    terminal.out(order.options.json ? jsonOf(rows) : tableOf(columns, rows));
    if (rows.length === 0) terminal.err("There are no entries");
    return outcome;
  },
};

function rowOf({ storage, name }: StoredCache, { label, ...entry }: StoredEntry): Row {
  const call = label.startsWith(`${name}(`) ? label : "";
  return { cache: name, folder: storage.folder, engine: storage.kind, ...entry, call };
}

/** When an entry is past its time; or that it is, by the word for it. */
function expiryOf({ state, freshUntil }: StoredEntry | Row, now: number): string {
  return state !== "fresh" ? state : freshUntil === Infinity ? "never" : spanText(freshUntil - now);
}
