import { createCloner } from "../codec/cloner.ts";
import type { Codec } from "../contract/codec.ts";
import type { Body, Entry } from "../contract/entry.ts";
import { attempt, chain, type MaybePromise } from "../contract/maybe_promise.ts";
import { CacheOperationError, ConfigurationError } from "../errors.ts";
import { all } from "../flow/all.ts";
import type { CacheParts } from "../flow/cache_parts.ts";
import { leastUsedFirst } from "../flow/prune.ts";
import { identify } from "../key/identity.ts";
import type { AnyFunction } from "../options.ts";
import type { CallCache } from "./call_cache.ts";

/**
 * What a cache in memory held, as plain data: it can be cloned, sent to a worker, and stored wherever structured clones go.
 * Instants are told as spans, so that values have as long to live after `load` as they had at `dump`.
 *
 * @example
 * ```ts
 * import { mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const fn = (x: number) => x ** 2;
 * const before = mcache(fn, { ttl: "5m" });
 * before(4);
 * const snapshot = structuredClone(before.cache.dump());
 *
 * const after = mcache(fn, { ttl: "5m" });
 * assert.equal(after.cache.load(snapshot), 1);
 * assert.equal(after.cache.peek(4)?.value, 16);
 * ```
 */
export interface CacheSnapshot {
  /** The version of this form. */
  readonly format: 1;
  /** The name of the cache. */
  readonly cache: string;
  /** The version of the function: 8 hexadecimal digits that follow its option `version`, or its source. */
  readonly version: string;
  /** The entries, those first that were used least. */
  readonly entries: readonly SnapshotEntry[];
  /** The entries whose values cannot be written down, by their keys as events have them, and why. */
  readonly refused: readonly { readonly key: string; readonly reason: string }[];
}

/** One entry of a snapshot. Spans are milliseconds, `Infinity` is for ever. */
export interface SnapshotEntry extends Pick<Entry<Body>, "body" | "form" | "checksum" | "cost" | "size" | "label"> {
  /** Its key in memory: a primitive argument, or a text that was made of the call. */
  readonly key: unknown;
  /** How long ago it was stored. */
  readonly age: number;
  /** How long it is still fresh; negative for how long it has been stale. */
  readonly freshFor: number;
  /** How long until it is gone. */
  readonly goneIn: number;
  /** The names under which it can be invalidated. */
  readonly tags: readonly string[];
  /** Whether the function gave a promise of the value. */
  readonly promised: boolean;
  /** Whether it is an error that the function threw. */
  readonly failed: boolean;
}

/** Writes down what a cache in memory holds. Counts as no use of it. */
export function dump(core: CallCache, original: AnyFunction): MaybePromise<CacheSnapshot> {
  return core.on((values) => {
    const { parts } = values;
    checkMemory(core, parts, "dump", "copy them with copyCache");
    const version = versionOf(core, original);
    const codec = codecOf(core);
    const now = parts.clock.now();
    const refused: { key: string; reason: string }[] = [];
    const listed = leastUsedFirst(parts, [...parts.store.entries("") as Iterable<never>]);
    const written = listed.map(({ key }) =>
      attempt<SnapshotEntry | undefined>(() => writeDown(parts, codec, key, now), (error) => {
        refused.push({ key: parts.publicKey(key), reason: error instanceof Error ? error.message : String(error) });
        return undefined;
      })
    );
    return chain(all(written), (written): CacheSnapshot => {
      const entries = written.filter((entry) => entry !== undefined);
      return { format: 1, cache: core.identity.name, version, entries, refused };
    });
  });
}

/** Keeps again what a snapshot holds, unless something newer is kept; says how many entries it kept. */
export function load(core: CallCache, original: AnyFunction, snapshot: CacheSnapshot): MaybePromise<number> {
  return core.on((values) => {
    const { parts } = values;
    checkMemory(core, parts, "load a snapshot into", "fill it with copyCache");
    checkOrigin(core, original, snapshot);
    const codec = codecOf(core);
    const now = parts.clock.now();
    let kept: MaybePromise<number> = 0;
    for (const entry of snapshot.entries) {
      const restored = attempt<boolean>(
        () => restore(parts, codec, entry, now),
        (error) => parts.tally.fault("load", error, false),
      );
      kept = chain(kept, (kept) => chain(restored, (restored) => kept + (restored ? 1 : 0)));
    }
    return kept;
  });
}

function writeDown(
  { store, form }: CacheParts,
  codec: Codec,
  key: string,
  now: number,
): MaybePromise<SnapshotEntry | undefined> {
  const entry = store.peek!(key) as Entry | undefined;
  if (entry === undefined || entry.goneAt <= now) return undefined;
  const { storedAt, freshUntil, goneAt, cost, size, tags, label } = entry;
  const spans = { age: now - storedAt, freshFor: freshUntil - now, goneIn: goneAt - now };
  const how = { promised: form.wasPromised(entry), failed: form.isFailure(entry) };
  return chain(
    chain(form.read(entry), (value) => codec.seal(value)),
    ({ body, form, checksum }) => ({ key, body, form, checksum, ...spans, cost, size, tags, label, ...how }),
  );
}

function restore(parts: CacheParts, codec: Codec, one: SnapshotEntry, now: number): MaybePromise<boolean> {
  const { store, form, tags: index } = parts;
  const { age, freshFor, goneIn, cost, size, tags, label, promised, failed } = one;
  const key = one.key as string;
  const head = { storedAt: now - age, freshUntil: now + freshFor, goneAt: now + goneIn };
  const keeping = { ttl: 0, slidingTtl: 0, staleFor: 0, cost, size, tags, label, promised, failed };
  return chain(codec.open(one), (value) =>
    chain(form.write(failed ? value : form.given(value), keeping), (entry) => {
      const there = store.peek!(key) as Entry | undefined;
      if (there !== undefined && there.storedAt >= head.storedAt) return false;
      if (there !== undefined) index.left(key, there.tags);
      index.came(key, tags);
      return chain(store.set(key, { ...entry, ...head }), () => true);
    }));
}

function checkMemory({ identity }: CallCache, { engine }: CacheParts, verb: string, instead: string): void {
  if (engine.scope === "function" && !engine.persistent) return;
  throw new ConfigurationError(
    `Cannot ${verb} "${identity.name}": its values are not in memory, engine "${engine.name}" has them; ${instead}`,
  );
}

function checkOrigin(core: CallCache, original: AnyFunction, snapshot: CacheSnapshot): void {
  const { name } = core.identity;
  if (snapshot?.format !== 1 || !Array.isArray(snapshot.entries)) {
    throw new CacheOperationError(
      `Cannot load a snapshot into "${name}": it is none, or a newer version of this library made it; give what dump() gave`,
    );
  }
  if (snapshot.cache !== name) {
    throw new CacheOperationError(
      `Cannot load a snapshot into "${name}": it is one of "${snapshot.cache}"; load it there, or give both the same name`,
    );
  }
  if (snapshot.version !== versionOf(core, original)) {
    throw new CacheOperationError(
      `Cannot load a snapshot into "${name}": another version of the function computed its values; compute them anew, or give ` +
        `the option "version" where they are still right`,
    );
  }
}

/** A snapshot may outlive the process, and so the function; so it is held to the version that persistent caches are held to. */
function versionOf({ identity, settings }: CallCache, original: AnyFunction): string {
  const { version, deps } = settings.options;
  return identify(original, { name: identity.name, version, deps, persistent: true }).version;
}

function codecOf({ settings }: CallCache): Codec {
  return createCloner({ serializer: settings.serializer });
}
