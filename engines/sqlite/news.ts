import type { News } from "../../src/contract/store.ts";
import type { SqliteConnection } from "./connection.ts";
import { NOTING_CHANGES } from "./schema.ts";

/** How often it is looked whether others changed anything, in milliseconds. A look takes some microseconds. */
const EVERY_MS = 25;

/** For how long writers note down what they change after somebody last said that he watches, in seconds. */
const WATCHED_S = 60;

type Listener = (news: News) => void;

/**
 * What other connections change in a database, told to listeners.
 *
 * SQLite says whether others have written (`data_version`), and the table `change` which keys. Writers keep that table
 * only while somebody watches; a write then takes them almost twice as long (10 µs more).
 */
export class NewsFeed {
  readonly #ready: () => SqliteConnection;
  readonly #listeners: Set<Listener> = new Set();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The connection on which nothing has been missed so far, `undefined` while something may have been. */
  #heard: SqliteConnection | undefined;
  #version: unknown;
  #last = 0;
  /** Until when every change is noted down, in epoch milliseconds. */
  #notedUntil = 0;
  #askedAt = 0;

  constructor(ready: () => SqliteConnection) {
    this.#ready = ready;
  }

  /** Tells a listener whether changes are heard and then of each, until the function returned is called. */
  add(listener: Listener): () => void {
    const own: Listener = (news) => listener(news);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#look(), EVERY_MS);
      unref(this.#timer);
      this.#heard = undefined;
    }
    this.#look();
    this.#listeners.add(own);
    own(this.#heard === undefined ? "lost" : "live");
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.close();
    };
  }

  /** Tells nobody anything any more. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }

  #look(): void {
    try {
      const connection = this.#ready();
      const now = Date.now();
      if (connection !== this.#heard || now >= this.#notedUntil) this.#start(connection, now);
      else this.#goOn(connection, now);
    } catch {
      // Whatever it is, a method that is called will say so; here it means that changes may go unheard.
      if (this.#heard !== undefined) this.#tell("lost");
      this.#heard = undefined;
    }
  }

  /** Begins anew, so that what was changed until now counts as unheard and what is changed from now on does not. */
  #start(connection: SqliteConnection, now: number): void {
    this.#ask(connection, now);
    this.#version = versionOf(connection);
    this.#last = Number(connection.statement("SELECT max(id) FROM change").get()?.[0] ?? 0);
    if (this.#heard !== undefined) this.#tell("lost");
    this.#heard = connection;
    this.#tell("live");
  }

  #goOn(connection: SqliteConnection, now: number): void {
    if (this.#notedUntil - now < WATCHED_S * 500 && now - this.#askedAt > 1_000) this.#askAgain(connection, now);
    const version = versionOf(connection);
    if (version === this.#version) return;
    const rows = connection.statement("SELECT id, key, prefix FROM change WHERE id > ? ORDER BY id").all(this.#last);
    this.#version = version;
    if (rows.length === 0) return;
    const missed = Number(rows[0]![0]) !== this.#last + 1;
    this.#last = Number(rows.at(-1)![0]);
    if (missed) {
      this.#tell("lost");
      this.#tell("live");
      return;
    }
    const keys = new Set<string>();
    for (const [, key, prefix] of rows) {
      if (key === null) this.#tell({ prefix: prefix as string });
      else keys.add(key as string);
    }
    if (keys.size > 0) this.#tell({ keys: [...keys] });
  }

  /** Has writers note down what they change. */
  #ask(connection: SqliteConnection, now: number): void {
    connection.define(NOTING_CHANGES);
    const until = Math.ceil(now / 1_000) + WATCHED_S;
    const sql = "INSERT INTO watched VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET until = max(until, excluded.until)";
    connection.statement(sql).run(until);
    this.#notedUntil = until * 1_000;
    this.#askedAt = now;
  }

  #askAgain(connection: SqliteConnection, now: number): void {
    try {
      this.#ask(connection, now);
    } catch {
      // Nothing is lost before `#notedUntil`; until then there is time to ask again.
      this.#askedAt = now;
    }
  }

  #tell(news: News): void {
    for (const listener of [...this.#listeners]) listener(news);
  }
}

/** A number that changes when another connection has written. */
function versionOf(connection: SqliteConnection): unknown {
  return connection.statement("PRAGMA data_version").get()?.[0];
}

/** Lets the process end although the timer runs. Deno before 2.9 has numbers for timers. */
function unref(timer: unknown): void {
  const { Deno } = globalThis as { Deno?: { unrefTimer?(timer: number): void } };
  if (typeof timer === "number") Deno?.unrefTimer?.(timer);
  else (timer as { unref?(): void }).unref?.();
}
