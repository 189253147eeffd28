import type { StorageFault } from "../../src/contract/store.ts";
import { ABANDONED_MS, type Chunks } from "./chunks.ts";
import type { KvConnection } from "./connection.ts";
import type { KvEntry } from "./database.ts";
import { decodeHead } from "./head.ts";
import type { KvKeys } from "./keys.ts";
import { recount } from "./usage.ts";
import type { KvWriter } from "./writer.ts";

/** What a check looks through. */
export interface Checked {
  readonly connection: KvConnection;
  readonly keys: KvKeys;
  readonly chunks: Chunks;
  readonly writer: KvWriter;
  /** The records of heads under a prefix. */
  pages(prefix: string): AsyncIterable<readonly KvEntry[]>;
  /** The record of a head, and the entry where it can be read. */
  look(key: string): Promise<{ readonly found: KvEntry; readonly entry: unknown }>;
}

/** Looks for entries that cannot be read, chunks that nobody needs and counts that are wrong, and puts them right if `fix`. */
export async function checkStorage(storage: Checked, prefix: string, fix: boolean): Promise<readonly StorageFault[]> {
  const { connection, keys, chunks, writer, pages } = storage;
  const faults: StorageFault[] = [];
  for await (const page of pages(prefix)) {
    for (const { key: place } of page) {
      const key = String(place.at(-1));
      const { found, entry } = await storage.look(key);
      if (entry !== undefined || found.versionstamp === null) continue;
      const reason = decodeHead(found.value) ? "a part of its body is missing" : "its record cannot be read";
      faults.push({ key, reason, fixed: fix });
      if (fix) await writer.drop([found], { doomed: () => false, keepsLeases: true });
    }
  }
  for (const loose of await chunks.abandoned(Date.now() - ABANDONED_MS)) {
    faults.push({ reason: "a writer that died has left parts of a body", fixed: fix });
    if (fix) await chunks.free(loose);
  }
  for (const scope of await recount(connection, keys, prefix, pages(prefix), fix)) {
    faults.push({ reason: `the count of ${JSON.stringify(scope)} is not what is there`, fixed: fix });
  }
  return faults;
}
