import { CacheError } from "../../src/errors.ts";
import { type KvAtomic, type KvDatabase, type KvEntry, type KvKey, type OpenKv, READ_KEYS } from "./database.ts";
import { closedError, faultOf, refusal } from "./fault.ts";
import type { KvFile } from "./file.ts";
import type { KvRange } from "./keys.ts";
import { Patience, within } from "./patience.ts";

/** For how long a locked database is tried again, in milliseconds. */
const BUSY_MS = 2_000;
/** For how long an answer of a server is waited for, in milliseconds. Deno 2.9 itself waits for one that is gone for ever. */
const ANSWER_MS = 5_000;
/** How often, in milliseconds, it is checked that the database is still in its folder, and opening is tried again. */
const CHECK_MS = 1_000;
/** How many damaged files are set aside before one gives up. */
const ATTEMPTS = 3;
/** The most entries that a listing has brought at a time. */
const BATCH = 500;

/** Where a database is and how it is opened. */
export interface KvPlace {
  readonly engine: string;
  readonly openKv: OpenKv;
  /** What `openKv` is told: a path, a URL, `":memory:"`, or nothing. */
  readonly address: string | undefined;
  /** The file, where the database is one. */
  readonly file: KvFile | undefined;
  /** Whether the database is on another machine. */
  readonly remote: boolean;
}

/**
 * An open database that is opened again when it has to be: when its file was removed or damaged, or its server was gone.
 *
 * A locked database is waited for. Every error is one of this library.
 */
export class KvConnection {
  readonly place: KvPlace;
  #kv: KvDatabase | undefined;
  #opening: Promise<KvDatabase> | undefined;
  #closed = false;
  #inode = -1;
  #checkedAt = 0;
  #failedAt = -Infinity;
  #failure: unknown;

  constructor(place: KvPlace) {
    this.place = place;
  }

  /** The database; `undefined` while none is open. */
  get kv(): KvDatabase | undefined {
    return this.#kv;
  }

