import type { Outlet } from "../../codec/outlet.ts";
import { chain, type MaybePromise } from "../../contract/maybe_promise.ts";
import type { Source } from "./source.ts";

type Step = IteratorResult<unknown, unknown>;

/** What a reader needs to know of what it reads. */
export interface SpoolReaderOptions {
  /** Gives a reader what comes at its place. */
  readonly take: (reader: SpoolReader) => MaybePromise<Step>;
  /** Told that a reader wants no more. */
  readonly left: (reader: SpoolReader, reason: unknown) => MaybePromise<unknown>;
  /** Gives a source of its own. */
  readonly again: (() => MaybePromise<Source>) | undefined;
}

/** One reader of a spool, at its place in it. */
export class SpoolReader implements Outlet {
  /** How many chunks it was given. */
  at = 0;
  /** Whether it wants no more. */
  gone = false;
  /** The segment that it reads from, where its place is no longer in memory. */
  segment: { readonly segment: number; readonly chunks: readonly unknown[] } | undefined = undefined;
  readonly #options: SpoolReaderOptions;
  #begun = false;
  #own: MaybePromise<Source> | undefined;

  constructor(options: SpoolReaderOptions) {
    this.#options = options;
  }

  /** Whether it has to go on here, since it has begun to, or cannot begin elsewhere. */
  get bound(): boolean {
    return this.#begun || this.#options.again === undefined;
  }

  next(): MaybePromise<Step> {
    this.#begun = true;
    return this.#own === undefined ? this.#options.take(this) : chain(this.#own, (source) => source.next());
  }

  leave(reason?: unknown): MaybePromise<unknown> {
    this.gone = true;
    return this.#own === undefined
      ? this.#options.left(this, reason)
      : chain(this.#own, (source) => source.stop(reason));
  }

  /** Begins with a source of its own. */
  goAlone(): MaybePromise<Step> {
    this.#own = this.#options.again!();
    return this.next();
  }
}
