import type { Refusal } from "../errors.ts";

/** Why engines could not serve, in words: those with the same reason together. */
export function refusalsText(refused: readonly Refusal[]): string {
  const byReason = new Map<string, string[]>();
  for (const { engine, reason } of refused) byReason.set(reason, [...byReason.get(reason) ?? [], `"${engine}"`]);
  return [...byReason].map(([reason, engines]) => `${engines.join(", ")}: ${reason}`).join("; ");
}
