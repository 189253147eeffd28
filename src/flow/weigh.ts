const NODES_AT_MOST = 1_000;

/**
 * Estimates what a value occupies in memory, in bytes.
 *
 * Exact for strings and binary data, which is where the weight is; 8 bytes a number and 16 an object or array besides its
 * content. Of a value with more than 1,000 parts the first 1,000 are weighed and the rest is taken to be alike.
 */
export function weigh(value: unknown): number {
  const pending: unknown[] = [value];
  const seen = new Set<object>();
  let total = 0;
  let nodes = 0;
  let passedOver = 0;
  while (pending.length > 0 && nodes < NODES_AT_MOST) {
    const next = pending.pop();
    nodes++;
    if (typeof next === "string") total += 2 * next.length;
    else if (typeof next !== "object" || next === null) total += 8;
    else if (!seen.has(next)) {
      seen.add(next);
      total += 16;
      if (ArrayBuffer.isView(next) || next instanceof ArrayBuffer) total += next.byteLength;
      else passedOver += pushParts(pending, next);
    }
  }
  return Math.ceil(total * (nodes + pending.length + passedOver) / nodes);
}

/** Adds the parts of an object to what is to be weighed, as many as count; returns how many were passed over. */
function pushParts(pending: unknown[], of: object): number {
  if (Array.isArray(of)) {
    const most = Math.min(of.length, NODES_AT_MOST);
    for (let index = 0; index < most; index++) pending.push(of[index]);
    return of.length - most;
  }
  const parts: Iterable<unknown> = of instanceof Map ? of.entries() : of instanceof Set ? of : dataOf(of);
  let taken = 0;
  for (const part of parts) {
    if (taken++ >= NODES_AT_MOST) return (of instanceof Map || of instanceof Set) ? of.size - NODES_AT_MOST : 0;
    pending.push(part);
  }
  return 0;
}

/** A getter may throw or cost anything; only data is weighed. */
function* dataOf(of: object): Generator<unknown> {
  for (const name of Object.keys(of)) {
    const property = Object.getOwnPropertyDescriptor(of, name);
    if (property !== undefined && "value" in property) {
      yield name;
      yield property.value;
    }
  }
}
