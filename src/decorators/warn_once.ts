import { log, type Logger } from "../logger.ts";

/** Warns of each kind of trouble once, so that a broken disk does not write a line per call. */
export function warnOnce(logger: Logger | undefined): (message: string, error: unknown) => void {
  const warned = new Set<string>();
  return (message, error) => {
    if (warned.has(message)) return;
    warned.add(message);
    const cause = error instanceof Error ? error.message : String(error);
    log("warn", `${message} (${cause}); this is said once`, logger);
  };
}
