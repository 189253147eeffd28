/**
 * Random values for property tests, each described by a recipe that says what it is without the code under test.
 *
 * A recipe is JSON. Its canonical text sorts what has no order, so two recipes have the same text exactly if they make
 * equal values.
 */
export type Recipe =
  | readonly ["primitive", string]
  | readonly ["list", readonly Recipe[]]
  | readonly ["holes", number, number]
  | readonly ["object" | "bare", readonly (readonly [string, Recipe])[]]
  | readonly ["map", readonly (readonly [Recipe, Recipe])[]]
  | readonly ["set", readonly Recipe[]]
  | readonly ["date", number | null]
  | readonly ["boxed", string]
  | readonly ["error", string, string]
  | readonly ["bytes", string, readonly number[]]
  | readonly ["url" | "params" | "pattern", string];

/** Few values that look alike, so that near collisions are common. */
const primitives: Readonly<Record<string, unknown>> = {
  "null": null,
  "undefined": undefined,
  "true": true,
  "false": false,
  "0": 0,
  "-0": -0,
  "1": 1,
  "-1": -1,
  "12": 12,
  "1.5": 1.5,
  "1e21": 1e21,
  "NaN": NaN,
  "Infinity": Infinity,
  "1n": 1n,
  "0n": 0n,
  "-1n": -1n,
  ...Object.fromEntries(
    [
      "",
      "0",
      "1",
      "a",
      "b",
      "ab",
      ",",
      ",1",
      "'1:a",
      ",'1:a",
      "]",
      "}",
      "a,'1:b",
      "null",
      "[]",
      "{}",
      "\0",
      "\ud800",
      "\udc00",
      "é",
      "\u{1f600}",
      "^1",
      "x".repeat(300),
    ]
      .map((text) => [`text ${text}`, text]),
  ),
};
const views: Readonly<Record<string, (bytes: readonly number[]) => object>> = {
  Int8Array: (bytes) => new Int8Array(bytes),
  Uint8Array: (bytes) => new Uint8Array(bytes),
  Uint8ClampedArray: (bytes) => new Uint8ClampedArray(bytes),
  Int16Array: (bytes) => new Int16Array(bytes),
  Float64Array: (bytes) => new Float64Array(bytes),
  ArrayBuffer: (bytes) => new Uint8Array(bytes).buffer,
  DataView: (bytes) => new DataView(new Uint8Array(bytes).buffer),
};
const names = ["a", "b", "ab", "1", "2", "10", "", "a'", "1:a", "__proto__", "constructor", "length", "é"];

const OPEN = { enumerable: true, writable: true, configurable: true };

/** A random recipe, nested at most `depth` deep. */
export function randomRecipe(next: () => number, depth: number): Recipe {
  const some = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
  const several = <T>(make: () => T): T[] => Array.from({ length: Math.floor(next() * 4) }, make);
  const inner = () => randomRecipe(next, depth - 1);
  const kind = depth <= 0 ? 0 : Math.floor(next() * 16);
  const entries = () => [...new Map(several(() => [some(names), inner()] as const))];
  switch (kind) {
    case 4:
    case 5:
      return ["list", several(inner)];
    case 6:
    case 7:
      return ["object", entries()];
    case 8:
      return ["bare", entries()];
    case 9:
      return [
        "map",
        [...new Map(several(() => [canonical(asKey(inner())), inner()] as const))].map((
          [key, item],
        ) => [JSON.parse(key), item]),
      ];
    case 10:
      return ["set", [...new Set(several(() => canonical(asKey(inner()))))].map((text) => JSON.parse(text) as Recipe)];
    case 11:
      return ["date", some([0, 1, null])];
    case 12:
      return ["boxed", some(["0", "-0", "1", "true", "1n", "text 1", "text a"])];
    case 13:
      return ["error", some(["Error", "TypeError"]), some(["a", "b", ""])];
    case 14:
      return ["bytes", some(Object.keys(views)), several(() => Math.floor(next() * 3))];
    case 15:
      return some<Recipe>([
        ["url", "http://a/"],
        ["url", "http://a/?1"],
        ["params", "a=1"],
        ["params", "a=1&b=2"],
        ["pattern", "a"],
        ["pattern", "b"],
        ["holes", 1, 0],
        ["holes", 2, 0],
        ["holes", 2, 1],
      ]);
    default:
      return ["primitive", some(Object.keys(primitives))];
  }
}

/** A map and a set take -0 for 0. */
function asKey(recipe: Recipe): Recipe {
  return recipe[0] === "primitive" && recipe[1] === "-0" ? ["primitive", "0"] : recipe;
}

/** The text that two recipes share exactly if they make equal values. */
export function canonical(recipe: Recipe): string {
  switch (recipe[0]) {
    case "list":
      return `["list",[${recipe[1].map(canonical).join(",")}]]`;
    case "object":
    case "bare":
    case "map":
    case "set": {
      const parts = recipe[0] === "set"
        ? recipe[1].map(canonical)
        : recipe[1].map(([key, item]) =>
          `[${typeof key === "string" ? JSON.stringify(key) : canonical(key)},${canonical(item)}]`
        );
      return `[${JSON.stringify(recipe[0])},[${parts.sort().join(",")}]]`;
    }
    default:
      return JSON.stringify(recipe);
  }
}

/** A new value of a recipe, what has no order in a random one. */
export function build(recipe: Recipe, next: () => number): unknown {
  const shuffled = <T>(items: readonly T[]): T[] =>
    items.map((item) => [next(), item] as const).sort(([one], [other]) => one - other).map(([, item]) => item);
  switch (recipe[0]) {
    case "primitive":
      return primitives[recipe[1]];
    case "list":
      return recipe[1].map((item) => build(item, next));
    case "holes": {
      const list: unknown[] = new Array(recipe[1]);
      if (recipe[2] > 0) list[recipe[2] - 1] = undefined;
      return list;
    }
    case "object":
    case "bare": {
      const object: object = recipe[0] === "bare" ? Object.create(null) : {};
      for (const [name, part] of shuffled(recipe[1])) {
        const item = build(part, next);
        if (name === "__proto__") Object.defineProperty(object, name, { ...OPEN, value: item });
        else (object as Record<string, unknown>)[name] = item;
      }
      return object;
    }
    case "map":
      return new Map(shuffled(recipe[1]).map(([key, item]) => [build(key, next), build(item, next)]));
    case "set":
      return new Set(shuffled(recipe[1]).map((item) => build(item, next)));
    case "date":
      return new Date(recipe[1] ?? NaN);
    case "boxed":
      return Object(primitives[recipe[1]]);
    case "error":
      return recipe[1] === "Error" ? new Error(recipe[2]) : new TypeError(recipe[2]);
    case "bytes":
      return views[recipe[1]]!(recipe[2]);
    case "url":
      return new URL(recipe[1]);
    case "params":
      return new URLSearchParams(recipe[1]);
    case "pattern":
      return new RegExp(recipe[1], "g");
  }
}
