/** Waits longer and longer, by chance a little more or less, until a span has passed: for a lock, or for a turn. */
export class Patience {
  readonly #until: number;
  #pauses = 0;

  /** `span` is in milliseconds from now. */
  constructor(span: number) {
    this.#until = Date.now() + span;
  }

  /** Waits a little; says `false`, at once, when the span has passed. */
  async pause(): Promise<boolean> {
    if (Date.now() >= this.#until) return false;
    const ms = Math.min(2 ** this.#pauses++, 32) * (0.5 + Math.random());
    await new Promise((resolve) => setTimeout(resolve, ms));
    return true;
  }
}

/** The answer to come, or a refusal when it takes longer than `span` milliseconds. */
export async function within<T>(span: number, answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      answer,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`the server did not answer within ${span} ms`)), span);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
