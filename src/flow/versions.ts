import type { Clock } from "../contract/clock.ts";
import type { Body, Entry } from "../contract/entry.ts";
import { chain, type MaybePromise } from "../contract/maybe_promise.ts";
import type { AsyncStore } from "../contract/store.ts";
import { collect } from "./collect.ts";

/** The scope of the records in a store that several caches share. No function's scope begins like this. */
const SCOPE = "~versions/";

const DAY = 86_400_000;

/** How long what an older version left is kept after its last use, in milliseconds. */
export const KEPT_FOR: number = 7 * DAY;

/** How often the record is written anew when another process has written it meanwhile. */
const TRIES = 3;

/** How many entries are dropped at once. */
const STEP = 500;

/** Whether a key is that of the record of a function's versions. */
export function isVersionsKey(key: string): boolean {
  return key.startsWith(SCOPE);
}

/** Of which function versions are noted, and where. */
export interface VersionsOptions {
  readonly store: AsyncStore;
  /** What the keys of the function begin with, whatever its version: `<scope>/`. */
  readonly prefix: string;
  /** The version that is in use now. */
  readonly version: string;
  readonly clock: Clock;
  /** Told when another version was the last in use: whether this one is new, or one of before. */
  readonly changed: (to: "new" | "known") => void;
  /** Told how many entries of older versions were dropped. */
  readonly collected: (entries: number) => void;
}

/** A version and when it was used last, by the clock of who used it. */
type Use = readonly [version: string, usedAt: number];

/**
 * Which versions of one function were used when, in a store that outlives the process: one small record a function.
 *
 * What an older version left stays for a while, so that going back to it finds everything, and is dropped after that. The
 * record costs one read when a cache opens, and a write when the version is not the last one used, or the last use was
 * noted more than a day ago. Entries are listed only when a version is to be dropped, and one whose entries show later uses,
 * by a process that runs for long, is not.
 */
export class Versions {
  readonly #options: VersionsOptions;
  readonly #key: string;

  constructor(options: VersionsOptions) {
    this.#options = options;
    this.#key = `${SCOPE}${options.prefix.slice(0, -1)}`;
  }

  /** Notes the use of the version at hand, and drops what versions left that were not used for long. */
  use(): MaybePromise<void> {
    return chain(this.#note(TRIES), (uses) => {
      const over = uses.filter((use) => this.#isOver(use));
      return over.length === 0 ? undefined : this.#collect(new Map(over));
    });
  }

  #note(tries: number): MaybePromise<readonly Use[]> {
    const { store, version, clock, changed } = this.#options;
    return chain(store.get(this.#key), (found) => {
      const uses = usesIn(found);
      const now = clock.now();
      const last = uses.at(-1);
      if (last?.[0] === version && now - last[1] < DAY) return uses;
      const others = uses.filter(([other]) => other !== version);
      const next: Use[] = [...others, [version, now]];
      return chain(this.#write(next, found), (written): MaybePromise<readonly Use[]> => {
        if (!written) return tries > 1 ? this.#note(tries - 1) : uses;
        if (last !== undefined && last[0] !== version) changed(others.length < uses.length ? "known" : "new");
        return next;
      });
    });
  }

  /** Drops what versions left, except for those whose entries were used lately. */
  #collect(over: Map<string, number>): MaybePromise<void> {
    const { store, prefix, collected } = this.#options;
    return chain(collect(store.entries(prefix)), (listed) => {
      const left = listed.filter(({ key }) => over.has(this.#versionOf(key)));
      for (const { key, storedAt, accessedAt } of left) {
        const version = this.#versionOf(key);
        over.set(version, Math.max(over.get(version)!, storedAt, accessedAt));
      }
      const keys = left.map(({ key }) => key).filter((key) => {
        const version = this.#versionOf(key);
        return this.#isOver([version, over.get(version)!]);
      });
      return chain(this.#drop(keys), (dropped) => {
        if (dropped > 0) collected(dropped);
        return this.#forget(over, TRIES);
      });
    });
  }

  #drop(keys: readonly string[], from = 0): MaybePromise<number> {
    const { store } = this.#options;
    if (from >= keys.length) return 0;
    const step = keys.slice(from, from + STEP);
    let dropped: MaybePromise<number> = 0;
    if (store.deleteMany !== undefined) dropped = store.deleteMany(step);
    else {
      for (const key of step) {
        dropped = chain(dropped, (count) => chain(store.delete(key), (was) => count + (was ? 1 : 0)));
      }
    }
    return chain(dropped, (count) => chain(this.#drop(keys, from + STEP), (more) => count + more));
  }

  /** Takes out of the record what is over, and notes the later uses that entries show. */
  #forget(seen: ReadonlyMap<string, number>, tries: number): MaybePromise<void> {
    return chain(this.#options.store.get(this.#key), (found) => {
      const uses = usesIn(found).map(([version, usedAt]): Use => [
        version,
        Math.max(usedAt, seen.get(version) ?? 0),
      ]);
      return chain(this.#write(uses.filter((use) => !this.#isOver(use)), found), (written) => {
        if (!written && tries > 1) return this.#forget(seen, tries - 1);
      });
    });
  }

  /** Writes the record if it is as it was found, as far as the store can tell; says whether it did. */
  #write(uses: readonly Use[], found: Entry | undefined): MaybePromise<boolean> {
    const { store, clock } = this.#options;
    const body = JSON.stringify(uses);
    const storedAt = Math.max(clock.now(), (found?.storedAt ?? -1) + 1);
    const forEver = { freshUntil: Infinity, goneAt: Infinity };
    const about = { cost: 0, size: body.length, tags: [], label: "versions" };
    const entry: Entry<Body> = { body, form: "versions", checksum: 0, storedAt, ...forEver, ...about };
    if (store.commit === undefined) return chain(store.set(this.#key, entry), () => true);
    return store.commit([{ key: this.#key, entry, found: found?.storedAt ?? "absent" }]);
  }

  /** Whether a version was not used for long. The one at hand is in use. */
  #isOver([version, usedAt]: Use): boolean {
    return version !== this.#options.version && this.#options.clock.now() - usedAt >= KEPT_FOR;
  }

  #versionOf(key: string): string {
    return key.slice(this.#options.prefix.length, key.indexOf("-", this.#options.prefix.length));
  }
}

/** What a record says; nothing where it is damaged. */
function usesIn(entry: Entry | undefined): readonly Use[] {
  if (entry === undefined) return [];
  const { body } = entry;
  try {
    const uses: unknown = JSON.parse(body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body));
    return Array.isArray(uses) && uses.every(isUse) ? uses : [];
  } catch {
    return [];
  }
}

function isUse(use: unknown): use is Use {
  return Array.isArray(use) && typeof use[0] === "string" && typeof use[1] === "number";
}
