import type { Engine } from "../src/contract/engine.ts";
export function tiered(front: Engine, back: Engine): Engine {
  return { ...back, tiers: { front, back, write: "through", ttl: 1000 } };
}
