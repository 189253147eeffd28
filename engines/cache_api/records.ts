import { asciiJson, type Row } from "../edge/record.ts";

/** One record: a row that describes its bytes, valid with the epochs that it was written in. */
export interface CacheRecord {
  readonly epoch: string;
  readonly row: unknown;
  readonly bytes: () => Promise<Uint8Array>;
  /** Leaves the bytes unread. */
  readonly drop: () => Promise<void>;
}

/** What is put in a record. */
export interface Content {
  readonly epoch: string;
  readonly row?: Row | undefined;
  readonly bytes?: Uint8Array<ArrayBuffer> | undefined;
  /** How long it should stay, in seconds. */
  readonly seconds: number;
}

/** As long as a cache at the edge keeps anything, in seconds. */
const YEAR = 365 * 86_400;

/** The records of one cache: responses under addresses that nothing else has. */
export class Records {
  readonly cache: Cache;
  readonly #origin: string;

  constructor(cache: Cache, origin: string) {
    this.cache = cache;
    this.#origin = origin;
  }

  /** The record of a name; `undefined` where there is none. */
  async find(name: string): Promise<CacheRecord | undefined> {
    const response = await this.cache.match(this.#address(name));
    const epoch = response?.headers.get("twat-epoch");
    if (response === undefined || typeof epoch !== "string") return undefined;
    return {
      epoch,
      row: parsed(response.headers.get("twat-row") ?? "null"),
      bytes: async () => new Uint8Array(await response.arrayBuffer()),
      drop: async () => void await response.body?.cancel(),
    };
  }

  /** Writes a record. */
  async put(name: string, { epoch, row, bytes, seconds }: Content): Promise<void> {
    const headers: Record<string, string> = {
      // Workers keep nothing without it; browsers and Deno do not look at it.
      "cache-control": `public, max-age=${Math.min(seconds, YEAR)}`,
      "twat-epoch": epoch,
    };
    if (row !== undefined) headers["twat-row"] = asciiJson(row);
    await this.cache.put(this.#address(name), new Response(bytes ?? null, { headers }));
  }

  /** Drops a record; says whether there was one. */
  delete(name: string): Promise<boolean> {
    return this.cache.delete(this.#address(name));
  }

  /** Unreserved characters only, and no dots at either end, because addresses that mean the same may be taken for the same. */
  #address(name: string): string {
    const path = name.replace(/[^a-z0-9_-]/g, (one) => `.${one.charCodeAt(0).toString(16).padStart(2, "0")}`);
    return `${this.#origin}/${path}-`;
  }
}

/** JSON, or `undefined` where it is none. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
