import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore, Change, Lease, News, Usage } from "../../src/contract/store.ts";
import { ResourceError } from "../../src/errors.ts";
import type { Argument } from "./connection.ts";
import { engineError } from "./engine_error.ts";
import type { Link } from "./link.ts";
import { Reader } from "./reader.ts";
import { listedFrom, recordOf, stampOf } from "./record.ts";
import type { Source } from "./source.ts";
import { Watch } from "./watch.ts";

/** How much longer than an entry can be of use the server keeps it, in milliseconds: clocks differ, and may stand still. */
const SPARE = 60_000;

/** The longest time that servers are asked to remember anything, in milliseconds: some three hundred years. */
const LONGEST = 1e13;

/** How many changes, and how many bytes or characters of them, one command makes at most where several would do. */
const MOST = { changes: 200, size: 4_000_000 } as const;

/** What a store is made of. */
export interface RedisStoreParts {
  readonly source: Source;
  readonly link: Link;
  /** The channel on which changes are published. */
  readonly channel: string;
  /** A name that no other store has, of lower-case letters and digits. */
  readonly name: string;
}

/** A store on a server that others share. See `bookkeeping.ts` for what the server keeps. */
export class RedisStore implements AsyncStore<Body> {
  readonly #parts: RedisStoreParts;
  readonly #reader: Reader;
  readonly #watch: Watch;
  #stamps = 0;
  #closed = false;

  constructor(parts: RedisStoreParts) {
    this.#parts = parts;
    this.#reader = new Reader(parts.link, (error) => this.#refusal("read from", error));
    this.#watch = new Watch((hearing) => parts.source.subscribe(parts.channel, hearing), parts.name);
  }

  /** The client, while it is connected. */
  get native(): unknown {
    return this.#parts.source.connection?.native;
  }

  get(key: string): Promise<Entry<Body> | undefined> {
    return this.#closed ? Promise.reject(this.#closedError("read from")) : this.#reader.get(key);
  }

  getMany(keys: readonly string[]): Promise<(Entry<Body> | undefined)[]> {
    return this.#use("read from", () => this.#reader.getMany(keys));
  }

  set(key: string, entry: Entry<Body>): Promise<void> {
    return this.#use("write to", async () => void await this.#write([{ key, entry }]));
  }

