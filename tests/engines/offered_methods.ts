import { type AcceleratorName, acceleratorNames } from "../../src/contract/accelerators.ts";
import type { Engine } from "../../src/contract/engine.ts";
import type { SyncStore } from "../../src/contract/store.ts";
import { unbounded } from "../contract/subject.ts";
import { fastFolder } from "../engines_here.ts";

/** The optional methods that the stores of an engine offer, for the test of an engine around it. */
export function offeredMethods(engine: Engine): AcceleratorName[] {
  const open = engine.openSync ?? engine.open;
  const store = open({ directory: `${fastFolder()}/store`, secure: true, bounds: unbounded }) as SyncStore;
  try {
    return acceleratorNames.filter((name) => typeof store[name] === "function");
  } finally {
    store.close();
  }
}
