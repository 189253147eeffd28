import type { Engine } from "../contract/engine.ts";
import { memory } from "../../engines/memory.ts";
import { tiered } from "../../engines/tiered.ts";

const made = new WeakMap<Engine, Engine>();

/** An engine with memory in front of it: the same one each time, so that caches share its stores. */
export function behindMemory(engine: Engine): Engine {
  const known = made.get(engine) ?? tiered(memory, engine);
  made.set(engine, known);
  return known;
}
