/** Timers that fire when a test moves its clock, in place of the system's. */
export class FakeTimers {
  readonly #due = new Map<object, { readonly at: number; readonly fire: () => void }>();
  readonly #real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
  };
  readonly #now: () => number;
  #own = 0;

  /**
   * Takes the place of the system's timers until `restore` is called. Intervals never fire.
   *
   * @param now What time it is; by default as late as `advance` says.
   */
  constructor(now?: () => number) {
    this.#now = now ?? (() => this.#own);
    const timer = () => ({ unref() {}, ref() {} });
    const later = (fire: () => void, ms = 0) => {
      const id = timer();
      this.#due.set(id, { at: this.#now() + ms, fire });
      return id;
    };
    Object.assign(globalThis, {
      setTimeout: later,
      clearTimeout: (id: object) => this.#due.delete(id),
      setInterval: timer,
      clearInterval: () => {},
    });
  }

  /** How many have not fired. */
  get size(): number {
    return this.#due.size;
  }

  /** When the next one fires. */
  next(): number {
    return Math.min(Infinity, ...[...this.#due.values()].map(({ at }) => at));
  }

  /** Moves the time of its own on and fires those whose time has come. */
  advance(ms: number): void {
    this.#own += ms;
    this.fire();
  }

  /** Fires those whose time has come. */
  fire(): void {
    for (const [id, { at, fire }] of [...this.#due]) {
      if (at > this.#now() || !this.#due.delete(id)) continue;
      fire();
    }
  }

  restore(): void {
    Object.assign(globalThis, this.#real);
  }
}
