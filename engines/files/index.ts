/**
 * What a scope's folder holds, as this process last knew it, so that counting, listing and sweeping need not read every entry.
 *
 * The truth is in the entries' folders. Beside them lies `journal.log`, to which every process appends a line for each
 * entry it wrote, dropped or used; here it is read on from where it was last left. When it is new or was replaced, the
 * names of the folders are compared with what is known, and unknown entries are read.
 *
 * Why: a bounded cache asks after every write how much is kept. Reading all entries each time would make that as slow as
 * the cache is large, and counting only one's own writes would be wrong as soon as two processes share the folder. Losing
 * a line (a kill between rename and append, an append during a replacement) makes counts inexact until the next
 * comparison, and never a value.
 */
import type { Listed } from "../../src/contract/entry.ts";
import type { Usage } from "../../src/contract/store.ts";
import { type Steps, together } from "../../src/runtime/file_steps.ts";
import { readMeta } from "./entry.ts";
import { namesIn, type Place } from "./io.ts";
import { appendLines, currentEdition, type Line, readLines, replaceLines } from "./journal.ts";
import type { Meta } from "./meta.ts";
import { foldersOf, isFolderFor } from "./name.ts";

interface Row {
  readonly storedAt: number;
  readonly size: number;
  readonly goneAt: number;
  accessedAt: number;
  hits: number;
  meta: Meta | undefined;
  /** Whether this process has read or written the entry, rather than read of it. */
  seen: boolean;
}

/** After how many lines at least the names of the folders are compared again when the entries are listed. */
const LINES_BETWEEN_COMPARISONS = 1_000;

/** A journal is rewritten when it has this many bytes, and this many more for each entry. */
const JOURNAL_BYTES = 65_536;
const JOURNAL_BYTES_PER_ENTRY = 512;

/** The index of one scope. It costs nothing but its journal lines until it is first asked. */
export class ScopeIndex {
  readonly #place: Place;
  readonly #folder: string;
  readonly #rows: Map<string, Row> = new Map();
  #bytes = 0;
  /** No entry is gone before that. */
  #nextGoneAt = Infinity;
  /** Which journal was read and how far. */
  #edition = { id: "", size: 0 };
  #asked = false;
  #listed = false;
  #doubtful = true;
  #linesSinceComparison = 0;
  /** Counts changes and doubts, by which an algorithm that was held up notices that another overtook it. */
  #version = 0;

  constructor(place: Place, folder: string) {
    this.#place = place;
    this.#folder = folder;
  }

