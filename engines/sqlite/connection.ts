import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { Usage } from "../../src/contract/store.ts";
import { bodyFrom, cellOf, cellsOf, checksumFrom, textFrom } from "./body.ts";
import { type Cell, entryColumns, type SqliteDriver, type SqliteStatement } from "./driver.ts";
import { digestOf, KEY_BITS, scopeOf, type Span, spanOf } from "./key.ts";
import { COUNT_LEAVING, LISTED, TELL } from "./schema.ts";

type Row = readonly Cell[];

const noTags: readonly string[] = Object.freeze([]);

const UPSERT = `INSERT INTO entry
  (digest, key, storedAt, freshUntil, goneAt, accessedAt, hits, cost, size, form, checksum, tags, label, body)
  VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (digest) DO UPDATE SET storedAt = excluded.storedAt, freshUntil = excluded.freshUntil,
    goneAt = excluded.goneAt, accessedAt = excluded.accessedAt, hits = 0, cost = excluded.cost, size = excluded.size,
    form = excluded.form, checksum = excluded.checksum, tags = excluded.tags, label = excluded.label, body = excluded.body
  WHERE key = excluded.key`;

/** The part of a digest that comes from the scope. Where the text differs from that of an index, the index is not used. */
export const SCOPE = `(digest >> ${KEY_BITS})`;

/**
 * From how many entries of a scope on an order has an index, which is made when the order is first needed.
 *
 * Why: an index makes each write about 10 µs dearer; to go through fewer entries than these takes less than 0.1 ms.
 */
const INDEXED_FROM = 500;

const WITHIN = "digest BETWEEN ? AND ? AND key >= ? AND key < ?";
const WITHIN_SCOPE = `${SCOPE} = ? AND key >= ? AND key < ?`;

/** What a store asks of an open database, statement by statement. Errors are those of the driver. */
export class SqliteConnection {
  readonly driver: SqliteDriver;
  readonly #read: Pick<SqliteStatement, "get">;
  readonly #write: SqliteStatement;
  readonly #compiled: Map<string, SqliteStatement> = new Map();
  readonly #defined: Set<readonly string[]> = new Set();

  constructor(driver: SqliteDriver) {
    this.driver = driver;
    this.#read = driver.prepareRead(`SELECT ${entryColumns} FROM entry WHERE digest = ?`);
    this.#write = driver.prepare(UPSERT);
  }

  /** A statement, compiled at its first use. */
  statement(sql: string): SqliteStatement {
    let statement = this.#compiled.get(sql);
    if (!statement) this.#compiled.set(sql, statement = this.driver.prepare(sql));
    return statement;
  }

  /** Adds to the definition of the database what may be there already, once. Wants to be outside of a transaction. */
  define(definition: readonly string[]): void {
    if (this.#defined.has(definition)) return;
    this.transaction(() => definition.forEach((sql) => this.driver.prepare(sql).run()));
    this.#defined.add(definition);
  }

  read(key: string): Entry<Body> | undefined {
    const row = this.#read.get(digestOf(key));
    return row === undefined || row[0] !== key ? undefined : entryFrom(row);
  }

  /** Writes an entry; says `false`, and writes nothing, when another key has the same digest. */
  write(key: string, entry: Entry<Body>): boolean {
    const { storedAt, freshUntil, goneAt, cost, size, form, tags, label } = entry;
    const [checksum, body] = cellsOf(entry.body, entry.checksum);
    const list = tags.length === 0 ? null : JSON.stringify(tags);
    const told = cellOf(label);
    const digest = digestOf(key);
    return this.#write.run(
      digest,
      key,
      storedAt,
      freshUntil,
      goneAt,
      storedAt,
      cost,
      size,
      form,
      checksum,
      list,
      told,
      body,
    ).changes !== 0;
  }

  /** Writes an entry, in place of one of another key if need be. Wants a transaction. */
  replace(key: string, entry: Entry<Body>): void {
    if (this.write(key, entry)) return;
    this.statement("DELETE FROM entry WHERE digest = ?").run(digestOf(key));
    this.write(key, entry);
  }

  /** Drops an entry, ends the lease of its key and tells whoever watches. Wants a transaction. */
  remove(key: string): boolean {
    this.statement("DELETE FROM lease WHERE key = ?").run(key);
    this.statement(TELL).run(key, null);
    return this.statement("DELETE FROM entry WHERE digest = ? AND key = ?").run(digestOf(key), key).changes !== 0;
  }

  /** When the entry under a key was stored, if there is one. */
  storedAt(key: string): number | undefined {
    const row = this.statement("SELECT storedAt FROM entry WHERE digest = ? AND key = ?").get(digestOf(key), key);
    return row?.[0] as number | undefined;
  }

  touch(key: string, accessedAt: number, hits: number): void {
    const sql = "UPDATE entry SET accessedAt = ?, hits = hits + ? WHERE digest = ? AND key = ?";
    this.statement(sql).run(accessedAt, hits, digestOf(key), key);
  }

