import { digest } from "./digest.ts";
import { identify } from "./identity.ts";
import { joinKey } from "./join_key.ts";
import { keyMaker, type KeyOptions } from "./key_maker.ts";

/** What a key is made from besides the arguments. */
export interface MakeKeyOptions extends KeyOptions {
  /** The name of the cached function, as its option `name`. */
  readonly name?: string | undefined;
  /** Its version, as its option `version`. A digest of the source is not known here: give a text of your own. */
  readonly version?: string | undefined;
}

/**
 * The key of a call with these arguments, the same on every runtime and in every process.
 *
 * With `name` it is the key that engines and events have for a function with these options and an explicit `version`
 * (or, in memory, with none): `<scope>/<version>-<digest>`. Without `name` it is the digest alone, 40 hexadecimal
 * digits.
 *
 * Throws a `CacheKeyError` that names the argument when something in it cannot be keyed.
 *
 * @example
 * ```ts
 * import { makeKey } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * assert.equal(makeKey([{ a: 1, b: 2 }]), makeKey([{ b: 2, a: 1 }]));
 * assert.notEqual(makeKey([1]), makeKey(["1"]));
 * assert.match(makeKey([1], { name: "load", version: "2" }), /^load-[0-9a-f]{8}\/[0-9a-f]{8}-[0-9a-f]{40}$/);
 * ```
 */
export function makeKey(args: readonly unknown[], options: MakeKeyOptions = {}): string {
  const text = keyMaker(options)(undefined, args);
  if (options.name === undefined) return digest(text);
  const { name, version } = options;
  return joinKey(identify(undefined, { name, version, persistent: false }), text);
}
