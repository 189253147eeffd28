import { laterUnref } from "./time_limit.ts";

/** The pauses before opening again: the first, and the longest, in milliseconds. */
const PAUSES = { first: 20, last: 500 } as const;

/** What lasts less long than this, in milliseconds, is opened again no sooner than if it had not opened at all. */
const STABLE = 1_000;

/** Something open that may break. */
export interface Breakable {
  close(): void;
}

/** What keeps something open is made of. */
export interface KeptOpenParts<T extends Breakable> {
  /** Opens it. `broke` is to be called when it breaks, however often. */
  open(broke: (reason: unknown) => void): Promise<T>;
  /** Told of what has been opened. */
  opened?(thing: T): void;
  /** Told when it broke or could not be opened. */
  lost?(): void;
}

/**
 * Keeps something open: opens it again when it breaks, later after each failure, and never keeps the process alive for that.
 *
 * Why not the clients' own ways to connect again: each has other ones, some give up for good, and meanwhile they collect
 * what is to be sent.
 */
export class KeptOpen<T extends Breakable> {
  readonly #parts: KeptOpenParts<T>;
  #current: T | undefined;
  #failure: unknown;
  /** What a `broke` is about: anything that was opened before this has been given up. */
  #round = 0;
  #openedAt = 0;
  #pause: number = PAUSES.first;
  #cancel: (() => void) | undefined;

  constructor(parts: KeptOpenParts<T>) {
    this.#parts = parts;
  }

  /** What is open now. */
  get current(): T | undefined {
    return this.#current;
  }

  /** Why nothing is open. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Opens it, and again until it is closed. Rejects if that fails at first. */
  async open(): Promise<void> {
    const round = ++this.#round;
    try {
      const thing = await this.#parts.open((reason) => this.#broke(round, reason));
      if (round !== this.#round) {
        thing.close();
        throw this.#failure ?? new Error("it was closed meanwhile");
      }
      this.#current = thing;
      this.#openedAt = performance.now();
      this.#parts.opened?.(thing);
    } catch (error) {
      this.#broke(round, error);
      throw error;
    }
  }

  /** Gives up what is open, because it does not do what it should, and opens it again. */
  broke(reason: unknown): void {
    this.#broke(this.#round, reason);
  }

  /** Closes it for good. */
  close(): void {
    this.#round++;
    this.#cancel?.();
    this.#drop();
  }

  #broke(round: number, reason: unknown): void {
    if (round !== this.#round) return;
    this.#round++;
    this.#failure = reason;
    if (this.#current !== undefined && performance.now() - this.#openedAt > STABLE) this.#pause = PAUSES.first;
    this.#drop();
    this.#parts.lost?.();
    this.#cancel = laterUnref(() => void this.open().catch(() => {}), this.#pause);
    this.#pause = Math.min(2 * this.#pause, PAUSES.last);
  }

  #drop(): void {
    const thing = this.#current;
    this.#current = undefined;
    thing?.close();
  }
}
