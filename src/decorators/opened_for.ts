import type { Engine } from "../contract/engine.ts";

/** The engine that a cache opens for a candidate: the back of one with memory in front, for which the core itself sees. */
export function openedFor(candidate: Engine): { readonly engine: Engine; readonly front?: Engine | undefined } {
  const { tiers } = candidate;
  if (tiers === undefined || tiers.write === "back" || tiers.front.holds !== "references") return { engine: candidate };
  return { engine: tiers.back, front: tiers.front };
}
