/** What a command line speaks to. */
export interface Terminal {
  /** Writes text, or bytes as they are, to the standard output. */
  out(chunk: string | Uint8Array): void;
  /** Writes a line to the standard error output. */
  err(line: string): void;
  /** The present instant, in milliseconds since the epoch. */
  now(): number;
}
