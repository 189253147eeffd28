import { memory } from "../../engines/memory.ts";
import { boundsOf } from "./bounds.ts";
import type { Housing } from "./housing.ts";

const WHY = { reason: "mcache keeps values in memory", refused: [] } as const;

/** Memory, and nothing else. */
export const inMemory: Housing = {
  outlives: () => false,
  check: () => {},
  nearest: () => memory,
  select: () => ({ engine: memory, ...WHY }),
  find: ({ settings, onEvict }) => {
    const bounds = boundsOf(settings, memory);
    const store = memory.open({ bounds, seed: settings.seed, onEvict });
    return { engine: memory, ...WHY, bounds, store, release: () => store.close(), makeshift: false };
  },
  front: () => undefined,
  folder: () => undefined,
  codec: () => undefined,
  sharing: undefined,
};
