/**
 * What an engine is tested with, and caches over one: the contract that every engine of this library passes, an engine
 * that fails as a test wants, and a clock that stands still.
 *
 * The tests are registered with `node:test`, so that they run under Deno, Bun and Node, and in whatever replaces that
 * module for a browser.
 *
 * @example An engine of one's own proves itself in ten lines
 * ```ts ignore
 * import { engineContract } from "@twat/cache/testing";
 * import { shelf } from "../src/shelf.ts";
 *
 * engineContract("shelf", {
 *   engine: shelf,
 *   accelerators: ["getMany", "setMany", "commit"], // the optional methods that its stores have
 *   open: { url: "shelf://localhost" }, // what all stores are opened with
 *   unavailable: "Shelf" in globalThis ? undefined : "there is no Shelf here",
 * });
 * ```
 *
 * @module
 */
export { chaosEngine } from "./contract/chaos_engine.ts";
export { type ContractOptions, engineContract } from "./contract/engine_contract.ts";
export { FakeClock } from "./contract/fake_clock.ts";
export {
  type Fault,
  type FaultPlan,
  type Faults,
  type Operation,
  seededFaults,
  type SeededFaultsOptions,
} from "./contract/faults.ts";
export { type AcceleratorName, acceleratorNames } from "../src/contract/accelerators.ts";
