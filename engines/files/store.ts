import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { StorageFault, Touch, Usage } from "../../src/contract/store.ts";
import { EngineError } from "../../src/errors.ts";
import { codeOf } from "../../src/runtime/file_system.ts";
import { type Steps, together } from "../../src/runtime/file_steps.ts";
import { checkScope } from "./check.ts";
import { isAbandoned, makeFolder, readEntry, removeEmpty, removeEntry, tidyEntry, writeEntry } from "./entry.ts";
import { ScopeIndex } from "./index.ts";
import { drop, isFolder, namesIn, type Place } from "./io.ts";
import { JOURNAL, JOURNAL_DRAFT, type Line } from "./journal.ts";
import { foldersOf, isFolderFor } from "./name.ts";

/** How long after tidying a scope's folder it is tidied again, in milliseconds: it means a look into every entry. */
const BETWEEN_TIDYINGS = 60_000;

/** How often a write starts anew because its folder was removed meanwhile. */
const TRIES = 5;

/** The methods of a store over files, as algorithms that either runner carries out. */
export class FilesStore {
  readonly #place: Place;
  readonly #makeDirectory: () => void;
  readonly #indexes: Map<string, ScopeIndex> = new Map();
  readonly #tidiedAt: Map<string, number> = new Map();

  constructor(place: Place, makeDirectory: () => void) {
    this.#place = place;
    this.#makeDirectory = makeDirectory;
  }

