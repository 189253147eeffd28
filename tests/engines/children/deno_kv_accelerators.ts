import type { AcceleratorName } from "../../../src/contract/accelerators.ts";

/** The optional methods of a store in Deno KV. */
export const accelerators: readonly AcceleratorName[] = [
  ...["getMany", "setMany", "deleteMany", "touch", "sweep"] as const,
  ...["commit", "lease", "release", "watch", "check"] as const,
];
