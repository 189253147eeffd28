import type { Entry } from "../contract/entry.ts";
import type { AsyncStore, News, SyncStore } from "../contract/store.ts";
import { type Ageing, calmUntil } from "../policy/ageing.ts";
import type { TierHolding } from "../stats.ts";
import { singleUse } from "./single_use.ts";
import { isTagKey } from "./tag_marks.ts";
import type { Found } from "./found.ts";

/** What a front is made of. */
export interface FrontOptions {
  /** The name of its engine. */
  readonly name: string;
  /** Memory, for the values themselves. */
  readonly store: SyncStore;
  /** How long an entry is trusted where the back does not tell what others change, in milliseconds. */
  readonly ttl: number;
  /** How values age: what may have to be computed anew is not kept here. */
  readonly ageing: Ageing;
}

/**
 * The memory in front of a store: values that need neither asking nor decoding.
 *
 * It is kept true by what the store tells. While the store cannot hear of changes, nothing is kept here; one that never
 * tells of changes made by others is trusted for a moment only.
 */
export class Front {
  /** The name of its engine. */
  readonly name: string;
  readonly store: SyncStore;
  readonly #ttl: number;
  readonly #ageing: Ageing;
  #trust: "ever" | "moment" | "never" = "never";
  /** How often keys changed, some keys sharing a count; and all of them. */
  readonly #changes = new Uint32Array(1024);
  #allChanged = 0;
  #stop: (() => void) | undefined;

  constructor({ name, store, ttl, ageing }: FrontOptions) {
    this.store = store;
    this.name = name;
    this.#ttl = ttl;
    this.#ageing = ageing;
  }

  /** Moves on whenever a key changes. What was read before may be out of date then. */
  edition(key: string): number {
    return this.#allChanged + this.#changes[slotOf(key)]!;
  }

  /** Begins to listen to the store behind. */
  listen(back: AsyncStore, shared: boolean): void {
    this.leave();
    if (back.watch !== undefined) this.#stop = back.watch((news) => this.#heard(news));
    else this.#trust = shared ? "moment" : "ever";
  }

  /** Stops listening and forgets everything. */
  leave(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#trust = "never";
    this.clear();
  }

  /** What it holds, and what its hits saved. */
  holding(): TierHolding {
    const { entries: size, bytes } = this.store.usage("");
    return { name: this.name, savedMs: this.store.savedMs?.() ?? 0, size, bytes };
  }

  /** What is kept under a key, without counting a use. */
  look(key: string): Entry | undefined {
    return this.store.peek!(key);
  }

  /** Keeps a value that was read or written when the key was at an edition. */
  hold(
    key: string,
    { entry, value, promised }: Pick<Found, "entry" | "value" | "promised">,
    now: number,
    edition: number,
  ): void {
    if (this.#trust === "never" || edition !== this.edition(key) || singleUse(value) !== undefined) return;
    const calm = calmUntil(entry, this.#ageing);
    const freshUntil = this.#trust === "ever" ? calm : Math.min(calm, now + this.#ttl);
    if (freshUntil <= now) return;
    const promise = promised ? Promise.resolve(value) : undefined;
    this.store.set(key, { ...entry, body: value, form: "", checksum: 0, freshUntil, promise });
  }

  /** Forgets a key. */
  drop(key: string): void {
    this.#changes[slotOf(key)]!++;
    this.store.delete(key);
  }

  /** Forgets everything. */
  clear(): void {
    this.#allChanged++;
    this.store.clear("");
  }

  #heard(news: News): void {
    if (news === "live") this.#trust = "ever";
    else if (news === "lost") {
      this.#trust = "never";
      this.clear();
    } else if ("prefix" in news) {
      this.#allChanged++;
      this.store.clear(news.prefix);
    } else if (news.keys.some(isTagKey)) this.clear();
    else news.keys.forEach((key) => this.drop(key));
  }
}

/** Keys end in the digits of a digest. */
function slotOf(key: string): number {
  return Number.parseInt(key.slice(-3), 16) & 1023;
}
