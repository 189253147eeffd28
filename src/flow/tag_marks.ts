import type { Body, Entry } from "../contract/entry.ts";
import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { AsyncStore } from "../contract/store.ts";
import { all } from "./all.ts";
import type { Tags } from "./tags.ts";

/** The scope of the epochs in a store that several caches share. No function's scope begins like this. */
const SCOPE = "~tags/";

/** Letters and digits of an epoch. */
const LENGTH = 20;

/** Whether a key is that of a tag's epoch. */
export function isTagKey(key: string): boolean {
  return key.startsWith(SCOPE);
}

/**
 * Tags on a store that several caches or processes share.
 *
 * Each tag has an epoch, a record of its own, which changes when the tag is invalidated. An entry carries its tags with
 * the epochs they had, and is gone when one of these is no longer the tag's: so invalidating looks through nothing, and an
 * epoch that the engine forgets means a miss, never a value from before. An epoch begins with the instant of the
 * invalidation, so that what other processes were computing then is not kept.
 *
 * Why not the instant alone, compared with `storedAt`: clocks of hosts differ, and a forgotten one would bring values back.
 */
export class TagMarks implements Tags {
  readonly counts = false;
  readonly #store: AsyncStore;
  readonly #digest: (text: string) => string;
  /** The tags whose epochs are being changed from here, and how often at once. */
  readonly #changing = new Map<string, number>();

  constructor(store: AsyncStore, digest: (text: string) => string) {
    this.#store = store;
    this.#digest = digest;
  }

  of(tags: readonly string[], since: number): MaybePromise<readonly string[] | undefined> {
    return chain(this.#epochs(tags), (epochs) => {
      const marks: string[] = [];
      const missing = tags.filter((_, at) => epochs[at] === undefined);
      const made = missing.map((tag) => this.#begin(tag));
      return chain(all(made), (begun) => {
        for (const [at, tag] of tags.entries()) {
          const epoch = epochs[at] ?? begun[missing.indexOf(tag)]!;
          if (instantOf(epoch) > since) return undefined;
          marks.push(`${epoch}${tag}`);
        }
        return marks;
      });
    });
  }

  hold(marks: readonly string[]): MaybePromise<boolean> {
    if (this.#changing.size > 0 && this.names(marks).some((tag) => this.#changing.has(tag))) return false;
    return chain(
      this.#epochs(this.names(marks)),
      (epochs) => marks.every((mark, at) => mark.slice(0, LENGTH) === epochs[at]),
    );
  }

  names(marks: readonly string[]): readonly string[] {
    return marks.length === 0 ? marks : marks.map((mark) => mark.slice(LENGTH));
  }

  invalidate(tag: string): MaybePromise<readonly unknown[]> {
    const count = (by: number): void => {
      const changes = (this.#changing.get(tag) ?? 0) + by;
      if (changes === 0) this.#changing.delete(tag);
      else this.#changing.set(tag, changes);
    };
    const changed = this.#store.set(this.#keyOf(tag), recordOf(epochAt(Date.now())));
    if (!isPromiseLike(changed)) return [];
    count(1);
    return (changed as Promise<void>).finally(() => count(-1)).then(() => []);
  }

  came(): void {}

  left(): void {}

  clear(): void {}

  #keyOf(tag: string): string {
    return `${SCOPE}${this.#digest(tag)}`;
  }

  #epochs(tags: readonly string[]): MaybePromise<(string | undefined)[]> {
    const keys = tags.map((tag) => this.#keyOf(tag));
    const found = this.#store.getMany?.(keys) ?? all(keys.map((key) => this.#store.get(key)));
    return chain(found, (entries) => entries.map(epochOf));
  }

  /** Gives a tag its first epoch, or the one that another process gave it at the same time. */
  #begin(tag: string): MaybePromise<string> {
    const [key, epoch] = [this.#keyOf(tag), epochAt(0)];
    const entry = recordOf(epoch);
    if (this.#store.commit === undefined) return chain(this.#store.set(key, entry), () => epoch);
    return chain(this.#store.commit([{ key, entry, found: "absent" }]), (made): MaybePromise<string> => {
      if (made) return epoch;
      return chain(this.#store.get(key), (entry) => epochOf(entry) ?? epoch);
    });
  }
}

/** Nine digits of the instant to the base 36, and by chance as many as make two of one instant differ. */
function epochAt(now: number): string {
  let chance = "";
  while (chance.length < LENGTH - 9) chance += Math.random().toString(36).slice(2);
  return now.toString(36).padStart(9, "0") + chance.slice(0, LENGTH - 9);
}

function instantOf(epoch: string): number {
  return Number.parseInt(epoch.slice(0, 9), 36);
}

function recordOf(epoch: string): Entry<Body> {
  const storedAt = Date.now();
  const forEver = { freshUntil: Infinity, goneAt: Infinity };
  return { body: epoch, form: "tag", checksum: 0, storedAt, ...forEver, cost: 0, size: LENGTH, tags: [], label: "tag" };
}

function epochOf(entry: Entry | undefined): string | undefined {
  if (entry === undefined) return undefined;
  const { body } = entry;
  const epoch = body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
  return /^[0-9a-z]+$/.test(epoch) && epoch.length === LENGTH ? epoch : undefined;
}
