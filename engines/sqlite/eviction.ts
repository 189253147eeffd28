import type { Bounds, PolicyName } from "../../src/contract/store.ts";
import { SCOPE, type SqliteConnection } from "./connection.ts";
import { scopeOf, type Span, spanOf } from "./key.ts";

interface Order {
  readonly by: string;
  /** The index that has this order, by name and columns. */
  readonly index: readonly [name: string, columns: string];
}

const unreadFirst: Order = {
  by: "hits, CASE hits WHEN 0 THEN storedAt ELSE accessedAt END",
  index: ["unread", "hits, CASE hits WHEN 0 THEN storedAt ELSE accessedAt END"],
};

/** In which order entries leave; equals leave by key. */
const orders: Readonly<Record<Exclude<PolicyName, "rr">, Order>> = {
  lru: { by: "accessedAt", index: ["accessed", "accessedAt"] },
  mru: { by: "accessedAt DESC", index: ["accessed", "accessedAt"] },
  lfu: { by: "hits, accessedAt", index: ["used", "hits, accessedAt"] },
  fifo: { by: "storedAt", index: ["stored", "storedAt"] },
  lifo: { by: "storedAt DESC", index: ["stored", "storedAt"] },
  ttl: { by: "freshUntil, storedAt", index: ["expiring", "freshUntil, storedAt"] },
  sieve: unreadFirst,
  s3fifo: unreadFirst,
  tinylfu: unreadFirst,
};

const MANY = 1_000;

type Candidate = readonly [id: number, key: string, size: number];

/** Drops entries under a prefix until the bounds hold, never `keep`; returns their keys as they left. Wants a transaction. */
export function evict(
  connection: SqliteConnection,
  prefix: string,
  bounds: Bounds,
  keep: string | undefined,
  random: () => number,
): string[] {
  let { entries, bytes } = connection.usage(prefix);
  // A cache that is trimmed at every write is never so far over its bounds: the count is wrong.
  const far = entries > 2 * bounds.maxSize + MANY || bytes > 2 * bounds.maxBytes + MANY;
  if (far && prefix !== "") ({ entries, bytes } = connection.recount(prefix));
  const next = bounds.policy === "rr"
    ? byChance(connection, prefix, keep, random)
    : inOrder(connection, prefix, orders[bounds.policy], keep, entries);
  const drop = connection.statement("DELETE FROM entry WHERE id = ?");
  const gone: string[] = [];
  while (entries > bounds.maxSize || bytes > bounds.maxBytes) {
    const candidates = next(Math.min(Math.max(entries - bounds.maxSize, 16), 1_000));
    if (candidates.length === 0) break;
    for (const [id, key, size] of candidates) {
      if (entries <= bounds.maxSize && bytes <= bounds.maxBytes) break;
      drop.run(id);
      gone.push(key);
      entries--;
      bytes -= size;
    }
  }
  return gone;
}

type Next = (count: number) => readonly Candidate[];

function inOrder(
  connection: SqliteConnection,
  prefix: string,
  { by, index: [name, columns] }: Order,
  keep: string | undefined,
  entries: number,
): Next {
  const { first, last, from, to } = spanOf(prefix);
  const indexed = prefix !== "" && connection.index(name, columns, entries);
  const place = indexed ? [scopeOf(prefix)] : [first, last];
  const statement = connection.statement(
    `SELECT id, key, size FROM entry WHERE ${
      indexed ? `${SCOPE} = ?` : "digest BETWEEN ? AND ?"
    } AND key >= ? AND key < ? AND key <> ?
     ORDER BY ${by}, key LIMIT ?`,
  );
  return (count) => statement.all(...place, from, to, keep ?? "", count) as unknown as readonly Candidate[];
}

/** Candidates drawn by a random digest, so that all are about as likely. */
function byChance(connection: SqliteConnection, prefix: string, keep: string | undefined, random: () => number): Next {
  const span: Span = spanOf(prefix);
  const statement = connection.statement(
    "SELECT id, key, size FROM entry WHERE digest BETWEEN ? AND ? AND key >= ? AND key < ? AND key <> ? ORDER BY digest LIMIT 1",
  );
  return () => {
    const start = span.first + Math.floor(random() * (span.last - span.first));
    const from = (first: number) => statement.all(first, span.last, span.from, span.to, keep ?? "");
    const found = from(start);
    return (found.length > 0 ? found : from(span.first)) as unknown as readonly Candidate[];
  };
}
