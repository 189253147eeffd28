import type { Body, Listed } from "../contract/entry.ts";
import type { AsyncStore } from "../contract/store.ts";
import { TagMarks } from "../flow/tag_marks.ts";
import { digest } from "../key/digest.ts";
import { scopeOf } from "../key/identity.ts";
import { type Freshness, freshness } from "../policy/freshness.ts";
import type { Storage } from "./storages.ts";

/** An entry as it lies in a storage. */
export interface StoredEntry extends Listed {
  /** `"gone"` also where a tag of it was invalidated. */
  readonly state: Freshness;
  /** The version of the function that it is a result of, as it stands in the key. */
  readonly version: string;
}

/** The entries of one function, or of one `CacheContext`, in one storage. */
export interface StoredCache {
  readonly storage: Storage;
  /** What it is called; the scope where no entry tells. */
  readonly name: string;
  /** What its keys begin with, up to the slash. */
  readonly scope: string;
  /** What was stored last comes first. */
  readonly entries: readonly StoredEntry[];
}

/** The caches in an open storage, by name. Records that the library keeps for itself, whose scopes begin with `~`, are none. */
export async function cachesIn(storage: Storage, store: AsyncStore<Body>, now: number): Promise<StoredCache[]> {
  const scopes = new Map<string, Listed[]>();
  for await (const entry of store.entries("")) {
    if (entry.key.startsWith("~")) continue;
    const scope = entry.key.slice(0, entry.key.indexOf("/"));
    const listed = scopes.get(scope);
    if (listed === undefined) scopes.set(scope, [entry]);
    else listed.push(entry);
  }
  const judge = await judgeOf(store, [...scopes.values()].flat(), now);
  const caches = [...scopes].map(([scope, listed]): StoredCache => {
    const entries = listed.map(judge).sort((a, b) => b.storedAt - a.storedAt || (a.key < b.key ? -1 : 1));
    return { storage, name: nameOf(scope, listed), scope, entries };
  });
  return caches.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Makes of what is listed what is shown. Each tag is looked up once. */
async function judgeOf(
  store: AsyncStore<Body>,
  listed: readonly Listed[],
  now: number,
): Promise<(entry: Listed) => StoredEntry> {
  const tags = new TagMarks(store, digest);
  const invalid = new Set<string>();
  for (const mark of new Set(listed.flatMap((entry) => entry.tags))) if (!await tags.hold([mark])) invalid.add(mark);
  return (entry) => ({
    ...entry,
    tags: tags.names(entry.tags),
    state: entry.tags.some((mark) => invalid.has(mark)) ? "gone" : freshness(entry, now),
    version: entry.key.slice(entry.key.indexOf("/") + 1).split("-", 1)[0]!,
  });
}

/**
 * What a scope stands for: the name in a label by which the scope can be made. A label is the name, with the arguments in
 * parentheses where `secure` is off; one that is encrypted tells nothing.
 */
function nameOf(scope: string, listed: readonly Listed[]): string {
  for (const { label } of listed) {
    for (let end = label.length; end > 0; end = label.lastIndexOf("(", end - 1)) {
      const name = label.slice(0, end);
      if (scopeOf(name) === scope) return name;
    }
  }
  return scope;
}
