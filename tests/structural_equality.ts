/** Properties in which runtimes note where an error arose. */
const PLACES = new Set([
  ...["line", "column", "sourceURL", "originalLine", "originalColumn"],
  ...["fileName", "lineNumber", "columnNumber", "stack"],
]);

/**
 * Where two values differ, or `undefined` when nobody could tell one from the other: same types, prototypes, properties, order of
 * Maps and Sets, bytes, and the same objects in the same places. Not compared: whether objects are frozen, and the buffers
 * around views.
 */
export function difference(left: unknown, right: unknown): string | undefined {
  const partners = new Map<object, object>();
  const reverse = new Map<object, object>();
  const open: [unknown, unknown, string][] = [[left, right, "value"]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [a, b, path] = next;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
      if (!Object.is(a, b)) return `${path}: ${show(a)} is not ${show(b)}`;
      continue;
    }
    if (partners.has(a) || reverse.has(b)) {
      if (partners.get(a) !== b || reverse.get(b) !== a) return `${path}: not the same object in the same places`;
      continue;
    }
    partners.set(a, b);
    reverse.set(b, a);
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path}: prototypes differ`;
    const found = contentDifference(a, b, path, open) ?? propertyDifference(a, b, path, open);
    if (found !== undefined) return found;
  }
  return undefined;
}

function contentDifference(a: object, b: object, path: string, open: [unknown, unknown, string][]): string | undefined {
  const tag = Object.prototype.toString.call(a);
  if (tag !== Object.prototype.toString.call(b)) return `${path}: ${tag} is not ${Object.prototype.toString.call(b)}`;
  if (a instanceof Map && b instanceof Map) {
    if (a.size !== b.size) return `${path}: sizes differ`;
    const others = [...b];
    [...a].forEach(([key, value], i) => {
      open.push([key, others[i]![0], `${path}.key(${i})`], [value, others[i]![1], `${path}.value(${i})`]);
    });
  } else if (a instanceof Set && b instanceof Set) {
    if (a.size !== b.size) return `${path}: sizes differ`;
    const others = [...b];
    [...a].forEach((member, i) => open.push([member, others[i], `${path}.member(${i})`]));
  } else if (a instanceof Date && b instanceof Date) {
    if (!Object.is(a.getTime(), b.getTime())) return `${path}: times differ`;
  } else if (a instanceof RegExp && b instanceof RegExp) {
    if (String(a) !== String(b) || a.lastIndex !== b.lastIndex) return `${path}: expressions differ`;
  } else if (a instanceof URL || a instanceof URLSearchParams) {
    if (String(a) !== String(b)) return `${path}: ${String(a)} is not ${String(b)}`;
  } else if (a instanceof Error && b instanceof Error) {
    if (a.stack !== b.stack) return `${path}: stacks differ`;
  } else if (a instanceof Number || a instanceof String || a instanceof Boolean || a instanceof BigInt) {
    if (!Object.is(a.valueOf(), b.valueOf())) return `${path}: boxed values differ`;
  } else if (ArrayBuffer.isView(a) || a instanceof ArrayBuffer) {
    const [one, other] = [bytesOf(a), bytesOf(b as ArrayBufferView)];
    if (one.length !== other.length) return `${path}: ${one.length} bytes are not ${other.length}`;
    for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return `${path}: byte ${i} differs`;
  }
  return undefined;
}

function propertyDifference(
  a: object,
  b: object,
  path: string,
  open: [unknown, unknown, string][],
): string | undefined {
  if (ArrayBuffer.isView(a) && a.byteLength > 4096) return undefined;
  if (a instanceof URL || a instanceof URLSearchParams) return undefined;
  const isError = a instanceof Error;
  const names = (value: object) => Reflect.ownKeys(value).filter((name) => !isError || !PLACES.has(name as string));
  const [mine, theirs] = [names(a), names(b)];
  // Errors differ between runtimes in the order in which they get their hidden properties.
  if (isError) [mine, theirs].forEach((list) => list.sort((x, y) => String(x) < String(y) ? -1 : 1));
  if (mine.length !== theirs.length || mine.some((name, i) => name !== theirs[i])) {
    return `${path}: properties ${mine.map(String).join()} are not ${theirs.map(String).join()}`;
  }
  for (const name of mine) {
    const one = Object.getOwnPropertyDescriptor(a, name)!;
    const other = Object.getOwnPropertyDescriptor(b, name)!;
    if (!("value" in one) || !("value" in other) || one.enumerable !== other.enumerable) {
      return `${path}.${String(name)}: kinds of property differ`;
    }
    open.push([one.value, other.value, `${path}.${String(name)}`]);
  }
  return undefined;
}

function bytesOf(value: ArrayBufferView | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

function show(value: unknown): string {
  return Object.is(value, -0) ? "-0" : typeof value === "bigint" ? `${value}n` : String(value).slice(0, 80);
}
