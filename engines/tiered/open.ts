import type { Engine, OpenOptions, Tiers } from "../../src/contract/engine.ts";
import { attempt, chain, type MaybePromise } from "../../src/contract/maybe_promise.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { Front } from "./front.ts";
import { FRONT_BOUNDS, latest } from "./front_room.ts";
import { collected } from "./listing.ts";
import { offering } from "./offering.ts";
import { together } from "./together.ts";
import { ThroughStore } from "./through_store.ts";
import { WriteBackStore } from "./write_back_store.ts";

/** What the stores of `tiered` engines have as `native`. */
export interface TieredNative {
  /** The `native` of the store in front; `undefined` where it could not be opened. */
  readonly front: unknown;
  /** The `native` of the store behind. */
  readonly back: unknown;
  /** What the front failed with, while it is left alone; `undefined` while all is well. */
  readonly fault: unknown;
  /** Writes to the back what only waits for that; says how many entries. What cannot be written goes on waiting, and why is thrown. */
  flush(): MaybePromise<number>;
  /** Fetches the entries under a prefix into the front, the ones used last if there is no room for all; says how many. */
  preload(prefix?: string): MaybePromise<number>;
}

/** Opens an engine, asynchronously or not. */
type Open = (engine: Engine, options: OpenOptions) => MaybePromise<AsyncStore>;

/** What the front is opened with. Where both keep files, its own are below the back's, in a folder that no engine takes for its own. */
export function frontOptions<T extends Pick<OpenOptions, "directory" | "url">>({ front, back }: Tiers, options: T): T {
  const { directory, url } = options;
  return {
    ...options,
    directory: front.onDisk && back.onDisk ? `${directory}/.front` : directory,
    url: url !== undefined && front.protocols?.some((protocol) => url.startsWith(protocol)) ? url : undefined,
  };
}

/** Opens both tiers, the back first, since a folder can be claimed only while it is empty. One that is without its front is slower, no more. */
export function openTiers(tiers: Tiers, options: OpenOptions, open: Open): MaybePromise<AsyncStore> {
  const { onEvict: _, ...rest } = frontOptions(tiers, options);
  return chain(open(tiers.back, options), (back) => {
    const front = attempt<Parts>(
      () =>
        chain(open(tiers.front, { ...rest, bounds: FRONT_BOUNDS }), (store): Parts => ({ store, fault: undefined })),
      (fault) => ({ store: undefined, fault }),
    );
    return chain(front, (front) => {
      try {
        return joined(tiers, front, back);
      } catch (error) {
        return chain(front.store?.close(), () =>
          chain(back.close(), () => {
            throw error;
          }));
      }
    });
  });
}

interface Parts {
  readonly store: AsyncStore | undefined;
  readonly fault: unknown;
}

function joined(
  { front: engine, back: { name, holds, shared }, write, ttl }: Tiers,
  parts: Parts,
  back: AsyncStore,
): AsyncStore {
  const trusted = shared && back.watch === undefined ? ttl : Infinity;
  const front = new Front({ ...parts, engine, holds, ttl: trusted });
  const through = offering(new ThroughStore(front, back, name), back);
  const waiting = write === "back" ? new WriteBackStore(through, holds, engine.name) : undefined;
  const store = waiting === undefined ? through : offering(waiting, through);
  const native: TieredNative = {
    get front() {
      return front.native;
    },
    get back() {
      return back.native;
    },
    get fault() {
      return front.fault;
    },
    flush: () => waiting?.flush() ?? 0,
    preload: (prefix = "") => preload(store, prefix),
  };
  return { ...store, native };
}

/** So many entries are fetched at once. */
const AT_ONCE = 64;

/** Reading puts into the front; what was used last is read last, so that it stays longest. */
function preload(store: AsyncStore, prefix: string): MaybePromise<number> {
  return chain(collected(store.entries(prefix)), (listed) => {
    const keys = latest(listed).map(({ key }) => key);
    let count: MaybePromise<number> = 0;
    for (let from = 0; from < keys.length; from += AT_ONCE) {
      const some = keys.slice(from, from + AT_ONCE);
      count = chain(count, (count) =>
        chain(
          store.getMany?.(some) ?? together(some.map((key) => store.get(key))),
          (entries) => count + entries.filter((entry) => entry !== undefined).length,
        ));
    }
    return count;
  });
}
