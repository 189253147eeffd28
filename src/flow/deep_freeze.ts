/**
 * Freezes a value and everything it holds, in place.
 *
 * What the language cannot freeze stays as it is: views of bytes, and the content of a `Map`, `Set` or `Date`.
 */
export function deepFreeze<T>(value: T): T {
  const pending: unknown[] = [value];
  const seen = new Set<object>();
  while (pending.length > 0) {
    const next = pending.pop();
    if (next === null || typeof next !== "object" || seen.has(next) || ArrayBuffer.isView(next)) continue;
    seen.add(next);
    Object.freeze(next);
    for (const name of Reflect.ownKeys(next)) {
      const property = Object.getOwnPropertyDescriptor(next, name);
      if (property !== undefined && "value" in property) pending.push(property.value);
    }
    if (next instanceof Map) { for (const [key, item] of next) pending.push(key, item); }
    if (next instanceof Set) { for (const item of next) pending.push(item); }
  }
  return value;
}