  setMany(entries: readonly (readonly [key: string, entry: Entry<Body>])[]): Promise<void> {
    return this.#use("write to", async () => {
      await this.#writeInParts(entries.map(([key, entry]) => ({ key, entry })));
    });
  }

  delete(key: string): Promise<boolean> {
    return this.#use("delete from", async () => await this.#writeInParts([{ key, entry: undefined }]) === 1);
  }

  deleteMany(keys: readonly string[]): Promise<number> {
    return this.#use("delete from", () => this.#writeInParts(keys.map((key) => ({ key, entry: undefined }))));
  }

  commit(changes: readonly Change<Body>[], lease?: Lease): Promise<boolean> {
    return this.#use("write to", async () => {
      if (changes.length === 0 && lease === undefined) return true;
      return Array.isArray(await this.#write(changes, lease));
    });
  }

  lease({ key, owner }: Lease, span: number, renew = false): Promise<boolean> {
    const ms = Math.min(LONGEST, Math.max(1, Math.ceil(span)));
    return this.#use("take a lease from", async () => {
      return await this.#parts.link.run("lease", [this.#stamp(), key, owner, `${ms}`, renew ? "renew" : ""]) === 1;
    });
  }

  release({ key, owner }: Lease): Promise<void> {
    return this.#use("give a lease back to", async () => void await this.#parts.link.run("release", [key, owner]));
  }

  usage(prefix: string): Promise<Usage> {
    return this.#use("count in", async () => {
      const counts = await this.#parts.link.run("usage", [this.#stamp(), prefix]) as (string | number)[];
      let [entries, bytes] = [0, 0];
      for (let at = 0; at < counts.length; at += 3) {
        entries += Number(counts[at + 1]);
        bytes += Number(counts[at + 2]);
      }
      return { entries, bytes };
    });
  }

  async *entries(prefix: string): AsyncGenerator<Listed> {
    const { link } = this.#parts;
    const counts = await this.#use("list", () => link.run("usage", [this.#stamp(), prefix])) as string[];
    for (let at = 0; at < counts.length; at += 3) yield* this.#entriesIn(counts[at]!);
  }

  clear(prefix: string): Promise<number> {
    const { link, channel, name } = this.#parts;
    return this.#use("clear", async () => {
      const retired = await link.run("clear", [channel, name, prefix]) as string[];
      const dropped = await Promise.all(retired.map((epoch) => this.#repeat("drain", [epoch])));
      return dropped.reduce((sum, count) => sum + count, 0);
    });
  }

  sweep(prefix: string, now: number): Promise<number> {
    return this.#use("sweep", async () => {
      const swept = await this.#repeat("sweep", [prefix, boundOf(now)]);
      // What a process retired that did not live to drain it.
      await this.#repeat("drain", [""]);
      return swept;
    });
  }

  watch(listener: (news: News) => void): () => void {
    if (this.#closed) throw this.#closedError("watch");
    return this.#watch.add(listener);
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
    this.#parts.source.close();
  }

  /** Makes changes that need not be made at once, and says how many of the entries were there. */
  async #writeInParts(changes: readonly Change<Body>[]): Promise<number> {
    const parts: Promise<unknown>[] = [];
    for (let from = 0, to = 0; from < changes.length; from = to) {
      for (let size = 0; to < changes.length && to - from < MOST.changes && size < MOST.size; to++) {
        size += changes[to]!.entry?.body.length ?? 0;
      }
      parts.push(this.#write(changes.slice(from, to)));
    }
    return (await Promise.all(parts) as number[][]).flat().reduce((sum, was) => sum + was, 0);
  }

  #write(changes: readonly Change<Body>[], lease?: Lease): Promise<unknown> {
    const { link, channel, name } = this.#parts;
    const args: Argument[] = [this.#stamp(), channel, name, lease?.key ?? "", lease?.owner ?? ""];
    for (const { key, entry, found } of changes) {
      args.push(key, typeof found === "number" ? stampOf(found) : found ?? "");
      if (entry === undefined) args.push("", "", "", "");
      else args.push(spanOf(entry), boundOf(entry.goneAt), `${entry.size}`, recordOf(entry));
    }
    return link.run("write", args);
  }

  async *#entriesIn(scope: string): AsyncGenerator<Listed> {
    const seen = new Set<string>();
    let [cursor, epoch] = ["0", ""];
    do {
      const page = await this.#use("list", () => this.#parts.link.run("page", [scope, cursor, epoch])) as string[];
      [cursor, epoch] = [page[0]!, page[1]!];
      for (let at = 2; at < page.length; at += 2) {
        const key = page[at]!;
        const listed = seen.has(key) ? undefined : listedFrom(key, page[at + 1]!);
        seen.add(key);
        if (listed !== undefined) yield listed;
      }
    } while (cursor !== "0");
  }

  /** Runs a program until it says that there is no more to do; adds up what it did. */
  async #repeat(program: "drain" | "sweep", args: readonly string[]): Promise<number> {
    for (let sum = 0;;) {
      const [count, more] = await this.#parts.link.run(program, args) as [number, number];
      sum += count;
      if (more === 0) return sum;
    }
  }

  /** A text that was never used before: the beginning of an epoch, if one begins. */
  #stamp(): string {
    return this.#parts.name + (this.#stamps++).toString(36);
  }

  async #use<T>(verb: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw this.#closedError(verb);
    try {
      return await work();
    } catch (error) {
      throw this.#refusal(verb, error);
    }
  }

  #refusal(verb: string, error: unknown): Error {
    return this.#closed ? this.#closedError(verb) : engineError(`${verb} ${this.#parts.source.where}`, error);
  }

  #closedError(verb: string): ResourceError {
    return new ResourceError(`Cannot ${verb} ${this.#parts.source.where}: the store is closed; open another`);
  }
}

/** After how many milliseconds the server may drop an entry; nothing for never. */
function spanOf({ storedAt, goneAt }: Entry): string {
  const span = Math.max(0, Math.ceil(goneAt - storedAt)) + SPARE;
  return span < LONGEST ? `${span}` : "";
}

/** An instant as the server reads it. */
function boundOf(instant: number): string {
  return instant === Infinity ? "+inf" : `${instant}`;
}
