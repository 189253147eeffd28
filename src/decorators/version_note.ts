import type { Clock } from "../contract/clock.ts";
import { attempt, chain, type MaybePromise } from "../contract/maybe_promise.ts";
import type { AsyncStore } from "../contract/store.ts";
import { emit } from "../events.ts";
import { type Pace, Versions } from "../flow/versions.ts";
import type { Identity } from "../key/identity.ts";
import { log, type Logger } from "../logger.ts";
import { countText } from "../wording.ts";

/** Whose version is noted, and where. */
export interface VersionNoteOptions {
  readonly identity: Identity;
  readonly store: AsyncStore;
  /** What the function's keys begin with in the store. */
  readonly prefix: string;
  readonly clock: Clock;
  /** Whether it has to end at once. */
  readonly sync: boolean;
  /** Whether the host may end the note before it is done. */
  readonly mortal: boolean;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
  readonly logger: Logger | undefined;
}

/**
 * Notes which version of a function is in use, where versions follow its source, and says so where it is another one than before.
 * What versions left that were not used for long is dropped.
 *
 * It begins once the call is answered, or is on its way, that opened the cache. What goes wrong with it is an event: no call is
 * the worse for it.
 *
 * Why not where the option `version` was given: whoever names versions may want to go back to one after any time.
 */
export class VersionNote {
  readonly #options: VersionNoteOptions;
  #noted: MaybePromise<void> | undefined;
  #collecting: Promise<void> | undefined;
  #begun = false;
  #pace: Pace = "calm";

  constructor(options: VersionNoteOptions) {
    this.#options = options;
    const done = Promise.resolve().then(() => this.#begin()).then(() => this.#collecting);
    options.waitUntil?.(done);
  }

  /** Waits until it is done, and begins if it did not. A synchronous cache, which has to end at once, drops nothing more. */
  settle(): MaybePromise<void> | undefined {
    const noted = this.#begin();
    this.#pace = this.#options.sync ? "stopped" : "hurried";
    // It may have been begun for a request that has ended.
    if (this.#options.mortal) return undefined;
    return this.#options.sync ? noted : chain(noted, () => this.#collecting);
  }

  #begin(): MaybePromise<void> | undefined {
    if (this.#begun) return this.#noted;
    this.#begun = true;
    const { identity, store, prefix, clock } = this.#options;
    const { name, version } = identity;
    const versions = new Versions({
      store,
      prefix,
      version,
      clock,
      changed: (to) =>
        this.#say(
          to === "known"
            ? `The source of "${name}" is one of before: what was kept of it is used again`
            : `The source of "${name}" changed: its values are computed anew; those of the version before are kept for 7 days`,
        ),
    });
    return this.#noted = attempt<void>(
      () =>
        chain(versions.note(), (over) => {
          if (over.size > 0) this.#collecting = this.#collect(versions, over);
        }),
      (error) => this.#failed(error),
    );
  }

  async #collect(versions: Versions, over: ReadonlyMap<string, number>): Promise<void> {
    try {
      const entries = await versions.collect(over, () => this.#pace);
      if (entries === 0) return;
      const { name } = this.#options.identity;
      this.#say(`Dropped ${countText(entries, "entry")} of "${name}": of versions that were not used for 7 days`);
    } catch (error) {
      this.#failed(error);
    }
  }

  #say(message: string): void {
    log("info", message, this.#options.logger);
  }

  #failed(error: unknown): void {
    emit({ type: "error", cache: this.#options.identity.name, operation: "note version", error });
  }
}
