import type { Connection, Hearing, Subscription } from "./connection.ts";

/** Where connections to one server come from. */
export interface Source {
  /** The server, as messages name it. */
  readonly where: string;
  /** A connection that takes commands, if there is one now. */
  readonly connection: Connection | undefined;
  /** Why there is none. */
  readonly failure: unknown;
  /** Told that a connection does not answer. */
  silent(reason: unknown): void;
  /** Opens a connection that hears what is published on a channel. */
  subscribe(channel: string, hearing: Hearing): Promise<Subscription>;
  /** Closes what was opened here. */
  close(): void;
}