  /** Drops entries, ends leases under a prefix and tells whoever watches. Wants a transaction. */
  clear(prefix: string): number {
    const { first, last, from, to } = spanOf(prefix);
    this.statement("DELETE FROM lease WHERE key >= ? AND key < ?").run(from, to);
    this.statement(TELL).run(null, prefix);
    const { entries } = this.usage(prefix);
    if (entries >= INDEXED_FROM && entries === this.usage("").entries) return this.#truncate(entries);
    const { changes } = this.statement(`DELETE FROM entry WHERE ${WITHIN}`).run(first, last, from, to);
    this.statement("DELETE FROM usage WHERE entries = 0").run();
    return Number(changes);
  }

  /** Drops everything. SQLite drops a table's rows at a stroke only where no trigger looks on. */
  #truncate(entries: number): number {
    for (const sql of ["DROP TRIGGER entry_went", "DELETE FROM entry", "DELETE FROM usage", COUNT_LEAVING]) {
      this.driver.prepare(sql).run();
    }
    return entries;
  }

  sweep(prefix: string, now: number): number {
    const { first, last, from, to } = spanOf(prefix);
    const indexed = prefix !== "" && this.index("gone", "goneAt", this.usage(prefix).entries);
    const sql = `DELETE FROM entry WHERE ${indexed ? WITHIN_SCOPE : WITHIN} AND goneAt <= ?`;
    const place = indexed ? [scopeOf(prefix)] : [first, last];
    return Number(this.statement(sql).run(...place, from, to, now).changes);
  }

  /** Whether there is an index of the entries of each scope by some columns. Makes it where one pays. */
  index(name: string, columns: string, entries: number): boolean {
    if (entries < INDEXED_FROM) return false;
    this.statement(`CREATE INDEX IF NOT EXISTS entry_${name} ON entry (${SCOPE}, ${columns})`).run();
    return true;
  }

  usage(prefix: string): Usage {
    const row = prefix === ""
      ? this.statement("SELECT sum(entries), sum(bytes) FROM usage").get()
      : this.statement("SELECT entries, bytes FROM usage WHERE scope = ?").get(prefix);
    return { entries: Number(row?.[0] ?? 0), bytes: Number(row?.[1] ?? 0) };
  }

  /** Counts what is kept under a prefix, entry by entry. */
  count(prefix: string): Usage {
    const { first, last, from, to } = spanOf(prefix);
    const row = this.statement(`SELECT count(*), total(size) FROM entry WHERE ${WITHIN}`).get(first, last, from, to);
    return { entries: Number(row?.[0] ?? 0), bytes: Number(row?.[1] ?? 0) };
  }

  /** Counts anew what is kept under a prefix, in case that the count was damaged. Wants a transaction. */
  recount(prefix: string): Usage {
    const counted = this.count(prefix);
    this.statement("INSERT OR REPLACE INTO usage VALUES (?, ?, ?)").run(prefix, counted.entries, counted.bytes);
    this.statement("DELETE FROM usage WHERE entries = 0").run();
    return counted;
  }

  /** A page of a listing, in the order of the digests, and the digest to go on after. */
  page({ last, from, to }: Span, after: number, count: number): readonly [rows: Listed[], after: number] {
    const sql =
      `SELECT ${LISTED}, digest FROM entry WHERE digest > ? AND digest <= ? AND key >= ? AND key < ? ORDER BY digest LIMIT ?`;
    const rows = this.statement(sql).all(after, last, from, to, count);
    return [rows.map(listedFrom), Number(rows.at(-1)?.[11] ?? last)];
  }

  /** Has the write-ahead log begin anew, if others let it within the time that is waited for a lock. */
  shortenLog(): void {
    try {
      this.statement("PRAGMA wal_checkpoint(TRUNCATE)").all();
    } catch {
      // Somebody is in the way, or the disk is: there will be another occasion, and whoever writes will say what is wrong.
    }
  }

  /** Does work on the data as it is at one instant. */
  snapshot<T>(work: () => T): T {
    return this.#within("BEGIN", work);
  }

  /** Does work wholly or, when it throws, not at all. */
  transaction<T>(work: () => T): T {
    return this.#within("BEGIN IMMEDIATE", work);
  }

  #within<T>(begin: string, work: () => T): T {
    this.statement(begin).run();
    try {
      const result = work();
      this.statement("COMMIT").run();
      return result;
    } catch (error) {
      try {
        this.statement("ROLLBACK").run();
      } catch {
        // A full disk, among others, has ended the transaction already.
      }
      throw error;
    }
  }
}

function entryFrom(row: Row): Entry<Body> {
  const checksum = row[9] as number;
  return {
    body: bodyFrom(checksum, row[10]!),
    form: row[1] as string,
    checksum: checksumFrom(checksum),
    storedAt: row[2] as number,
    freshUntil: row[3] as number,
    goneAt: row[4] as number,
    cost: row[5] as number,
    size: row[6] as number,
    tags: tagsFrom(row[7]!),
    label: textFrom(row[8]!),
  };
}

function listedFrom(row: Row): Listed {
  return {
    key: row[0] as string,
    form: row[1] as string,
    storedAt: row[2] as number,
    freshUntil: row[3] as number,
    goneAt: row[4] as number,
    cost: row[5] as number,
    size: row[6] as number,
    tags: tagsFrom(row[7]!),
    label: textFrom(row[8]!),
    accessedAt: row[9] as number,
    hits: row[10] as number,
  };
}

function tagsFrom(cell: Cell): readonly string[] {
  return cell === null ? noTags : JSON.parse(cell as string) as string[];
}
