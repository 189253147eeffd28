/** A copy of a value whose encoding is text, as `encodingOf` proves it: a tree of plain values, `Date`, `Map` and `Set`. */
export function copyTree(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyTree);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    for (const [key, item] of value) copy.set(copyTree(key), copyTree(item));
    return copy;
  }
  if (value instanceof Set) {
    const copy = new Set<unknown>();
    for (const item of value) copy.add(copyTree(item));
    return copy;
  }
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) copy[name] = copyTree((value as Record<string, unknown>)[name]);
  return copy;
}
