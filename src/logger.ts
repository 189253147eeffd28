import { attend } from "./audience.ts";

/** Where the cache writes what a person should know. `console` is one. */
export interface Logger {
  /** Writes at level "debug". */
  debug(message: string, ...details: unknown[]): void;
  /** Writes at level "info". */
  info(message: string, ...details: unknown[]): void;
  /** Writes at level "warn". */
  warn(message: string, ...details: unknown[]): void;
  /** Writes at level "error". */
  error(message: string, ...details: unknown[]): void;
}

/** How much is written: everything from the named severity up, or nothing. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** The levels, from the most to the least talkative. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];

let level: LogLevel = "warn";
let shared: Logger | undefined;

/** Sends the messages of all caches that have no `logger` of their own to `logger`; `undefined` means `console` again. */
export function setLogger(logger: Logger | undefined): void {
  shared = logger;
}

/**
 * Sets how much is written by all caches. The default is `"warn"`. `"info"` tells, once a cache, when entries begin to leave for
 * room, too; `"debug"` writes a line per event, with the end of its key.
 */
export function setLogLevel(next: LogLevel): void {
  level = next;
  attend("log", next === "debug");
}

/** How much is written at present. */
export function logLevel(): LogLevel {
  return level;
}

/** Writes a message, unless the level leaves it out. A logger that throws is ignored: it must not break a call. */
export function log(severity: Exclude<LogLevel, "silent">, message: string, own?: Logger, ...details: unknown[]): void {
  if (LOG_LEVELS.indexOf(severity) < LOG_LEVELS.indexOf(level)) return;
  try {
    (own ?? shared ?? (globalThis.console as Logger | undefined))?.[severity](message, ...details);
  } catch {
    // The only place left to report to is the logger that has just failed.
  }
}