  *get(key: string): Steps<Entry<Body> | undefined> {
    const { scope, name } = this.#foldersOf(key);
    const entry = (yield* isFolder(scope)) ? yield* readEntry(this.#place, `${scope}/${name}`, key) : undefined;
    if (entry === undefined) this.#indexes.get(scope)?.missed(name);
    return entry;
  }

  *set(key: string, entry: Entry<Body>): Steps<void> {
    const { scope, name } = this.#foldersOf(key);
    for (let tries = 1;; tries++) {
      try {
        if (!(yield* isFolder(scope))) {
          this.#makeDirectory();
          yield* makeFolder(this.#place, scope);
        }
        const meta = yield* writeEntry(this.#place, `${scope}/${name}`, key, entry);
        const { storedAt, size, goneAt } = meta;
        return yield* this.#indexOf(scope).note([{ what: "set", name, storedAt, size, goneAt }], meta);
      } catch (error) {
        if (!["ENOENT", "EEXIST"].includes(codeOf(error)) || tries === TRIES) throw error;
      }
    }
  }

  *delete(key: string): Steps<boolean> {
    return (yield* this.deleteMany([key])) > 0;
  }

  *deleteMany(keys: readonly string[]): Steps<number> {
    const places = [...new Set(keys)].map((key) => ({ key, ...this.#foldersOf(key) }));
    const removed = yield* together(places.map(({ key, scope, name }) => this.#remove(scope, name, key)));
    const gone = places.filter((_, at) => removed[at]);
    for (const scope of new Set(gone.map((place) => place.scope))) {
      const lines = gone.filter((place) => place.scope === scope).map(({ name }): Line => ({ what: "drop", name }));
      yield* this.#indexOf(scope).note(lines);
    }
    return gone.length;
  }

  *list(prefix: string): Steps<Listed[]> {
    const listed: Listed[] = [];
    for (const scope of yield* this.#scopesOf(prefix)) {
      for (const entry of yield* this.#indexOf(scope).list()) listed.push(entry);
    }
    return listed;
  }

  *usage(prefix: string): Steps<Usage> {
    let [entries, bytes] = [0, 0];
    for (const scope of yield* this.#scopesOf(prefix)) {
      const usage = yield* this.#indexOf(scope).usage();
      entries += usage.entries;
      bytes += usage.bytes;
    }
    return { entries, bytes };
  }

  *clear(prefix: string): Steps<number> {
    let count = 0;
    for (const scope of yield* this.#scopesOf(prefix)) {
      const folders = (yield* namesIn(scope)).filter(isFolderFor).map((name) => `${scope}/${name}`);
      const removed = yield* together(folders.map((folder) => removeEntry(this.#place.fs, folder)));
      count += removed.filter(Boolean).length;
      yield* this.#tidy(scope);
      if (yield* isFolder(scope)) {
        yield* drop(`${scope}/${JOURNAL}`);
        yield* removeEmpty(scope);
      }
      this.#indexOf(scope).forget();
    }
    return count;
  }

  *touch(touches: readonly Touch[]): Steps<void> {
    const lines = new Map<string, Line[]>();
    for (const { key, accessedAt, hits } of touches) {
      const { scope, name } = this.#foldersOf(key);
      if (!lines.has(scope)) lines.set(scope, []);
      lines.get(scope)!.push({ what: "use", name, accessedAt, hits });
    }
    for (const [scope, uses] of lines) if (yield* isFolder(scope)) yield* this.#indexOf(scope).note(uses);
  }

  *sweep(prefix: string, now: number): Steps<number> {
    let count = 0;
    for (const scope of yield* this.#scopesOf(prefix)) {
      const index = this.#indexOf(scope);
      const names = yield* index.gone(now);
      const removed = yield* together(
        names.map((name) => removeEntry(this.#place.fs, `${scope}/${name}`, ({ goneAt }) => goneAt <= now)),
      );
      const gone = names.filter((_, at) => removed[at]);
      yield* index.note(gone.map((name): Line => ({ what: "drop", name })));
      count += gone.length;
      // Not the clock of the cache, which may be made up: the age of a file is told by the system's.
      const present = Date.now();
      if (present - (this.#tidiedAt.get(scope) ?? -Infinity) < BETWEEN_TIDYINGS) continue;
      this.#tidiedAt.set(scope, present);
      yield* this.#tidy(scope);
    }
    return count;
  }

  *check(prefix: string, fix: boolean): Steps<StorageFault[]> {
    const faults: StorageFault[] = [];
    for (const scope of yield* this.#scopesOf(prefix)) {
      const found = yield* checkScope(this.#place, scope, fix);
      faults.push(...found);
      if (found.some(({ fixed }) => fixed)) this.#indexOf(scope).forget();
    }
    return faults;
  }

  /** Removes what writers left that died. */
  *#tidy(scope: string): Steps<void> {
    const present = Date.now();
    const names = yield* namesIn(scope);
    const index = this.#indexOf(scope);
    const folders = names.filter(isFolderFor);
    const look = (name: string) => tidyEntry(this.#place.fs, `${scope}/${name}`, present, index.hasSeen(name));
    const whole = yield* together(folders.map(look));
    for (const [at, name] of folders.entries()) if (whole[at]) index.saw(name);
    for (const name of names) {
      if (!JOURNAL_DRAFT.test(name)) continue;
      if (yield* isAbandoned(`${scope}/${name}`, present)) yield* drop(`${scope}/${name}`);
    }
  }

  *#remove(scope: string, name: string, key: string): Steps<boolean> {
    if (!(yield* isFolder(scope))) return false;
    return yield* removeEntry(this.#place.fs, `${scope}/${name}`, (meta) => meta.key === key);
  }

  /** The folders of the scopes under a prefix. */
  *#scopesOf(prefix: string): Steps<string[]> {
    if (prefix === "") {
      return (yield* namesIn(this.#place.directory)).filter(isFolderFor).map((name) =>
        `${this.#place.directory}/${name}`
      );
    }
    if (prefix.indexOf("/") === prefix.length - 1) return [this.#foldersOf(prefix).scope];
    throw new EngineError(
      `Cannot look under ${JSON.stringify(prefix)}: it is not a scope; end it after the first "/"`,
      {
        engine: "files",
      },
    );
  }

  #foldersOf(key: string): { readonly scope: string; readonly name: string } {
    return foldersOf(this.#place.directory, key);
  }

  #indexOf(scope: string): ScopeIndex {
    let index = this.#indexes.get(scope);
    if (index === undefined) this.#indexes.set(scope, index = new ScopeIndex(this.#place, scope));
    return index;
  }
}
