import { runtimeName } from "../contract/expected_engines.ts";

/** Whether the runtime at hand must have zstd. Only Node 20 lacks it. */
export function hasZstd(): boolean {
  return runtimeName() !== "node 20";
}
