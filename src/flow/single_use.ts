/** What kind of thing a value is that gives its content only once, such as a generator or a stream; `undefined` for any other. */
export function singleUse(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { next, getReader } = value as { next?: unknown; getReader?: unknown };
  if (typeof next === "function" && (Symbol.iterator in value || Symbol.asyncIterator in value)) return "an iterator";
  if (typeof getReader === "function") return "a stream";
  const body = typeof (value as { bodyUsed?: unknown }).bodyUsed === "boolean";
  return body ? `a ${value.constructor?.name ?? "body"}` : undefined;
}
