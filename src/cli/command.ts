import type { OptionName, Order } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** How a command ended that threw nothing: `"failed"` when a part of what was asked for could not be done. */
export type Outcome = "done" | "failed";

/** One command of the program. */
export interface Command {
  readonly name: string;
  /** The words that it takes after its name, as the help shows them, and how many at most. */
  readonly takes: string;
  readonly most: number;
  /** What it does, in one line. */
  readonly about: string;
  /** What else somebody has to know who uses it. */
  readonly details: string;
  readonly options: readonly OptionName[];
  /** Does it. Throws a `ConfigurationError` for wrong use, and anything else where it failed. */
  run(order: Order, terminal: Terminal): Promise<Outcome>;
}

/** The options that say where caches lie. */
export const WHERE = ["folder", "engine", "cache-dir", "url"] as const;