  /** Opens the database and sees whether what reads and what writes is at work, which in a damaged one it is not. */
  async open(): Promise<void> {
    await this.#use("open", async (kv) => {
      await kv.getMany([["@twat/cache"]]);
      await kv.atomic().commit();
    });
  }

  /** Gives the database back. Safe to call twice. */
  close(): void {
    this.#closed = true;
    this.#release(this.#kv);
  }

  /** Throws a `ResourceError` once closed. */
  assertOpen(): void {
    if (this.#closed) throw closedError(this.place.engine);
  }

  /** What is under each of some keys, in order: ten at a time as of one instant, which keys next to each other share. */
  async getMany(keys: readonly KvKey[]): Promise<readonly KvEntry[]> {
    if (keys.length <= READ_KEYS) return await this.#use("read from", (kv) => kv.getMany([...keys]));
    const parts: Promise<readonly KvEntry[]>[] = [];
    for (let at = 0; at < keys.length; at += READ_KEYS) {
      const part = keys.slice(at, at + READ_KEYS);
      parts.push(this.#use("read from", (kv) => kv.getMany(part)));
    }
    return (await Promise.all(parts)).flat();
  }

  /** The entries in a range, no more than `limit`. */
  async page(range: KvRange, limit?: number): Promise<readonly KvEntry[]> {
    const options = limit === undefined ? { batchSize: BATCH } : { limit, batchSize: Math.min(limit, BATCH) };
    return await this.#use("list", async (kv) => {
      const found: KvEntry[] = [];
      for await (const entry of kv.list(range, options)) found.push(entry);
      return found;
    });
  }

  /** Makes an atomic operation; gives its versionstamp, or `undefined` when one of its checks failed. */
  async commit(build: (operation: KvAtomic) => void): Promise<string | undefined> {
    const result = await this.#use("write to", (kv) => {
      const operation = kv.atomic();
      build(operation);
      return operation.commit();
    });
    return result.ok ? result.versionstamp : undefined;
  }

  /** Does work on the open database, and repeats it when the cause of a failure is out of the way. */
  async #use<T>(verb: string, work: (kv: KvDatabase) => Promise<T>): Promise<T> {
    const patience = new Patience(BUSY_MS);
    for (let attempt = 1;; attempt++) {
      let kv: KvDatabase | undefined;
      try {
        kv = this.#ready() ?? await this.#connect();
        return this.place.remote ? await within(ANSWER_MS, work(kv)) : await work(kv);
      } catch (error) {
        this.assertOpen();
        const mended = !(error instanceof CacheError) && await this.#mend(error, kv, attempt, patience);
        if (!mended) throw refusal(this.place.engine, verb, this.place.remote, error);
      }
    }
  }

  /** Whether the work is worth another attempt. */
  async #mend(error: unknown, kv: KvDatabase | undefined, attempt: number, patience: Patience): Promise<boolean> {
    switch (faultOf(error)) {
      case "busy":
        return await patience.pause();
      case "closed":
        this.#release(kv);
        return kv !== undefined && attempt <= ATTEMPTS;
      case "damaged":
        // Other work may have found the same and have opened a fresh one. This one is left as it is: to close a database
        // that has ended by itself has @deno/kv (0.14) end the process.
        if (kv !== undefined && kv === this.#kv) {
          this.#kv = undefined;
          this.place.file?.setAside(this.#inode, error);
        }
        return kv !== undefined && attempt <= ATTEMPTS;
      case "moved":
        this.#release(kv);
        return kv !== undefined && attempt === 1;
      case "unreachable":
        this.#release(kv);
        return false;
      case "full":
      case "limit":
      case "not permitted":
      case "other":
      case "read-only":
        return false;
    }
  }

  /** The open database, or `undefined` when it has to be opened. */
  #ready(): KvDatabase | undefined {
    this.assertOpen();
    const { file } = this.place;
    if (file === undefined || this.#kv === undefined) return this.#kv;
    const now = Date.now();
    if (now - this.#checkedAt >= CHECK_MS || now < this.#checkedAt) {
      this.#checkedAt = now;
      if (file.inode !== this.#inode) this.#release(this.#kv);
    }
    return this.#kv;
  }

  #connect(): Promise<KvDatabase> {
    const now = Date.now();
    if (now - this.#failedAt < CHECK_MS && now >= this.#failedAt) throw this.#failure;
    return this.#opening ??= this.#opened().finally(() => this.#opening = undefined);
  }

  async #opened(): Promise<KvDatabase> {
    try {
      const kv = await this.#openFile();
      if (this.#closed) {
        kv.close();
        this.assertOpen();
      }
      this.#checkedAt = Date.now();
      return this.#kv = kv;
    } catch (error) {
      const { engine, remote } = this.place;
      [this.#failedAt, this.#failure] = [Date.now(), refusal(engine, "open", remote, error)];
      throw this.#failure;
    }
  }

  /** Opens the database, a fresh one if there is none or only a damaged one. */
  async #openFile(): Promise<KvDatabase> {
    const { openKv, address, file, remote } = this.place;
    const patience = new Patience(BUSY_MS);
    for (let attempt = 1;; attempt++) {
      file?.prepare();
      this.#inode = file?.inode ?? -1;
      if (attempt <= ATTEMPTS && file?.damaged) {
        file.setAside(this.#inode);
        continue;
      }
      const opening = openKv(address);
      try {
        return remote ? await within(ANSWER_MS, opening) : await opening;
      } catch (error) {
        // One that opens after all is not wanted any more.
        opening.then((kv) => kv.close(), () => {});
        const fault = faultOf(error);
        if (fault === "busy" && await patience.pause()) continue;
        if (fault !== "damaged" || file === undefined || attempt > ATTEMPTS) throw error;
        file.setAside(this.#inode, error);
      }
    }
  }

  #release(kv: KvDatabase | undefined): void {
    if (kv === undefined || kv !== this.#kv) return;
    this.#kv = undefined;
    try {
      kv.close();
    } catch {
      // A database that failed may refuse to be closed; the handle goes with its last reference.
    }
  }
}
