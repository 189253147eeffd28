import type { Body } from "../../src/contract/entry.ts";
import type { Head } from "./ledger.ts";

/** A place for bodies outside of the database. A slip, which is unique, tells where one is. */
export interface Depot {
  /** The handle that a person may want to reach. */
  readonly native: unknown;
  /** Puts a body away and gives the slip for it; `undefined` for one that it cannot take, which then goes into the database. */
  deposit(key: string, body: Body): Promise<string | undefined>;
  /** Fetches a body; `undefined` when it is not there or not whole. */
  fetch(slip: string): Promise<Body | undefined>;
  /** Drops bodies. Never fails: what is left lying is found by `tidy`. */
  discard(slips: readonly string[]): Promise<void>;
  /** Drops bodies that were put away long ago and that no slip leads to, if there are more bodies than entries. */
  tidy(entries: number, slips: () => Promise<ReadonlySet<string>>): Promise<void>;
}

/** The slips of bodies that are in a depot. */
export function slipsOf(heads: Iterable<Head>): string[] {
  return [...heads].flatMap(({ slip }) => slip ?? []);
}
