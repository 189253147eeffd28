import type { Logger } from "../src/logger.ts";

/** A logger that remembers instead of writing. */
export class QuietLogger implements Logger {
  readonly lines: string[] = [];

  /** The warnings. */
  get warnings(): string[] {
    return this.lines.filter((line) => line.startsWith("warn "));
  }

  debug(message: string): void {
    this.lines.push(`debug ${message}`);
  }
  info(message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(message: string): void {
    this.lines.push(`error ${message}`);
  }
}
