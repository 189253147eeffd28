import { endsPromises } from "../src/runtime/requests.ts";

/** Why callers do not share a result that flows here; `false` where they do. */
export const unshared: string | false = endsPromises(globalThis as never) &&
  "a stream must not cross requests here, so nobody joins a result that flows";
