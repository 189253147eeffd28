import type { Outlet } from "../../codec/outlet.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../../contract/maybe_promise.ts";
import { Backlog, type Held, type Kept, type Spill } from "./backlog.ts";
import type { Source } from "./source.ts";
import { SpoolReader } from "./spool_reader.ts";

type Step = IteratorResult<unknown, unknown>;

/** How a flow came to its end. */
export type Ending =
  | { readonly how: "whole"; readonly returned: Held | undefined }
  | { readonly how: "failed"; readonly error: unknown }
  /** All readers had left. */
  | { readonly how: "left" };

/** What a spool is made of. */
export interface SpoolOptions {
  readonly source: Source;
  /** Whether readers cannot wait. */
  readonly sync: boolean;
  /** Holds a chunk for those who read it later. Throws for one that cannot be kept. */
  readonly hold: (chunk: unknown) => Held;
  /** How many bytes may be held to be kept. */
  readonly limit: number;
  /** Where chunks go that are too many for memory; none where all that is kept is held there. */
  readonly spill?: Spill | undefined;
  /** Up to how many bytes are taken from the source before anybody asks for them. */
  readonly ahead: number;
  /** Told when a reader has to wait for the source. Throws when that would be for ever; gives what ends the note. */
  readonly waiting: () => (() => void) | undefined;
  /** Told of the end, before any reader is; readers hear of it when what this gives is there, if they can wait. */
  readonly ended: (ending: Ending) => MaybePromise<void>;
  /** Told as soon as it is known that what flows cannot be kept, and why. Readers go on. */
  readonly refused: (why: "too large" | { readonly error: unknown }) => void;
  /** Told when it has ended and nobody reads it. */
  readonly emptied?: (() => void) | undefined;
}

