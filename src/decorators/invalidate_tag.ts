import type { Engine, Globals } from "../contract/engine.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { ValueCache } from "../flow/value_cache.ts";
import { registry } from "../registry.ts";
import { CallCache } from "./call_cache.ts";
import { placeOf } from "./place.ts";

/**
 * Drops every value that carries a tag, in every cache of this process, and for all processes that share an engine with it.
 *
 * Nothing is looked through: in a shared store an entry with the tag is a miss from now on. What is being computed with the
 * tag is not kept. Throws what keeps a cache from being opened, when all others are done.
 *
 * @example
 * ```ts
 * import { invalidateTag, mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const user = mcache((id: number) => ({ id }), { name: "user", tags: (_, id) => [`user:${id}`] });
 * user(1);
 * user(2);
 * await invalidateTag("user:1");
 * assert.deepEqual([user.cache.has(1), user.cache.has(2)], [false, true]);
 * ```
 */
export async function invalidateTag(tag: string): Promise<void> {
  const faults: unknown[] = [];
  await invalidateTags([tag], (_, error) => faults.push(error));
  if (faults.length > 0) throw faults[0];
}

/**
 * Drops every value with one of several tags. In caches whose stores answer at once that is done when it returns.
 *
 * Each storage is told once, by one of the caches that it is open for; where it is open for none, it is opened, and a cache
 * that was closed is closed again.
 */
export function invalidateTags(
  tags: readonly string[],
  failed: (cache: string, error: unknown) => void,
): MaybePromise<void> {
  const running: Promise<void>[] = [];
  const run = (name: string, work: () => MaybePromise<void>): void => {
    const done = attempt<void>(work, (error) => failed(name, error));
    if (isPromiseLike(done)) running.push(done as Promise<void>);
  };
  const shared = new Map<Engine, Map<string, CallCache[]>>();
  for (const { name, cache } of registry.all()) {
    const core = CallCache.of(cache);
    if (core === undefined) continue;
    const { opened } = core.residence;
    if (opened?.home.engine.scope === "function") {
      for (const tag of tags) run(name, () => opened.values.invalidateTag(tag));
    } else run(name, () => note(shared, core));
  }
  for (const places of shared.values()) {
    for (const cores of places.values()) {
      const open = cores.flatMap((core) => core.residence.opened?.values ?? []);
      const teller = cores.find((core) => core.residence.opened !== undefined) ?? cores[0]!;
      for (const tag of tags) {
        const fence = () => open.forEach((values) => fenceTag(values, tag));
        fence();
        run(teller.identity.name, () => chain(tell(teller, tag), fence));
      }
    }
  }
  if (running.length > 0) return Promise.all(running).then(() => {});
}

function tell(core: CallCache, tag: string): MaybePromise<void> {
  const again = core.residence.wasClosed;
  return chain(core.on((values) => chain(values.invalidateTag(tag), () => values.flights.size === 0)), (idle) => {
    if (again && idle) return core.residence.close();
  });
}

/** Keeps what is being computed with a tag from being stored, and what is in memory in front from being served. */
function fenceTag(values: ValueCache, tag: string): void {
  values.flights.fenceTag(tag);
  values.parts.front?.clear();
}

/** Notes a cache by where its values are, unless it keeps them for itself and so has none. */
function note(shared: Map<Engine, Map<string, CallCache[]>>, core: CallCache): void {
  const { engine, place } = storageOf(core);
  if (engine.scope === "function") return;
  const places = shared.get(engine) ?? new Map<string, CallCache[]>();
  shared.set(engine, places);
  const cores = places.get(place);
  if (cores === undefined) places.set(place, [core]);
  else cores.push(core);
}

interface Storage {
  readonly engine: Engine;
  readonly place: string;
}

const storages = new WeakMap<CallCache, Storage>();

/** Where the values of a cache are. Noted, since to look takes longer than to drop a tag. */
function storageOf(core: CallCache): Storage {
  const known = storages.get(core);
  const engine = core.residence.opened?.home.engine ?? known?.engine ?? core.residence.engine();
  if (known?.engine === engine) return known;
  const place = JSON.stringify(placeOf(engine, core.settings, globalThis as unknown as Globals));
  const found = { engine, place };
  storages.set(core, found);
  return found;
}
