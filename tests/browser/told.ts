/** What is told of a run, in order. */
export type Told =
  | { readonly kind: "begins"; readonly name: string }
  | {
    readonly kind: "case";
    /** The name of the test after those of its parents, divided by ` > `. */
    readonly name: string;
    readonly state: "passed" | "failed" | "skipped";
    /** Why it was skipped. */
    readonly reason?: string;
    /** What went wrong, with its stack. */
    readonly failure?: string;
  }
  | { readonly kind: "end" };

/** Tests that cannot pass on the runtime at hand: a piece of their whole name, and the ability that is missing. */
export interface Unable {
  readonly test: string;
  readonly because: string;
}

/** An error with its stack and causes, or whatever was thrown. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack = "", cause } = error;
  const head = stack.includes(message) ? stack : `${name}: ${message}\n${stack}`;
  return cause === undefined ? head : `${head}\ncaused by ${textOf(cause)}`;
}
