import type { KvKey } from "./database.ts";

/** What is between two keys: the first, and the one after the last. */
export interface KvRange {
  readonly start: KvKey;
  readonly end: KvKey;
}

/**
 * Where in the database each thing of a cache folder is. A number in front stands for this layout of keys and records, so
 * that another one would not meet what this one left.
 */
export class KvKeys {
  readonly #root: KvKey;

  constructor(folderName: string) {
    this.#root = ["@twat/cache", 1, folderName];
  }

  /** All that is known of an entry except its body. */
  head(key: string): KvKey {
    return [...this.#root, "head", key];
  }

  /** The body of an entry, where it fits one value. */
  body(key: string): KvKey {
    return [...this.#root, "body", key];
  }

  /** A part of a body that does not fit one value. */
  chunk(generation: string, index: number): KvKey {
    return [...this.#root, "chunk", generation, index];
  }

  /** Which chunks no head leads to. */
  loose(id: string): KvKey {
    return [...this.#root, "loose", id];
  }

  /** Who has the right to compute a key. */
  lease(key: string): KvKey {
    return [...this.#root, "lease", key];
  }

  /** How many entries a scope has, or how many bytes. */
  usage(scope: string, of: "bytes" | "entries"): KvKey {
    return [...this.#root, "usage", scope, of];
  }

  /** What a writer changed last. */
  bell(lane: string): KvKey {
    return [...this.#root, "bell", lane];
  }

  /** All of a kind under a prefix of the cache, or those after a key of it. A prefix is `<scope>/`, or empty for everything. */
  under(kind: "bell" | "head" | "lease" | "loose" | "usage", prefix: string, after?: string): KvRange {
    // "0" comes right after "/", and no key of the cache has a character after "~".
    const to = prefix === "" ? "\x7f" : `${prefix.slice(0, -1)}0`;
    const from = after === undefined ? prefix : `${after}\0`;
    return { start: [...this.#root, kind, from], end: [...this.#root, kind, to] };
  }
}

/** The scope of a key, up to and with its slash. */
export function scopeOf(key: string): string {
  return key.slice(0, key.indexOf("/") + 1);
}
