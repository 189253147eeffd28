import type { Engine } from "../../src/contract/engine.ts";
import type { Entry } from "../../src/contract/entry.ts";

/** An entry whose body nobody else has, as one that comes from an engine that holds bytes or clones. */
export function ownEntry(entry: Entry, holds: Engine["holds"]): Entry {
  const { body } = entry;
  switch (holds) {
    case "references":
      return entry;
    case "clones":
      return { ...entry, body: structuredClone(body) };
    case "bytes":
      return body instanceof Uint8Array ? { ...entry, body: new Uint8Array(body) } : entry;
  }
}
