/**
 * One engine over two: a fast one in front of one that keeps everything.
 *
 * The front is true by what the back tells (`watch`); while the back cannot tell (`"lost"`), the front is empty and left alone.
 * Where the back is shared and tells nothing, the front is trusted for `ttl` after an entry came. A front that fails is left
 * alone for a second, emptied, and used again; `native.fault` and `check` tell of it.
 */
import type { Engine, Tiers } from "../src/contract/engine.ts";
import type { MaybePromise } from "../src/contract/maybe_promise.ts";
import type { AsyncStore, SyncStore } from "../src/contract/store.ts";
import { ConfigurationError, type ConfigurationIssue } from "../src/errors.ts";
import { frontOptions, openTiers, type TieredNative } from "./tiered/open.ts";

export type { TieredNative };

/** How two engines work as one. */
export interface TieredOptions {
  /** Whether a value goes to both at once (`"through"`, the default) or to the back only when it is flushed (`"back"`). */
  readonly write?: "through" | "back" | undefined;
  /** How long the front is trusted where the back cannot tell what others change, in milliseconds; 1,000 by default. */
  readonly ttl?: number | undefined;
}

const DEFAULT_TTL = 1_000;

/**
 * An engine that asks `front` first and then `back`, and puts in front what it finds behind.
 *
 * With `write: "back"` what is set waits in memory until `cache.native.flush()`, until the cache is closed, or until 1,000
 * entries or 16 MB wait; a process that ends before loses it, and other processes see it only then, so that it suits a back
 * that one process writes to. `cache.native.preload()` fetches what is behind into the front.
 *
 * Throws a `ConfigurationError` for engines that do not go together.
 *
 * @example
 * ```ts
 * import { tiered, type TieredNative, ucache } from "@twat/cache";
 * import { files } from "@twat/cache/files";
 * import { memory } from "@twat/cache/memory";
 * import assert from "node:assert/strict";
 *
 * const engine = tiered(memory, files, { write: "back" });
 * const square = ucache((n: number) => Promise.resolve(n * n), { engine, name: "square" });
 * assert.equal(await square(4), 16);
 * await (square.cache.native as TieredNative).flush(); // from here on it outlives the process
 * ```
 */
export function tiered(front: Engine, back: Engine, options: TieredOptions = {}): Engine & { readonly tiers: Tiers } {
  const tiers: Tiers = { front, back, write: options.write ?? "through", ttl: options.ttl ?? DEFAULT_TTL };
  refuseMisfits(tiers);
  const { limits, persistent, shared, remote, protocols, scope, holds } = back;
  const open = (engine: Engine, options: Parameters<Engine["open"]>[0]) =>
    engine.open(options) as MaybePromise<AsyncStore>;
  const openSync = (engine: Engine, options: Parameters<Engine["open"]>[0]) =>
    (engine.openSync ?? engine.open)(options) as SyncStore;
  const mode = modeOf(front, back);
  return {
    name: `tiered_${front.name}_${back.name}`,
    mode,
    holds,
    scope,
    limits,
    persistent,
    shared,
    onDisk: front.onDisk === true || back.onDisk === true,
    ...(remote !== undefined && { remote }),
    ...(protocols !== undefined && { protocols }),
    tiers,
    keeps: `${back.keeps}; what was used last in "${front.name}", too`,
    probe(globals, options) {
      const answer = back.probe(globals, options);
      if (answer !== true) return answer;
      const inFront = front.probe(globals, frontOptions(tiers, options));
      return inFront === true || `in front, ${inFront}`;
    },
    open: (options) => openTiers(tiers, options, open),
    ...(mode === "both" && { openSync: (options) => openTiers(tiers, options, openSync) as SyncStore }),
  };
}

/** It answers as the slower of both does. */
function modeOf(front: Engine, back: Engine): Engine["mode"] {
  if (front.mode === "async" || back.mode === "async") return "async";
  return front.mode === "both" || back.mode === "both" ? "both" : "sync";
}

function refuseMisfits({ front, back, write, ttl }: Tiers): void {
  const issues: ConfigurationIssue[] = [];
  if (front.name === back.name) {
    issues.push({ path: "front", message: `is "${front.name}", as the back is; choose two engines` });
  }
  if (front.holds !== back.holds && front.holds !== "references") {
    issues.push({
      path: "front",
      message:
        `is "${front.name}", which holds ${front.holds}, but "${back.name}" holds ${back.holds}; put memory in front`,
    });
  }
  if (back.scope !== "folder") {
    issues.push({ path: "back", message: `is "${back.name}", which keeps to one function; put it in front` });
  }
  if (write !== "through" && write !== "back") {
    issues.push({ path: "write", message: `is ${JSON.stringify(write)}; use "through" or "back"` });
  }
  if (typeof ttl !== "number" || !(ttl >= 0)) {
    issues.push({ path: "ttl", message: `is ${String(ttl)}; give milliseconds, 0 or more` });
  }
  if (issues.length === 0) return;
  const told = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new ConfigurationError(`Cannot make tiers: ${told}`, { issues });
}
