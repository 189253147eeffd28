/**
 * One engine over two: small bodies in one, large ones in the other.
 *
 * The small one knows every entry. Of one with a large body it keeps everything else, and that the body is in the other one. So
 * an entry is there if the small one has it, a miss costs one look, and counting and listing never touch the large one.
 *
 * A large body is written before the entry that points at it. What dies in between leaves a body that nobody points at, which
 * `check` finds. A body that is not the one pointed at is not there: an entry that another process replaces is missing for
 * the moment that takes.
 */
import type { Engine, OpenOptions } from "../src/contract/engine.ts";
import type { MaybePromise } from "../src/contract/maybe_promise.ts";
import type { Body } from "../src/contract/entry.ts";
import type { AsyncStore, SyncStore } from "../src/contract/store.ts";
import { ConfigurationError, type ConfigurationIssue } from "../src/errors.ts";
import { largePlace, openHybrid } from "./hybrid/open.ts";

/** Which engines keep what. */
export interface HybridOptions {
  /** Keeps small bodies, and knows where the others are. `memory` will do; then large bodies go with the process, too. */
  readonly small: Engine;
  /** Keeps large bodies. */
  readonly large: Engine;
  /** The largest body, in bytes, that is still small. 1 MiB by default. */
  readonly threshold?: number | undefined;
  /** How many bytes of bodies `small` may hold if it is in memory, 100 MB by default; what does not fit goes to `large`. */
  readonly smallBytes?: number | undefined;
}

/**
 * Makes an engine that keeps small bodies in one engine and large ones in another.
 *
 * Values outlive the process, and are shared by processes, if both engines do that. With `memory` for the small ones the large
 * ones are in a folder of their own, `<folder name>.hybrid`, and are dropped when the cache is closed; give each process its
 * own `folderName` then.
 *
 * Throws a `ConfigurationError` for engines that do not go together.
 *
 * @example
 * ```ts
 * import { hybrid, ucache } from "@twat/cache";
 * import { files } from "@twat/cache/files";
 * import { memory } from "@twat/cache/memory";
 * import assert from "node:assert/strict";
 *
 * const engine = hybrid({ small: memory, large: files, threshold: 65_536 });
 * const letters = ucache((n: number) => "x".repeat(n), { engine, name: "letters", folderName: "example-hybrid" });
 * assert.equal(letters(1_000).length, 1_000); // in memory
 * assert.equal(letters(100_000).length, 100_000); // a file
 * await letters.cache.close();
 * ```
 */
export function hybrid(options: HybridOptions): Engine {
  const { small, large, threshold = 1_048_576, smallBytes = 100_000_000 } = options;
  refuseMisfits({ small, large, threshold, smallBytes });
  const parts = { small, large, smallBytes, threshold: Math.min(threshold, small.limits.bodyBytes) };
  const onDisk = small.onDisk === true || large.onDisk === true;
  const mode = modeOf(small, large);
  const open = (engine: Engine, options: OpenOptions) => engine.open(options) as MaybePromise<AsyncStore<Body>>;
  const openSync = (engine: Engine, options: OpenOptions) =>
    (engine.openSync ?? engine.open)(options) as SyncStore<Body>;
  return {
    name: `hybrid_${small.name}_${large.name}`,
    mode,
    holds: "bytes",
    scope: "folder",
    limits: {
      keyBytes: Math.min(small.limits.keyBytes, large.limits.keyBytes),
      bodyBytes: Math.max(parts.threshold, large.limits.bodyBytes),
    },
    persistent: small.persistent && large.persistent,
    shared: small.shared && large.shared,
    onDisk,
    remote: small.remote === true || large.remote === true,
    keeps: `small: ${small.keeps}; large: ${large.keeps}`,
    probe(globals, place) {
      const answer = small.probe(globals, place);
      if (answer !== true) return `for small values, ${answer}`;
      if (onDisk && place.directory === "") return "for large values, there is no folder";
      const inLarge = large.probe(globals, largePlace(parts, place));
      return inLarge === true || `for large values, ${inLarge}`;
    },
    open: (options) => openHybrid(parts, options, open),
    ...(mode === "both" && { openSync: (options) => openHybrid(parts, options, openSync) as SyncStore<Body> }),
  };
}

/** It answers as the slower of both does. */
function modeOf(small: Engine, large: Engine): Engine["mode"] {
  if (small.mode === "async" || large.mode === "async") return "async";
  return small.mode === "both" || large.mode === "both" ? "both" : "sync";
}

function refuseMisfits({ small, large, threshold, smallBytes }: Required<HybridOptions>): void {
  const issues: ConfigurationIssue[] = [];
  if (small.name === large.name) {
    issues.push({ path: "small", message: `is "${small.name}", as large is; choose two engines` });
  }
  if (small.holds === "clones") {
    issues.push({ path: "small", message: `is "${small.name}", which holds clones; choose one that holds bytes` });
  }
  if (large.holds !== "bytes") {
    issues.push({
      path: "large",
      message: `is "${large.name}", which holds ${large.holds}; choose one that holds bytes`,
    });
  }
  for (const [path, bytes] of [["threshold", threshold], ["smallBytes", smallBytes]] as const) {
    if (!(typeof bytes === "number" && bytes >= 0)) {
      issues.push({ path, message: `is ${String(bytes)}; give a number of bytes, 0 or more` });
    }
  }
  if (issues.length === 0) return;
  const told = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new ConfigurationError(`Cannot make a hybrid: ${told}`, { issues });
}
