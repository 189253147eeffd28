import type { Engine, OpenOptions } from "../../src/contract/engine.ts";
import type { Body, Listed } from "../../src/contract/entry.ts";
import { chain, type MaybePromise } from "../../src/contract/maybe_promise.ts";
import type { AsyncStore, Bounds, SyncStore } from "../../src/contract/store.ts";
import { EngineError } from "../../src/errors.ts";
import { ByScope } from "./by_scope.ts";
import { collected } from "./collected.ts";
import { hybridStore } from "./store.ts";

/** What a hybrid is made of. */
export interface HybridParts {
  readonly small: Engine;
  readonly large: Engine;
  readonly threshold: number;
  readonly smallBytes: number;
}

type Open = (engine: Engine, options: OpenOptions) => MaybePromise<AsyncStore<Body>>;

const DAY = 86_400_000;
const unbounded: Bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" };

/** Opens both engines, without bounds of their own, because the core keeps those of the whole. */
export function openHybrid(parts: HybridParts, options: OpenOptions, open: Open): MaybePromise<AsyncStore> {
  const { small, large, smallBytes, threshold } = parts;
  if (large.onDisk && options.directory === "") {
    throw new EngineError(
      `Cannot open a hybrid of "${small.name}" and "${large.name}": there is no folder; set cacheDir`,
      {
        engine: `hybrid_${small.name}_${large.name}`,
      },
    );
  }
  const inner: OpenOptions = { ...options, bounds: unbounded, onEvict: undefined };
  const forSmall = small.scope === "function"
    ? new ByScope(() => open(small, inner) as SyncStore<Body>)
    : open(small, inner);
  return chain<AsyncStore<Body>, AsyncStore>(
    forSmall,
    (forSmall) =>
      chain(open(large, { ...inner, ...largePlace(parts, options) }), (forLarge) => {
        const room = forSmall instanceof ByScope ? () => smallBytes - forSmall.held : () => Infinity;
        const forgetful = isForgetful(small);
        const names = { small: small.name, large: large.name };
        const store = hybridStore({ small: forSmall, large: forLarge, names, threshold, room, forgetful });
        return forgetful ? chain(dropLeftovers(forLarge), () => store) : store;
      }),
  );
}

/**
 * Where large bodies are. Where what points at them goes with the process, they have a place of their own, so that what a
 * process left that died can be told from what others keep there.
 */
export function largePlace<P extends Pick<OpenOptions, "directory" | "folderName">>(parts: HybridParts, place: P): P {
  if (!isForgetful(parts.small)) return place;
  const { directory, folderName = "default" } = place;
  return {
    ...place,
    directory: directory === "" ? "" : `${directory}.hybrid`,
    folderName: `${folderName.slice(0, 90)}.hybrid`,
  };
}

/** Drops what was stored more than a day ago by a process that died. One that lives so long computes it once more. */
function dropLeftovers(large: AsyncStore<Body>): MaybePromise<unknown> {
  return chain(collected(large.entries("")), (listed: Listed[]) => {
    const before = Date.now() - DAY;
    let done: MaybePromise<unknown> = undefined;
    for (const { key, storedAt } of listed) if (storedAt < before) done = chain(done, () => large.delete(key));
    return done;
  });
}

/** Whether what an engine keeps goes with the process. */
function isForgetful({ persistent, shared }: Engine): boolean {
  return !persistent && !shared;
}
