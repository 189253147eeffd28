import type { Globals } from "./contract/engine.ts";
import { type CacheEventType, on } from "./events.ts";
import { log } from "./logger.ts";
import { builtin } from "./runtime/abilities.ts";

/** What is used of `node:diagnostics_channel`. */
interface DiagnosticsChannel {
  channel(name: string): { readonly hasSubscribers: boolean; publish(message: unknown): void };
}

/**
 * Publishes the events of all caches on `node:diagnostics_channel`, where monitoring agents listen, until the function that it
 * returns is called. Each type has a channel of its own, `"twat-cache:hit"`, `"twat-cache:miss"` and so on, whose messages are
 * the events as `on` gives them.
 *
 * With `types` only those are published. Without `"hit"` among them, hits in memory go on taking the short way. Where the
 * runtime has no such module, as in browsers, that is logged as a warning and nothing else happens.
 *
 * @example
 * ```ts
 * import { type CacheEventOf, mcache, publishDiagnostics } from "@twat/cache";
 * import assert from "node:assert/strict";
 * import { subscribe } from "node:diagnostics_channel";
 *
 * const missed: string[] = [];
 * subscribe("twat-cache:miss", (event) => missed.push((event as CacheEventOf<"miss">).cache));
 * const stop = publishDiagnostics(["miss", "failed", "error"]);
 * const twice = mcache((x: number) => x * 2, { name: "twice" });
 * twice(2);
 * twice(2);
 * stop();
 * assert.deepEqual(missed, ["twice"]);
 * ```
 */
export function publishDiagnostics(types?: readonly CacheEventType[]): () => void {
  const module = builtin<DiagnosticsChannel>(globalThis as unknown as Globals, "node:diagnostics_channel");
  if (module === undefined) {
    log("warn", "Cannot publish diagnostics: there is no node:diagnostics_channel here; listen with on()");
    return () => {};
  }
  const channels = new Map<CacheEventType, ReturnType<DiagnosticsChannel["channel"]>>();
  const publish = (event: { readonly type: CacheEventType }): void => {
    const channel = channels.get(event.type) ?? module.channel(`twat-cache:${event.type}`);
    channels.set(event.type, channel);
    if (channel.hasSubscribers) channel.publish(event);
  };
  const stops = types === undefined ? [on("*", publish)] : [...new Set(types)].map((type) => on(type, publish));
  return () => stops.forEach((stop) => stop());
}
