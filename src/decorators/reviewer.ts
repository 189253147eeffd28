import { anotherOf } from "../codec/flowing.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { MissReason } from "../events.ts";
import type { Found } from "../flow/found.ts";
import type { FoundValue } from "../options.ts";
import type { Settings } from "../settings.ts";
import type { StandardResult, StandardSchema } from "../standard_schema.ts";

/** What a reviewer is made of. */
export interface ReviewerOptions {
  readonly settings: Pick<Settings, "validate" | "schema" | "migrate">;
  /** Whether a promise can be waited for. */
  readonly sync: boolean;
  /** Tells a person that one of the user's own functions failed. */
  readonly warn: (message: string, error: unknown) => void;
  /** Keeps a value that was migrated in the place of the one that was found. */
  readonly replace: (found: Found, self: unknown, args: readonly unknown[]) => MaybePromise<unknown>;
}

/** Looks at values that were found: whether the user's `schema` and `validate` still accept them. */
export class Reviewer {
  readonly #options: ReviewerOptions;

  constructor(options: ReviewerOptions) {
    this.#options = options;
  }

  /** Gives the value, another one that `migrate` made of it, or why it is not to be returned. */
  review(found: Found, args: readonly unknown[], self: unknown): MaybePromise<Found | MissReason> {
    const { schema } = this.#options.settings;
    // Only what was read as bytes was written by somebody else.
    if (schema === undefined || found.entry.form === "") return this.#validated(found, args);
    return chain(this.#checked(schema, found), (accepted): MaybePromise<Found | MissReason> => {
      if (accepted === undefined) return "outdated";
      return chain(this.#validated(accepted, args), (result) => {
        if (result === accepted && accepted !== found) this.#replace(accepted, self, args);
        return result;
      });
    });
  }

  /** A value that the schema accepts: the one that was found, or what `migrate` makes of it. */
  #checked(schema: StandardSchema, found: Found): MaybePromise<Found | undefined> {
    const { migrate } = this.#options.settings;
    return chain(this.#accepts(schema, found.value), (accepted): MaybePromise<Found | undefined> => {
      if (accepted) return found;
      if (migrate === undefined) return undefined;
      let value: unknown;
      try {
        value = migrate(found.value);
      } catch (error) {
        this.#options.warn("Cannot migrate a value: migrate threw; the function runs instead", error);
        return undefined;
      }
      return chain(this.#accepts(schema, value), (accepted) => accepted ? { ...found, value } : undefined);
    });
  }

  #replace(migrated: Found, self: unknown, args: readonly unknown[]): void {
    const { replace, warn } = this.#options;
    const kept = attempt<unknown>(
      () => replace(migrated, self, args),
      (error) => warn("Cannot keep a migrated value: it was returned", error),
    );
    if (isPromiseLike(kept)) kept.then(undefined, () => {});
  }

  #accepts(schema: StandardSchema, value: unknown): MaybePromise<boolean> {
    const failed = (error: unknown): boolean => {
      this.#options.warn("Cannot check a value: the schema failed; the function runs instead", error);
      return false;
    };
    try {
      const result = schema["~standard"].validate(value);
      if (!isPromiseLike(result)) return isAccepted(result);
      if (!this.#options.sync) return result.then(isAccepted, failed);
      result.then(undefined, () => {});
      return failed(new TypeError("it gives promises; a synchronous cache needs a synchronous schema"));
    } catch (error) {
      return failed(error);
    }
  }

  #validated(found: Found, args: readonly unknown[]): Found | MissReason {
    const { validate } = this.#options.settings;
    if (validate === undefined) return found;
    const { value, age, entry: { storedAt, cost, tags } } = found;
    try {
      const about: FoundValue = { value: anotherOf(value), storedAt, age, cost, tags, args };
      return validate(about) ? found : "invalid";
    } catch (error) {
      this.#options.warn("Cannot validate a value: validate threw; the function runs instead", error);
      return "invalid";
    }
  }
}

function isAccepted(result: StandardResult): boolean {
  return result.issues === undefined;
}
