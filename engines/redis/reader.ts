import type { Body, Entry } from "../../src/contract/entry.ts";
import type { Link } from "./link.ts";
import { entryFromBytes, entryFromText } from "./record.ts";

/** How many keys one command reads at most. */
const KEYS = 200;

/** How often the server is told that the lists of a scope are in use, in milliseconds. */
const WARM = 30_000;

/** How many scopes and epochs are remembered. */
const REMEMBERED = 1_000;

type Found = Entry<Body> | undefined;

interface Wanted {
  readonly key: string;
  resolve(entry: Found): void;
  reject(reason: unknown): void;
}

/**
 * Reads entries: what is asked for in one turn goes out as one command, together with the epochs by which it counts.
 *
 * Why as text, unless bodies of a scope were seen to be bytes: clients make text of an answer several times faster than it
 * can be made of their bytes, and Bun's gives bytes only for one key a command.
 */
export class Reader {
  readonly #link: Link;
  readonly #refuse: (error: unknown) => unknown;
  /** Scopes that have bodies of bytes. */
  readonly #binary = new Set<string>();
  readonly #warmedAt = new Map<string, number>();
  #wanted: Wanted[] = [];

  /** `refuse` makes of an error the one that callers get. */
  constructor(link: Link, refuse: (error: unknown) => unknown) {
    this.#link = link;
    this.#refuse = refuse;
  }

  /** The entry under a key. */
  get(key: string): Promise<Found> {
    return new Promise((resolve, reject) => {
      if (this.#wanted.push({ key, resolve, reject }) === 1) queueMicrotask(() => this.#flush());
    });
  }

  /** The entries under keys, in order. */
  async getMany(keys: readonly string[]): Promise<Found[]> {
    const parts: Promise<Found[]>[] = [];
    for (let at = 0; at < keys.length; at += KEYS) parts.push(this.#read(keys.slice(at, at + KEYS)));
    return (await Promise.all(parts)).flat();
  }

  #flush(): void {
    const all = this.#wanted;
    this.#wanted = [];
    for (let from = 0; from < all.length; from += KEYS) {
      const wanted = all.slice(from, from + KEYS);
      this.#read(wanted.map(({ key }) => key)).then((entries) => {
        for (const [at, { resolve }] of wanted.entries()) resolve(entries[at]);
      }, (error) => {
        const refusal = this.#refuse(error);
        for (const { reject } of wanted) reject(refusal);
      });
    }
  }

  /** Reads some keys at least, and no more than one command may. */
  async #read(keys: readonly string[]): Promise<Found[]> {
    const scopes = [...new Set(keys.map(scopeOf))];
    const names = ["era", ...scopes.map((scope) => `epoch:${scope}`), ...keys.map((key) => `entry:${key}`)];
    const asBytes = scopes.some((scope) => this.#binary.has(scope));
    const found = asBytes ? await this.#link.readBytes(names) : await this.#link.readText(names);
    const epochs = this.#epochsOf(scopes, found);
    const again: number[] = [];
    const entries = keys.map((key, at): Found => {
      const [record, epoch] = [found[1 + scopes.length + at], epochs.get(scopeOf(key))];
      if (typeof record !== "string") return record && epoch ? entryFromBytes(record, epoch) : undefined;
      const entry = epoch === undefined ? undefined : entryFromText(record, epoch);
      if (entry !== "bytes") return entry;
      again.push(at);
    });
    if (again.length === 0) return entries;
    if (this.#binary.size >= REMEMBERED) this.#binary.clear();
    for (const at of again) this.#binary.add(scopeOf(keys[at]!));
    const late = await this.#read(again.map((at) => keys[at]!));
    for (const [place, at] of again.entries()) entries[at] = late[place];
    return entries;
  }

  /** The epochs of scopes that have one which belongs to the era. */
  #epochsOf(scopes: readonly string[], found: readonly (string | Uint8Array | null)[]): Map<string, string> {
    const epochs = new Map<string, string>();
    const [era, ...others] = found.slice(0, 1 + scopes.length).map(asciiOf);
    for (const [at, epoch] of others.entries()) {
      if (era === "" || !epoch.startsWith(`${era}.`)) continue;
      epochs.set(scopes[at]!, epoch);
      this.#warm(epoch);
    }
    return epochs;
  }

  /**
   * Reading touches entries and epochs, but not the lists. A server that evicts what was used longest ago would drop the
   * lists of a scope that is only read, and with them all of it.
   */
  #warm(epoch: string): void {
    const now = performance.now();
    if (now - (this.#warmedAt.get(epoch) ?? -Infinity) < WARM) return;
    if (this.#warmedAt.size >= REMEMBERED) this.#warmedAt.clear();
    this.#warmedAt.set(epoch, now);
    this.#link.touch(["scopes", `gone:${epoch}`, `sizes:${epoch}`]);
  }
}

function scopeOf(key: string): string {
  return key.slice(0, key.indexOf("/"));
}

function asciiOf(found: string | Uint8Array | null): string {
  if (typeof found === "string") return found;
  return found === null ? "" : String.fromCharCode(...found);
}
