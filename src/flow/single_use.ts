/** What kind of thing a value is that gives its content only once, such as an iterator or a stream; `undefined` for any other. */
export function singleUse(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    const { next, getReader, pipe, bodyUsed } = value as Readonly<Record<string, unknown>>;
    const iterates = Symbol.iterator in value || Symbol.asyncIterator in value;
    if (typeof next === "function" && iterates) return "an iterator";
    if (typeof getReader === "function" || typeof pipe === "function" && iterates) return "a stream";
    return typeof bodyUsed === "boolean" ? `a ${value.constructor?.name ?? "body"}` : undefined;
  } catch {
    // One that cannot be looked at.
    return undefined;
  }
}
