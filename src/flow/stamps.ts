/** Instants that strictly increase, so that they order what happens within one millisecond, too. */
export class Stamps {
  #last = 0;

  /** A stamp for something that happens `now`: the instant itself, or the least later one that is not taken. */
  next(now: number): number {
    this.#last = now > this.#last ? now : this.#last + 0.001;
    return this.#last;
  }

  /** Notes a stamp that somebody else made, so that the next one is later. */
  saw(stamp: number): void {
    if (stamp > this.#last && stamp < Infinity) this.#last = stamp;
  }
}
