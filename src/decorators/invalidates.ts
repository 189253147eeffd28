import type { Globals } from "../contract/engine.ts";
import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { ConfigurationError } from "../errors.ts";
import { emit } from "../events.ts";
import { log } from "../logger.ts";
import type { AnyFunction } from "../options.ts";
import { hostWaitUntil } from "../runtime/requests.ts";
import { isMemberContext } from "./decorate.ts";
import { invalidateTags } from "./invalidate_tag.ts";

/** The tags of what a function changes: a list, or what gives one for its result and its arguments. `this` is the method's object. */
export type TagsOfChange<F extends AnyFunction = AnyFunction> =
  | readonly string[]
  | ((result: Awaited<ReturnType<F>>, ...args: Parameters<F>) => readonly string[]);

/** Makes a function, a method or a setter invalidate tags. */
export interface WriterDecorator {
  /** On a method or static method. */
  <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext<ThisParameterType<F>, F>): F;
  /** On a setter. */
  <T, V>(setter: (this: T, value: V) => void, context: ClassSetterDecoratorContext<T, V>): (this: T, value: V) => void;
  /** Wraps a function. */
  <F extends AnyFunction>(fn: F): F;
}

/**
 * Wraps a function that changes something, so that what was cached of it before is dropped: `invalidates(fn, tags)`,
 * `invalidates(tags)(fn)`, or `@invalidates(tags)` on a method or setter. What it makes has the function's type, name and
 * properties.
 *
 * After each success, never after a failure, the tags are invalidated in every cache of this process and for all that share an
 * engine with it. The promise of an asynchronous function settles when that is done. A synchronous function returns when it
 * is done in memory; engines that take their time follow behind. What goes wrong with it is an `"error"` event and a line in the
 * log, never an error of the function.
 *
 * @example
 * ```ts
 * import { invalidates, mcache } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const names = new Map([[1, "Ann"]]);
 * const nameOf = mcache((id: number) => names.get(id), { tags: (_, id) => [`user:${id}`] });
 * const rename = invalidates((id: number, name: string) => void names.set(id, name), (_, id) => [`user:${id}`]);
 *
 * assert.equal(nameOf(1), "Ann");
 * rename(1, "Anna");
 * assert.equal(nameOf(1), "Anna");
 * ```
 */
export function invalidates<F extends AnyFunction>(fn: F, tags: TagsOfChange<F>): F;
/** As above, with the tags first, which also decorates methods. */
export function invalidates(
  // deno-lint-ignore no-explicit-any
  tags: readonly string[] | ((result: any, ...args: any[]) => readonly string[]),
): WriterDecorator;
export function invalidates(first: AnyFunction | TagsOfChange, second?: TagsOfChange): unknown {
  if (second !== undefined) return writer(first, second);
  checkTags(first);
  return (target: unknown, context?: unknown) => {
    if (isMemberContext(context) && context.kind !== "method" && context.kind !== "setter") {
      throw new ConfigurationError(
        `Cannot decorate ${context.kind} "${String(context.name)}" with invalidates: only methods and setters change ` +
          `something; move the change into one of these`,
      );
    }
    return writer(target, first);
  };
}

function writer(fn: unknown, tags: TagsOfChange): AnyFunction {
  checkTags(tags);
  if (typeof fn !== "function") {
    throw new ConfigurationError(
      `Cannot wrap ${fn === null ? "null" : `a ${typeof fn}`} with invalidates: it is not a function; pass one`,
    );
  }
  const after = new AfterChange(fn.name || "anonymous", tags);
  return new Proxy(fn as AnyFunction, {
    apply(fn, self, args) {
      const result: unknown = Reflect.apply(fn, self, args);
      if (isPromiseLike(result)) return result.then((value) => chain(after.done(self, value, args), () => value));
      const done = after.done(self, result, args);
      if (isPromiseLike(done)) hostWaitUntil(globalThis as unknown as Globals)?.(done);
      return result;
    },
  });
}

/** What follows the changes of one writer. Nothing of it throws. */
class AfterChange {
  readonly #name: string;
  readonly #tags: TagsOfChange;
  readonly #warned = new Set<string>();

  constructor(name: string, tags: TagsOfChange) {
    this.#name = name;
    this.#tags = tags;
  }

  /** Invalidates the tags of a change. */
  done(self: unknown, result: unknown, args: readonly unknown[]): MaybePromise<void> {
    let tags: unknown = this.#tags;
    try {
      if (typeof tags === "function") tags = tags.call(self, result, ...args);
      if (!isListOfTexts(tags)) throw new ConfigurationError(`they are ${String(tags)}; give a list of texts`);
    } catch (error) {
      return this.#failed(this.#name, `use the tags of "${this.#name}"`, error);
    }
    return invalidateTags(tags, (cache, error) => {
      this.#failed(cache, `drop from "${cache}" what "${this.#name}" changed`, error);
    });
  }

  /** Tells of it, and warns of each kind of trouble once. */
  #failed(cache: string, verb: string, error: unknown): void {
    emit({ type: "error", cache, operation: "invalidate", error });
    if (this.#warned.has(verb)) return;
    this.#warned.add(verb);
    log("warn", `Cannot ${verb}: ${error instanceof Error ? error.message : String(error)}; this is said once`);
  }
}

function checkTags(tags: unknown): void {
  if (typeof tags === "function" || isListOfTexts(tags)) return;
  throw new ConfigurationError(
    `Cannot use the tags of invalidates: they are ${String(tags)}; give a list of texts, or a function that gives one`,
    { issues: [{ path: "tags", message: "must be a list of texts, or a function that gives one" }] },
  );
}

function isListOfTexts(tags: unknown): tags is readonly string[] {
  return Array.isArray(tags) && tags.every((tag) => typeof tag === "string");
}
