import type { Body, Entry, Listed } from "../../src/contract/entry.ts";
import { chain, type MaybePromise } from "../../src/contract/maybe_promise.ts";
import { cameFrom } from "../../src/contract/origin.ts";
import type { AsyncStore, Bounds, Change, Lease, News, StorageFault, Touch, Usage } from "../../src/contract/store.ts";
import { ResourceError } from "../../src/errors.ts";
import { offering, type WholeStore } from "../tiered/offering.ts";
import { checkBodies } from "./check.ts";
import { collected } from "./collected.ts";
import { bytesOf, isPointer, pointedAt, pointerTo, unmarkedListing } from "./pointer.ts";

/** What a hybrid store is made of. */
export interface HybridStoreParts {
  readonly small: AsyncStore<Body>;
  readonly large: AsyncStore<Body>;
  /** The names of their engines. */
  readonly names: { readonly small: string; readonly large: string };
  readonly threshold: number;
  /** How many bytes the small one has room for. */
  readonly room: () => number;
  /** Whether the small one goes with the process, so that large bodies have to go, too. */
  readonly forgetful: boolean;
}

/** How often a read starts anew because the entry was replaced meanwhile. */
const TRIES = 3;

/** Makes an open hybrid, of the colour of the stores that it is over, with the optional methods that rest on what they offer. */
export function hybridStore(parts: HybridStoreParts): AsyncStore {
  const { small, large } = parts;
  // Which keys point elsewhere has to be looked up before they are dropped, and many at once only together.
  const many = small.getMany !== undefined;
  const rests = {
    getMany: many && large.getMany,
    setMany: many && small.setMany !== undefined && large.setMany,
    deleteMany: many && small.deleteMany !== undefined && large.deleteMany,
    touch: small.touch,
    sweep: small.sweep !== undefined && large.sweep,
    trim: small.trim,
    commit: small.commit,
    lease: small.lease,
    release: small.release,
    watch: small.watch,
    check: true,
  };
  const offered = Object.fromEntries(Object.entries(rests).filter(([, basis]) => basis));
  return offering(new HybridStore(parts) as unknown as WholeStore, offered as unknown as AsyncStore);
}

/** All methods of a hybrid, some of which cannot be called unless both stores have what they rest on. */
class HybridStore {
  readonly #parts: HybridStoreParts;
  readonly #small: AsyncStore<Body>;
  readonly #large: AsyncStore<Body>;
  #open = true;

  constructor(parts: HybridStoreParts) {
    this.#parts = parts;
    this.#small = parts.small;
    this.#large = parts.large;
  }

