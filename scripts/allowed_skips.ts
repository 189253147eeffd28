import type { RuntimeName } from "./matrix/runtimes.ts";

/** A skip that a run in CI may have. Every other one fails it. */
export interface AllowedSkip {
  readonly on: RuntimeName;
  /** A piece of the test's whole name, `outer > inner`; without it the runtime as a whole may be missing. */
  readonly test?: string;
  readonly because: string;
}

const needsPermissions = {
  test: "without permissions nothing asks",
  because: "only Deno has permissions that can be withheld",
};

/** The skips that CI allows. An entry says which ability the runtime lacks; "flaky" or "slow" is not a reason. */
export const allowedSkips: readonly AllowedSkip[] = [
  { on: "bun", ...needsPermissions },
  { on: "node", ...needsPermissions },
  { on: "node20", ...needsPermissions },
  {
    on: "node20",
    test: "the module exports the types that are written down",
    because: "types are gone from built JavaScript",
  },
];
