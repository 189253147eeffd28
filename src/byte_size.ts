/** An amount of bytes: a number, or one with its unit. `KB MB GB TB` count in thousands, `KiB MiB GiB TiB` in 1,024s. */
export type ByteSize = number | `${number}${"B" | "KB" | "MB" | "GB" | "TB" | "KiB" | "MiB" | "GiB" | "TiB"}`;

/** The number of bytes, or `undefined` when it is none: not a number, not over 0, or without a known unit. */
export function bytes(size: unknown): number | undefined {
  if (typeof size === "number") return size > 0 ? size : undefined;
  if (typeof size !== "string") return undefined;
  const match = /^(\d+(?:\.\d+)?)\s?([KMGT]?)(i?)B$/.exec(size);
  if (match === null || (match[2] === "" && match[3] === "i")) return undefined;
  const amount = Number(match[1]) * (match[3] === "i" ? 1024 : 1000) ** (" KMGT".indexOf(match[2] || " "));
  return amount > 0 ? Math.floor(amount) : undefined;
}
