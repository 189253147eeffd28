import type { Entry } from "./entry.ts";

const origins = new WeakMap<Entry, string>();

/** Whether there is any: most processes have no such engine, and looking costs a good part of a hit. */
let any = false;

/** Notes which engine gave an entry, where one is made of several; gives the entry. */
export function cameFrom<E extends Entry | undefined>(engine: string, entry: E): E {
  if (entry !== undefined) {
    any = true;
    origins.set(entry, engine);
  }
  return entry;
}

/** The name of the engine that gave an entry, where it came from an engine that is made of several. */
export function originOf(entry: Entry): string | undefined {
  return any ? origins.get(entry) : undefined;
}
