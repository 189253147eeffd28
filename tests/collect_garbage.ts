import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects garbage for good: a few turns of the event loop, each with a full collection; more of them, where not `enough` has
 * gone yet, since a collector that takes whatever lies on the stack for a reference may be late.
 */
export async function collectGarbage(enough: () => boolean = () => true): Promise<void> {
  const collect = collector();
  for (let round = 0; round < 5 || (round < 50 && !enough()); round++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    collect();
  }
}

function collector(): () => void {
  const bun = (globalThis as { Bun?: { gc(sync: boolean): void } }).Bun;
  if (bun !== undefined) return () => bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
