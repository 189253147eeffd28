import type { Engine } from "../contract/engine.ts";
import type { Bounds } from "../contract/store.ts";
import type { Settings } from "../settings.ts";

const MEMORY_ENTRIES = 10_000;
const MEMORY_BYTES = 100_000_000;
const STORED_BYTES = 1_000_000_000;

/** What a store may hold: what the options say, else what is safe for its engine. */
export function boundsOf(settings: Settings, engine: Engine): Bounds {
  const inMemory = engine.scope === "function";
  return {
    maxSize: settings.maxSize ?? (inMemory ? MEMORY_ENTRIES : Infinity),
    maxBytes: settings.maxBytes ?? (inMemory ? MEMORY_BYTES : engine.remote ? Infinity : STORED_BYTES),
    policy: settings.policy,
  };
}
