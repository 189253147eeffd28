const place = globalThis as { TWAT_TEST_BINDINGS?: Readonly<Record<string, unknown>> };

/** Lays the bindings of a worker down where tests find them, whichever bundle they are in. */
export function provide(bindings: Readonly<Record<string, unknown>>): void {
  place.TWAT_TEST_BINDINGS = bindings;
}

/** A binding of the worker that runs the test: `KV` is a namespace of Workers KV. `undefined` where there are no bindings. */
export function binding<T>(name: string): T | undefined {
  return place.TWAT_TEST_BINDINGS?.[name] as T | undefined;
}
