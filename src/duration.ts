/** A span of time: milliseconds, or a number with its unit such as `"250ms"`, `"30s"`, `"5m"`, `"2h"` or `"7d"`. `Infinity` is for ever. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The milliseconds of a duration, or `undefined` when it is none: not a number, not over 0, or without a known unit. */
export function milliseconds(duration: unknown): number | undefined {
  if (typeof duration === "number") return duration > 0 ? duration : undefined;
  if (typeof duration !== "string") return undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration);
  const span = match === null ? 0 : Number(match[1]) * MILLISECONDS[match[2]!]!;
  return span > 0 ? span : undefined;
}