/**
 * A flow on its way: what its source gave so far, for any number of readers who each begin at its beginning.
 *
 * The source is asked for no more than the reader who is furthest asks for. While all of it is held, later readers may come;
 * once it cannot be kept, only what some reader has yet to read stays held.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #readers = new Set<SpoolReader>();
  readonly #backlog: Backlog;
  /** How many chunks some reader was given, and how many bytes none was. */
  #furthest = 0;
  #unread = 0;
  #whole = true;
  #ending: Ending | undefined;
  #pulling: Promise<void> | undefined;
  #wake: () => void = () => {};
  #filling: Promise<void> | undefined;
  /** The last thing that the source gave, as it was, until its first reader takes it. */
  #fresh: { readonly at: number; readonly chunk: unknown } | undefined;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#backlog = new Backlog(options.spill);
  }

  /** Whether a later reader can have all of it. */
  get joinable(): boolean {
    return this.#whole && this.#ending?.how !== "left";
  }

  /** Whether somebody reads it, or may begin to. */
  get hasReaders(): boolean {
    return this.#readers.size > 0;
  }

  /**
   * One reader more.
   *
   * @param again Gives a source of their own to those who have read nothing when it turns out that not all can be held.
   */
  read(again?: () => MaybePromise<Source>): Outlet {
    const reader = new SpoolReader({
      take: (reader) => this.#take(reader),
      left: (reader, reason) => this.#left(reader, reason),
      again,
    });
    this.#readers.add(reader);
    return reader;
  }

  /** All that was given, as it is kept, once it has ended well; `undefined` where it cannot be kept. */
  kept(): Kept & { readonly returned: unknown } | undefined {
    if (!this.#whole || this.#ending?.how !== "whole") return undefined;
    return { ...this.#backlog.kept(), returned: this.#ending.returned?.kept };
  }

  /** Takes from the source what may be taken before anybody asks; says when that is done. */
  fill(): Promise<void> {
    return this.#filling ??= this.#fill().finally(() => this.#filling = undefined);
  }

  async #fill(): Promise<void> {
    while (this.#ending === undefined && this.#whole && this.#unread < this.#options.ahead) await this.#pull();
  }

  /** Ends it with an error, which readers get when they have read what there is. */
  fail(error: unknown): void {
    if (this.#ending !== undefined) return;
    this.#end({ how: "failed", error });
    this.#awake();
    const stopped = attempt<unknown>(() => this.#options.source.stop(error), () => undefined);
    if (isPromiseLike(stopped)) stopped.then(undefined, () => {});
  }

  #take(reader: SpoolReader): MaybePromise<Step> {
    if (reader.gone) return { done: true, value: undefined };
    const { at } = reader;
    if (at < this.#backlog.length) return this.#takeOld(reader);
    const ending = this.#ending;
    if (ending !== undefined) return chain(this.#pulling, () => this.#last(ending, reader));
    const waited = this.#waiting(reader);
    return chain(this.#pull(), () => {
      waited?.();
      return this.#take(reader);
    });
  }

  /** What came before: it is in memory, in a segment, or dropped. */
  #takeOld(reader: SpoolReader): MaybePromise<Step> {
    const held = this.#backlog.at(reader.at);
    if (held !== undefined) return this.#give(held, reader, held.size);
    if (reader.at === 0 && this.#backlog.holey) {
      this.#forget(reader);
      return reader.goAlone();
    }
    const { segment, at } = this.#backlog.placeOf(reader.at)!;
    if (reader.segment?.segment === segment) {
      const { chunks } = reader.segment;
      return this.#give({ give: () => chunks[at] }, reader, 0);
    }
    return chain(this.#options.spill!.read(segment), (chunks) => {
      reader.segment = { segment, chunks };
      return this.#take(reader);
    });
  }

  #give(held: Pick<Held, "give">, reader: SpoolReader, size: number): Step {
    const at = reader.at++;
    if (at === this.#furthest) {
      this.#furthest++;
      this.#unread -= size;
      if (this.#options.ahead > 0) this.fill();
    }
    const value = (this.#freshAt(at) ?? held).give();
    this.#trim();
    return { done: false, value };
  }

  /** What the source gave at a place, as it was, for the first who takes it. */
  #freshAt(at: number): Pick<Held, "give"> | undefined {
    const fresh = this.#fresh;
    if (fresh?.at !== at) return undefined;
    this.#fresh = undefined;
    return { give: () => fresh.chunk };
  }

  #last(ending: Ending, reader: SpoolReader): Step {
    this.#forget(reader);
    switch (ending.how) {
      case "whole":
        return { done: true, value: (this.#freshAt(reader.at) ?? ending.returned)?.give() };
      case "failed":
        throw ending.error;
      case "left":
        return { done: true, value: undefined };
    }
  }

  #waiting(reader: SpoolReader): (() => void) | undefined {
    try {
      return this.#options.waiting();
    } catch (error) {
      this.#forget(reader);
      throw error;
    }
  }

  /** Asks the source for one chunk, unless that is being done. */
  #pull(): MaybePromise<void> {
    if (this.#pulling !== undefined) return this.#pulling;
    let step: MaybePromise<Step>;
    try {
      step = this.#options.source.next();
    } catch (error) {
      return void this.#end({ how: "failed", error });
    }
    const took = isPromiseLike(step)
      ? step.then((step) => this.#took(step as Step), (error) => this.#end({ how: "failed", error }))
      : this.#took(step);
    if (!isPromiseLike(took) || this.#options.sync) return;
    const pulling = this.#pulling = new Promise<void>((resolve) => this.#wake = resolve);
    const awake = (): void => this.#awake();
    took.then(awake, awake);
    return pulling;
  }

  #took(step: Step): MaybePromise<void> {
    if (this.#ending !== undefined) return;
    if (typeof step !== "object" || step === null) {
      return this.#end({ how: "failed", error: new TypeError(`Iterator result ${String(step)} is not an object`) });
    }
    this.#fresh = { at: this.#backlog.length, chunk: step.value };
    if (step.done) {
      const returned = step.value === undefined ? undefined : this.#hold(step.value);
      return this.#end({ how: "whole", returned });
    }
    const held = this.#hold(step.value);
    this.#backlog.add(held);
    this.#unread += held.size;
    if (this.#whole && this.#backlog.bytes > this.#options.limit) this.#refuse("too large");
    if (this.#whole) return attempt<void>(() => this.#backlog.spill(), (error) => this.#refuse({ error }));
  }

  #hold(chunk: unknown): Held {
    try {
      return this.#options.hold(chunk);
    } catch (error) {
      this.#refuse({ error });
      return { kept: undefined, size: 0, give: () => chunk };
    }
  }

  #refuse(why: "too large" | { readonly error: unknown }): void {
    if (!this.#whole) return;
    this.#whole = false;
    this.#options.refused(why);
    this.#trim();
  }

  /** Once it cannot be kept, drops what nobody will read who has begun to. */
  #trim(): void {
    if (this.#whole) return;
    let least = Infinity;
    for (const reader of this.#readers) if (reader.bound) least = Math.min(least, reader.at);
    if (least !== Infinity) this.#backlog.dropBefore(least);
  }

  #left(reader: SpoolReader, reason: unknown): MaybePromise<unknown> {
    if (!this.#forget(reader) || this.#ending !== undefined) return;
    for (const other of this.#readers) if (this.#whole || other.bound) return this.#trim();
    this.#end({ how: "left" });
    this.#awake();
    if (!this.hasReaders) this.#options.emptied?.();
    return this.#options.source.stop(reason);
  }

  /** One reader less. */
  #forget(reader: SpoolReader): boolean {
    const was = this.#readers.delete(reader);
    if (was && !this.hasReaders && this.#ending !== undefined) this.#options.emptied?.();
    return was;
  }

  #end(ending: Ending): MaybePromise<void> {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    return this.#options.ended(ending);
  }

  #awake(): void {
    this.#pulling = undefined;
    this.#wake();
  }
}