  /** What both stores let a person reach. */
  get native(): unknown {
    return { small: this.#small.native, large: this.#large.native };
  }

  get(key: string): MaybePromise<Entry<Body> | undefined> {
    return this.#get(key, TRIES, undefined);
  }

  set(key: string, entry: Entry<Body>): MaybePromise<void> {
    if (this.#isLarge(entry)) {
      return chain(this.#on("large").set(key, entry), () => this.#small.set(key, pointerTo(entry)));
    }
    return chain(this.#was(key), (was) =>
      chain(this.#small.set(key, entry), () => {
        if (isPointer(was)) return chain(this.#large.delete(key), () => {});
      }));
  }

  delete(key: string): MaybePromise<boolean> {
    return chain(this.#was(key), (was) =>
      chain(this.#small.delete(key), (dropped) => {
        return isPointer(was) ? chain(this.#large.delete(key), () => dropped) : dropped;
      }));
  }

  entries(prefix: string): Iterable<Listed> | AsyncIterable<Listed> {
    return unmarkedListing(this.#on("small").entries(prefix));
  }

  clear(prefix: string): MaybePromise<number> {
    return chain(this.#on("small").clear(prefix), (count) => chain(this.#large.clear(prefix), () => count));
  }

  usage(prefix: string): MaybePromise<Usage> {
    return this.#on("small").usage(prefix);
  }

  close(): MaybePromise<void> {
    if (!this.#open) return;
    this.#open = false;
    const { forgetful } = this.#parts;
    const pointed = forgetful ? collected(this.#small.entries("")) : [];
    return chain(
      pointed,
      (listed) =>
        chain(
          this.#dropAll(listed.filter(isPointer).map(({ key }) => key)),
          () => chain(this.#small.close(), () => this.#large.close()),
        ),
    );
  }

  getMany(keys: readonly string[]): MaybePromise<(Entry<Body> | undefined)[]> {
    return chain(this.#on("small").getMany!(keys), (found) => {
      const pointed = keys.filter((_, at) => isPointer(found[at]));
      const { names } = this.#parts;
      if (pointed.length === 0) return found.map((one) => cameFrom(names.small, one));
      return chain(this.#large.getMany!(pointed), (bodies) => {
        const by = new Map(pointed.map((key, at) => [key, bodies[at]]));
        return found.map((one, at) => {
          if (one === undefined || !isPointer(one)) return cameFrom(names.small, one);
          return cameFrom(names.large, pointedAt(one, by.get(keys[at]!)));
        });
      });
    });
  }

  setMany(entries: readonly (readonly [key: string, entry: Entry<Body>])[]): MaybePromise<void> {
    const last = [...new Map(entries)];
    const large = last.filter(([, entry]) => this.#isLarge(entry));
    const inLarge = new Set(large.map(([key]) => key));
    const all = last.map(([key, entry]) => [key, inLarge.has(key) ? pointerTo(entry) : entry] as const);
    const kept = last.map(([key]) => key).filter((key) => !inLarge.has(key));
    return chain(
      this.#pointersAmong(kept),
      (moved) =>
        chain(
          large.length > 0 ? this.#large.setMany!(large) : undefined,
          () => chain(this.#small.setMany!(all), () => this.#dropAll(moved)),
        ),
    );
  }

  deleteMany(keys: readonly string[]): MaybePromise<number> {
    return chain(
      this.#pointersAmong(keys),
      (pointed) => chain(this.#small.deleteMany!(keys), (count) => chain(this.#dropAll(pointed), () => count)),
    );
  }

  touch(touches: readonly Touch[]): MaybePromise<void> {
    return this.#on("small").touch!(touches);
  }

  sweep(prefix: string, now: number): MaybePromise<number> {
    return chain(this.#on("small").sweep!(prefix, now), (count) => chain(this.#large.sweep!(prefix, now), () => count));
  }

  trim(prefix: string, bounds: Bounds, keep?: string): MaybePromise<readonly string[]> {
    return chain(this.#on("small").trim!(prefix, bounds, keep), (gone) => chain(this.#dropAll(gone), () => gone));
  }

  /** A large body is written before it is known whether the changes are made; if not, the one it replaced is gone. */
  commit(changes: readonly Change<Body>[], lease?: Lease): MaybePromise<boolean> {
    const last = new Map(changes.map(({ key, entry }) => [key, entry]));
    const large = [...last].filter(([, entry]) => entry !== undefined && this.#isLarge(entry));
    const inLarge = new Map(large.map(([key, entry]) => [key, pointerTo(entry!)]));
    const kept = [...last.keys()].filter((key) => !inLarge.has(key));
    const all = changes.map((change) => ({
      ...change,
      entry: change.entry && inLarge.get(change.key) || change.entry,
    }));
    return chain(this.#pointersAmong(kept), (moved) => {
      let written: MaybePromise<void> = undefined;
      for (const [key, entry] of large) written = chain(written, () => this.#large.set(key, entry!));
      return chain(
        written,
        () => chain(this.#small.commit!(all, lease), (made) => made ? chain(this.#dropAll(moved), () => true) : false),
      );
    });
  }

  lease(lease: Lease, span: number, renew?: boolean): MaybePromise<boolean> {
    return this.#on("small").lease!(lease, span, renew);
  }

  release(lease: Lease): MaybePromise<void> {
    return this.#on("small").release!(lease);
  }

  watch(listener: (news: News) => void): () => void {
    return this.#on("small").watch!(listener);
  }

  check(prefix: string, fix: boolean): MaybePromise<readonly StorageFault[]> {
    return checkBodies(this.#on("small"), this.#large, prefix, fix);
  }

  #get(key: string, tries: number, before: number | undefined): MaybePromise<Entry<Body> | undefined> {
    return chain(this.#on("small").get(key), (found): MaybePromise<Entry<Body> | undefined> => {
      const { names } = this.#parts;
      if (found === undefined || !isPointer(found)) return cameFrom(names.small, found);
      if (found.storedAt === before) return undefined;
      return chain(this.#large.get(key), (body) => {
        return cameFrom(names.large, pointedAt(found, body)) ??
          (tries > 1 ? this.#get(key, tries - 1, found.storedAt) : undefined);
      });
    });
  }

  #isLarge({ body }: Entry<Body>): boolean {
    const { threshold, room } = this.#parts;
    const bytes = bytesOf(body, threshold);
    return bytes > threshold || bytes > room();
  }

  /** The keys among these whose bodies are in the large store. */
  #pointersAmong(keys: readonly string[]): MaybePromise<string[]> {
    const small = this.#on("small");
    if (small.getMany !== undefined) {
      return chain(small.getMany(keys), (found) => keys.filter((_, at) => isPointer(found[at])));
    }
    let pointed: MaybePromise<string[]> = [];
    for (const key of keys) {
      pointed = chain(pointed, (before) => chain(this.#was(key), (was) => isPointer(was) ? [...before, key] : before));
    }
    return pointed;
  }

  /** What is kept of a key, looked at without counting a use. */
  #was(key: string): MaybePromise<Entry<Body> | undefined> {
    const small = this.#on("small");
    return small.peek === undefined ? small.get(key) : small.peek(key);
  }

  #dropAll(keys: readonly string[]): MaybePromise<void> {
    if (keys.length === 0) return;
    if (this.#large.deleteMany !== undefined) return chain(this.#large.deleteMany(keys), () => {});
    let dropped: MaybePromise<unknown> = undefined;
    for (const key of keys) dropped = chain(dropped, () => this.#large.delete(key));
    return chain(dropped, () => {});
  }

  /** One of both stores, unless they are closed. */
  #on(which: "small" | "large"): AsyncStore<Body> {
    if (this.#open) return which === "small" ? this.#small : this.#large;
    throw new ResourceError("Cannot use a hybrid store: it is closed; open another");
  }
}