  /** Notes down what happened to entries, for all processes; `meta` is what was written, if that was it. */
  *note(lines: readonly Line[], meta?: Meta): Steps<void> {
    if (lines.length === 0) return;
    const before = this.#edition;
    let added;
    try {
      added = yield* appendLines(this.#place, this.#folder, lines);
    } catch (error) {
      this.#doubtful = true;
      throw error;
    }
    // Whoever read on meanwhile has read these lines, or others of the same length.
    if (added === undefined || !this.#asked || this.#edition !== before) return;
    const { edition, bytes } = added;
    const first = this.#edition.id === "" && edition.size === bytes;
    const next = edition.id === this.#edition.id && edition.size === this.#edition.size + bytes;
    if (!first && !next) return;
    this.#edition = edition;
    this.#apply(lines);
    if (meta !== undefined) {
      const row = this.#rows.get(lines[0]!.name);
      if (row?.storedAt === meta.storedAt) row.seen = true;
      if (row?.storedAt === meta.storedAt && this.#listed) row.meta = meta;
    }
    if (edition.size > JOURNAL_BYTES + JOURNAL_BYTES_PER_ENTRY * this.#rows.size) yield* this.#compact();
  }

  /** How much is kept. */
  *usage(): Steps<Usage> {
    yield* this.#catchUp();
    return { entries: this.#rows.size, bytes: this.#bytes };
  }

  /** Everything that is kept. */
  *list(): Steps<Listed[]> {
    this.#listed = true;
    if (this.#linesSinceComparison > Math.max(LINES_BETWEEN_COMPARISONS, this.#rows.size)) this.#doubtful = true;
    yield* this.#catchUp();
    const unread = [...this.#rows].filter(([, row]) => row.meta === undefined).map(([name]) => name);
    if (unread.length > 0) yield* this.#read(unread);
    const listed: Listed[] = [];
    for (const { meta, accessedAt, hits } of this.#rows.values()) {
      if (meta === undefined) continue;
      const { key, form, storedAt, freshUntil, goneAt, cost, size, tags, label } = meta;
      listed.push({ key, form, storedAt, freshUntil, goneAt, cost, size, tags, label, accessedAt, hits });
    }
    return listed;
  }

  /** The folders of entries that are gone at `now`. */
  *gone(now: number): Steps<string[]> {
    yield* this.#catchUp();
    if (now < this.#nextGoneAt) return [];
    const names: string[] = [];
    this.#nextGoneAt = Infinity;
    for (const [name, { goneAt }] of this.#rows) {
      if (goneAt <= now) names.push(name);
      this.#nextGoneAt = Math.min(this.#nextGoneAt, goneAt);
    }
    return names;
  }

  /** Whether an entry was whole when this process last looked at it. */
  hasSeen(name: string): boolean {
    return this.#rows.get(name)?.seen === true;
  }

  /** Takes note that an entry was found whole. */
  saw(name: string): void {
    const row = this.#rows.get(name);
    if (row !== undefined) row.seen = true;
  }

  /** Takes note that an entry was not found: its folder, if it is there, is read at the next occasion. */
  missed(name: string): void {
    if (!this.#rows.has(name)) return;
    this.#drop(name);
    this.#doubt();
  }

  /** Knows nothing any more, and reads the folders that are there at the next occasion. */
  forget(): void {
    this.#rows.clear();
    this.#bytes = 0;
    this.#nextGoneAt = Infinity;
    this.#edition = { id: "", size: 0 };
    this.#doubt();
  }

  /** Compares with the folders at the next occasion. What others have just read may be from before. */
  #doubt(): void {
    this.#version++;
    this.#doubtful = true;
  }

  *#catchUp(): Steps<void> {
    this.#asked = true;
    for (;;) {
      const version = this.#version;
      const current = yield* currentEdition(this.#folder);
      if (current?.id === this.#edition.id && current.size === this.#edition.size) break;
      const read = current && (yield* readLines(this.#place, this.#folder, (edition) => this.#startIn(edition)));
      if (version !== this.#version) continue;
      const isOther = read === undefined ? this.#edition.id !== "" : read.from === 0;
      if (isOther) this.#doubt();
      this.#edition = read?.edition ?? { id: "", size: 0 };
      if (read !== undefined && read.lines.length > 0) this.#apply(read.lines);
      break;
    }
    if (this.#doubtful) yield* this.#compare();
  }

  #startIn({ id, size }: { readonly id: string; readonly size: number }): number {
    return id === this.#edition.id && size >= this.#edition.size ? this.#edition.size : 0;
  }

  /** Compares what is known with the folders that are there. */
  *#compare(): Steps<void> {
    this.#doubtful = false;
    this.#linesSinceComparison = 0;
    const version = this.#version;
    const names = (yield* namesIn(this.#folder)).filter(isFolderFor);
    const unknown = names.filter((name) => !this.#rows.has(name));
    if (unknown.length > 0) yield* this.#read(unknown);
    const there = new Set(names);
    if (version !== this.#version) this.#doubtful = true;
    else for (const name of this.#rows.keys()) if (!there.has(name)) this.#drop(name);
  }

  /** Reads what entries say of themselves. Of what changed meanwhile, the journal tells later and better. */
  *#read(names: readonly string[]): Steps<void> {
    const version = this.#version;
    const metas = yield* together(names.map((name) => readMeta(this.#place.fs, `${this.#folder}/${name}`)));
    const overtaken = version !== this.#version;
    for (const [at, name] of names.entries()) {
      const meta = metas[at];
      const row = this.#rows.get(name);
      if (meta !== undefined && row?.storedAt === meta.storedAt && row.size === meta.size) row.meta = meta;
      else if (overtaken) this.#doubtful = true;
      else if (meta === undefined || !this.#holds(meta.key, name)) this.#drop(name);
      else {
        const { storedAt, size, goneAt } = meta;
        this.#put(name, { storedAt, size, goneAt, accessedAt: storedAt, hits: 0, meta, seen: true });
      }
    }
  }

  /** Whether a key's entry belongs into a folder here: a copied folder is not another entry. */
  #holds(key: string, name: string): boolean {
    const place = foldersOf(this.#place.directory, key);
    return place.scope === this.#folder && place.name === name;
  }

  #apply(lines: readonly Line[]): void {
    this.#version++;
    this.#linesSinceComparison += lines.length;
    for (const line of lines) {
      const row = this.#rows.get(line.name);
      switch (line.what) {
        case "set": {
          const meta = row?.storedAt === line.storedAt ? row.meta : undefined;
          const { storedAt, size, goneAt } = line;
          const seen = meta !== undefined;
          this.#put(line.name, { storedAt, size, goneAt, accessedAt: storedAt, hits: 0, meta, seen });
          break;
        }
        case "drop":
          this.#drop(line.name);
          break;
        case "use":
          if (row === undefined || line.accessedAt < row.storedAt) break;
          row.accessedAt = Math.max(row.accessedAt, line.accessedAt);
          row.hits += line.hits;
      }
    }
  }

  #put(name: string, row: Row): void {
    this.#drop(name);
    this.#rows.set(name, row);
    this.#bytes += row.size;
    this.#nextGoneAt = Math.min(this.#nextGoneAt, row.goneAt);
  }

  #drop(name: string): void {
    const row = this.#rows.get(name);
    if (row === undefined) return;
    this.#rows.delete(name);
    this.#bytes = this.#rows.size === 0 ? 0 : this.#bytes - row.size;
  }

  *#compact(): Steps<void> {
    const lines: Line[] = [];
    for (const [name, { storedAt, size, goneAt, accessedAt, hits }] of this.#rows) {
      lines.push({ what: "set", name, storedAt, size, goneAt });
      if (hits > 0) lines.push({ what: "use", name, accessedAt, hits });
    }
    yield* replaceLines(this.#place, this.#folder, this.#edition, lines);
  }
}
