import { readdirSync } from "node:fs";
import { join } from "node:path";
import { files } from "../../engines/files.ts";
import type { Body, Entry } from "../../src/contract/entry.ts";
import type { SyncStore } from "../../src/contract/store.ts";
import { tempFolder } from "../temp_folder.ts";

/** Bounds that bound nothing. */
export const unbounded = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;

/** The key of the one entry that most tests keep. */
export const key = "f-1/abc";

let instant = 1_790_000_000_000;

/** When the last entry was stored. */
export function latest(): number {
  return instant;
}

/** An entry that was stored after all before it. */
export function entry(body: Body, parts: Partial<Entry<Body>> = {}): Entry<Body> {
  instant += 10;
  return {
    body,
    form: "1:raw:Uint8Array",
    checksum: 7,
    storedAt: instant,
    freshUntil: instant + 60_000,
    goneAt: Infinity,
    cost: 1.5,
    size: body.length,
    tags: ["t"],
    label: "f(1)",
    ...parts,
  };
}

/** A store in a folder of its own, and how to open another on it. */
export function opened(secure = true): { directory: string; store: SyncStore; again: () => SyncStore } {
  const directory = join(tempFolder(), "store");
  const again = () => files.openSync!({ directory, secure, bounds: unbounded });
  return { directory, store: again(), again };
}

/** The folder of an entry in a store, of the one entry if no other is named. */
export function home(directory: string, scope = "f-1", name = "abc"): string {
  return join(directory, scope, name);
}

/** All that is in a folder, by path. */
export function everything(directory: string): string[] {
  return readdirSync(directory, { recursive: true }).map((name) => `${name}`).sort();
}
