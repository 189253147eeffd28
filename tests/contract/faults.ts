import { random } from "../random.ts";

/** What a store can be asked for, and `"open"`, which is asked of the engine. */
export type Operation =
  | "open"
  | "get"
  | "set"
  | "delete"
  | "entries"
  | "clear"
  | "usage"
  | "getMany"
  | "setMany"
  | "deleteMany"
  | "touch"
  | "sweep"
  | "trim"
  | "commit"
  | "lease"
  | "release"
  | "watch"
  | "check";

/**
 * What goes wrong with one operation:
 *
 * - `"throw"`: it throws before it has done anything.
 * - `"reject"`: it gives a promise that rejects.
 * - `"full"`, `"busy"`, `"unreachable"`: it rejects with an `EngineError` whose code says so.
 * - `"hang"`: it gives a promise that never settles.
 * - `{ delay }`: it is done so many milliseconds later.
 * - `"unacknowledged"`: it is done, and then rejects.
 * - `"forget"`: nothing is done, and the answer is that there is nothing.
 * - `"tear"`, `"flip"`: `get` and `getMany` give, and `set`, `setMany` and `commit` keep, a body that is cut in half or has
 *   one bit changed. Values that are no text or bytes are left as they are.
 * - `"lie"`: `get` and `getMany` give the entry of another key, if the store has had one; `usage` counts wrongly;
 *   `delete`, `commit` and `lease` do nothing and say that they did.
 */
export type Fault =
  | "throw"
  | "reject"
  | "full"
  | "busy"
  | "unreachable"
  | "hang"
  | "unacknowledged"
  | "forget"
  | "tear"
  | "flip"
  | "lie"
  | { readonly delay: number };

/** Which operations go wrong, and how. Read anew at each operation, so that a test can switch faults on and off. */
export type Faults = { [operation in Operation]?: Fault | undefined };

/** Decides at each operation whether it goes wrong, and how. */
export type FaultPlan = (operation: Operation) => Fault | undefined;

/** Which faults a seeded plan makes. */
export interface SeededFaultsOptions {
  /** How likely each operation is to go wrong, from 0 to 1. 0.3 by default. */
  readonly rate?: number | undefined;
  /** The faults to choose from; each is as likely as the others. By default all that do not take time. */
  readonly among?: readonly Fault[] | undefined;
  /** The operations that may go wrong. By default all but `"open"`. */
  readonly operations?: readonly Operation[] | undefined;
}

const atOnce: readonly Fault[] = [
  "throw",
  "reject",
  "full",
  "busy",
  "unreachable",
  "unacknowledged",
  "forget",
  "tear",
  "flip",
];

/** A plan of random faults, the same for the same seed and the same operations in the same order. */
export function seededFaults(seed: number, options: SeededFaultsOptions = {}): FaultPlan {
  const { rate = 0.3, among = atOnce, operations } = options;
  const next = random(seed);
  return (operation) => {
    const [chance, choice] = [next(), next()];
    const may = operations?.includes(operation) ?? operation !== "open";
    return may && chance < rate ? among[Math.floor(choice * among.length)] : undefined;
  };
}
