import type { Head } from "./ledger.ts";

/** Of what is kept, the part that leaves besides what has to, so that not every write has to make room. */
const EXTRA = 0.1;

/**
 * The entries that leave so that there is room for a body of a length: entries that are gone first, then the least recently
 * used. None when that much is not there: then something else fills the storage.
 */
export function leavingFor(heads: readonly Head[], length: number, now: number): Head[] {
  const total = heads.reduce((sum, head) => sum + head.length, 0);
  if (length > total) return [];
  const rank = ({ goneAt, accessedAt }: Head) => goneAt <= now ? -Infinity : accessedAt;
  const order = [...heads].sort((a, b) => rank(a) - rank(b) || 0);
  const leaving: Head[] = [];
  let freed = 0;
  for (const head of order) {
    if (freed >= length + total * EXTRA) break;
    leaving.push(head);
    freed += head.length;
  }
  return leaving;
}
