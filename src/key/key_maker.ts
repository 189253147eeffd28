import { DROPPED } from "./append_primitive.ts";
import { fingerprint } from "./fingerprint.ts";
import { withoutSignals } from "./signals.ts";
import { GIVE_KEY, refusal, thrownText } from "./refusal.ts";

/** How the arguments of a function become the text that identifies a call. */
export interface KeyOptions {
  /** Gives what identifies a call, of any type that can be keyed. Called with the call's `this`. */
  // deno-lint-ignore no-explicit-any
  readonly key?: ((...args: any[]) => unknown) | undefined;
  /** Positions of arguments, counted from 0, and names of properties of arguments that do not count. */
  readonly ignoreArgs?: readonly (number | string)[] | undefined;
  /** Digits after the point to which numbers that are no integers are rounded, wherever they stand: 0 to 100. */
  readonly keyRound?: number | undefined;
  /** Whether a signal among the arguments, or as property `signal` of one, does not count. */
  readonly signal?: boolean | undefined;
  /** Gives what identifies a call besides its arguments, at each call. */
  readonly vary?: (() => unknown) | undefined;
}

/** Makes the text that identifies a call. Throws a `CacheKeyError` when it cannot. */
export type KeyMaker = (self: unknown, args: readonly unknown[]) => string;

/**
 * The key maker of a function without options that concern keys: every argument counts, exactly.
 *
 * `keyMaker` returns this very function then, so that a caller may compare and use primitive arguments as keys
 * themselves.
 */
export const exactKey: KeyMaker = (_self, args) => fingerprint(args);

/**
 * The key maker for these options.
 *
 * - With `key`, its result is the call's identity. Of the other two options only `keyRound` applies, to the result.
 * - A number among `ignoreArgs` drops the argument at that position. The arguments after it keep their positions, and
 *   a dropped argument at the end may as well be missing: with `[1]`, `f(0, true)`, `f(0, false)` and `f(0)` are one
 *   call, `f(0, true, 5)` and `f(0, 5)` are two.
 * - A string among them drops the property of that name from every argument that is a plain object, not from objects
 *   inside it.
 * - With `keyRound` 1, `f(3)` and `f(3.04)` are one call.
 * - With `signal`, `f(1, { signal })` and `f(1)` are one call.
 * - With `vary`, what it gives counts besides all of this.
 */
export function keyMaker(options: KeyOptions): KeyMaker {
  const { signal, vary } = options;
  const made = ofArguments(options);
  const unsignalled: KeyMaker = signal && options.key === undefined
    ? (self, args) => made(self, withoutSignals(args))
    : made;
  if (vary === undefined) return unsignalled;
  return (self, args) => {
    const varied = fingerprint([given("vary", vary, self, [])], { root: "what vary gave" });
    return fingerprint([varied, unsignalled(self, args)]);
  };
}

function ofArguments({ key, ignoreArgs = [], keyRound }: KeyOptions): KeyMaker {
  if (key !== undefined) {
    return (self, args) => fingerprint([given("key", key, self, args)], { keyRound, root: "what key gave" });
  }
  if (ignoreArgs.length > 0) {
    const positions = new Set(ignoreArgs.filter((item) => typeof item === "number"));
    const names = ignoreArgs.filter((item) => typeof item === "string");
    return (_self, args) => fingerprint(counting(args, positions, names), { keyRound });
  }
  return keyRound === undefined ? exactKey : (_self, args) => fingerprint(args, { keyRound });
}

function given(
  option: string,
  // deno-lint-ignore no-explicit-any
  key: (...args: any[]) => unknown,
  self: unknown,
  args: readonly unknown[],
): unknown {
  try {
    return key.apply(self, args as unknown[]);
  } catch (thrown) {
    throw refusal("a call", `the option "${option}" threw ${thrownText(thrown)}`, "mend the function that was given", {
      thrown,
    });
  }
}

/** The arguments without what does not count. */
function counting(args: readonly unknown[], positions: ReadonlySet<number>, names: readonly string[]): unknown[] {
  let end = args.length;
  while (end > 0 && positions.has(end - 1)) end--;
  const kept: unknown[] = [];
  for (let i = 0; i < end; i++) {
    kept.push(positions.has(i) ? DROPPED : names.length === 0 ? args[i] : without(args[i], names, i));
  }
  return kept;
}

/** A plain object without some of its properties; anything else as it is. */
function without(value: unknown, names: readonly string[], position: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  try {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return value;
    if (!names.some((name) => Object.hasOwn(value, name))) return value;
    const copy: Record<string, unknown> = prototype === null ? Object.assign(Object.create(null), value) : { ...value };
    for (const name of names) delete copy[name];
    return copy;
  } catch (thrown) {
    throw refusal(`args[${position}]`, `reading it threw ${thrownText(thrown)}`, GIVE_KEY, { thrown });
  }
}
