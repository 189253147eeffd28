import type { Clock } from "../contract/clock.ts";
import type { Body, Entry } from "../contract/entry.ts";
import { chain, type MaybePromise } from "../contract/maybe_promise.ts";
import type { AsyncStore } from "../contract/store.ts";

/** The scope of the records in a store that several caches share. No function's scope begins like this. */
const SCOPE = "~versions/";

const DAY = 86_400_000;

/** How long what an older version left is kept after its last use, in milliseconds. */
const KEPT_FOR = 7 * DAY;

/** How often the record is written anew when another process has written it meanwhile. */
const TRIES = 3;

/** How many entries are looked at, or dropped, at once. */
const STEP = 500;

/** Whether a key is that of the record of a function's versions. */
export function isVersionsKey(key: string): boolean {
  return key.startsWith(SCOPE);
}

/** The versions of a function that its record names, the one used last at the end. */
export function versionsIn(store: AsyncStore, prefix: string): MaybePromise<readonly string[]> {
  return chain(store.get(recordKey(prefix)), (found) => usesIn(found).map(([version]) => version));
}

function recordKey(prefix: string): string {
  return `${SCOPE}${prefix.slice(0, -1)}`;
}

/** How things are dropped: letting others work after each step, without that, or no more, so that the rest is left to the next time. */
export type Pace = "calm" | "hurried" | "stopped";

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
    this.#key = recordKey(options.prefix);
  }

  /** Notes the use of the version at hand; gives the versions that were not used for long, and their last uses. */
  note(): MaybePromise<ReadonlyMap<string, number>> {
    return chain(this.#note(TRIES), (uses) => new Map(uses.filter((use) => this.#isOver(use))));
  }

  /** Drops what versions left, except for those whose entries were used lately; says how many entries. */
  async collect(over: ReadonlyMap<string, number>, pace: () => Pace): Promise<number> {
    const left: { readonly key: string; readonly version: string }[] = [];
    const seen = new Map(over);
    let listed = 0;
    const stopped = async (): Promise<boolean> => {
      if (pace() === "calm") await new Promise<void>((resolve) => setTimeout(resolve, 0));
      return pace() === "stopped";
    };
    if (await stopped()) return 0;
    for await (const { key, storedAt, accessedAt } of this.#options.store.entries(this.#options.prefix)) {
      const version = this.#versionOf(key);
      if (seen.has(version)) {
        left.push({ key, version });
        seen.set(version, Math.max(seen.get(version)!, storedAt, accessedAt));
      }
      if (++listed % STEP === 0 ? await stopped() : pace() === "stopped") return 0;
    }
    const keys = left.filter(({ version }) => this.#isOver([version, seen.get(version)!])).map(({ key }) => key);
    let dropped = 0;
    for (let from = 0; from < keys.length; from += STEP) {
      dropped += await this.#drop(keys.slice(from, from + STEP));
      if (await stopped()) return dropped;
    }
    await this.#forget(seen, TRIES);
    return dropped;
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

  async #drop(keys: readonly string[]): Promise<number> {
    const { store } = this.#options;
    if (store.deleteMany !== undefined) return await store.deleteMany(keys);
    let dropped = 0;
    for (const key of keys) if (await store.delete(key)) dropped++;
    return dropped;
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
    const entry = recordOf(uses, Math.max(clock.now(), (found?.storedAt ?? -1) + 1));
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

/** Says in one store, too, what another says of versions and their uses. */
export async function copyVersions(from: AsyncStore, to: AsyncStore): Promise<void> {
  for await (const { key } of from.entries(SCOPE)) {
    const [there, here] = [await from.get(key), await to.get(key)];
    const uses = new Map(usesIn(there));
    for (const [version, usedAt] of usesIn(here)) uses.set(version, Math.max(usedAt, uses.get(version) ?? usedAt));
    const storedAt = Math.max(there?.storedAt ?? 0, (here?.storedAt ?? -1) + 1);
    await to.set(key, recordOf([...uses].sort(([, one], [, other]) => one - other), storedAt));
  }
}

/** How many records of versions a store has. */
export function countVersions(store: AsyncStore): MaybePromise<number> {
  return chain(store.usage(SCOPE), ({ entries }) => entries);
}

function recordOf(uses: readonly Use[], storedAt: number): Entry<Body> {
  const body = JSON.stringify(uses);
  const forEver = { freshUntil: Infinity, goneAt: Infinity };
  const about = { cost: 0, size: body.length, tags: [], label: "versions" };
  return { body, form: "versions", checksum: 0, storedAt, ...forEver, ...about };
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
