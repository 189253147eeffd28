import { makeKey } from "../../src/key/make_key.ts";
import { differentValues, registerDifferentValues } from "./different_values.ts";

const keys: Readonly<Record<string, () => string>> = {
  "no argument": () => makeKey([]),
  "three primitives": () => makeKey([42, "user:1", true]),
  "a record": () => makeKey([{ page: 2, limit: 20, filter: { tag: ["a", "b"], since: new Date(1e12) } }]),
  "names beyond ASCII": () => makeKey([{ "é": 1, "日本": 2, "\u{1f600}": 3, "\ud83d": 4, "\uffff": 5 }]),
  "names like numbers": () => makeKey([{ 10: "a", 9: "b", "-1": "c", "01": "d" }]),
  "numbers as they print": () =>
    makeKey([[0.1, 1e21, 1e-7, 123456789012345680000, 5e-324, 1.7976931348623157e308, -1.5]]),
  "long text": () => makeKey(["é€😀x".repeat(5_000)]),
  "long binary": () => makeKey([Float64Array.from({ length: 1_000 }, (_, i) => i / 3)]),
  "floats that are no numbers": () => makeKey([new Float32Array([NaN, 1]), new Float64Array([0 / 0, Infinity])]),
  "sixteen-bit views": () => makeKey([new Int16Array([1, -1]), new Uint16Array([1, 65_535])]),
  "bytes of Node": () => makeKey([{ bytes: new Uint8Array([1, 2, 3]) }]),
  "errors in errors": () => makeKey([new TypeError("a", { cause: new AggregateError([new RangeError("b")], "c") })]),
  "an aborted request": () => makeKey([new DOMException("gone", "AbortError")]),
  "headers that repeat": () =>
    makeKey([new Headers([["b", "1"], ["A", "2"], ["b", "3"], ["set-cookie", "x"], ["set-cookie", "y"]])]),
  "search parameters to escape": () => makeKey([new URLSearchParams([["a b", "é&="], ["a b", ""]])]),
  "a URL to escape": () => makeKey([new URL("https://user:pass@example.com:443/a b/../é?q=1 2#f")]),
  "maps of maps": () =>
    makeKey([new Map<unknown, unknown>([[new Map([[1, 2]]), new Set([[3], "x"])], [null, undefined]])]),
  "rounded": () => makeKey([{ at: [1.005, 2.345, -0.001] }], { keyRound: 2 }),
  "without what is ignored": () => makeKey([0, { debug: true }, { debug: 1, a: 1 }], { ignoreArgs: [1, "debug"] }),
  "from a key": () => makeKey([{ id: 5, rest: () => 1 }], { key: (user: { id: number }) => ["user", user.id] }),
  "of a function": () => makeKey([1], { name: "load" }),
  "of a version": () => makeKey([1], { name: "Load User", version: "2026-11" }),
};

/** Keys that every runtime and every release with this grammar makes, by description. */
export function goldenKeys(): Record<string, string> {
  registerDifferentValues();
  const found: Record<string, string> = {};
  for (const [description, make] of Object.entries(keys)) found[description] = make();
  for (const { difference, one, other } of differentValues) {
    found[`${difference}: one`] = makeKey(one);
    found[`${difference}: other`] = makeKey(other);
  }
  return found;
}
