import { DROPPED } from "./append_primitive.ts";

/** Whether a value is an `AbortSignal`. */
export function isSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && typeof (value as { aborted?: unknown }).aborted === "boolean" &&
    typeof (value as { addEventListener?: unknown }).addEventListener === "function";
}

/** The first signal among the arguments, or as property `signal` of one. */
export function signalIn(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (isSignal(arg)) return arg;
    if (holdsSignal(arg)) return arg.signal;
  }
  return undefined;
}

/** The arguments with the signal of `owner` in place of each one among them. */
export function withSignal(args: readonly unknown[], owner: { readonly signal: AbortSignal }): readonly unknown[] {
  return args.map((arg) => isSignal(arg) ? owner.signal : holdsSignal(arg) ? { ...arg, signal: owner.signal } : arg);
}

/** The arguments without signals, for the key of a call: it is the same with one and without. */
export function withoutSignals(args: readonly unknown[]): readonly unknown[] {
  if (signalIn(args) === undefined) return args;
  const rest = args.map((arg) => isSignal(arg) ? DROPPED : holdsSignal(arg) ? unsignalled(arg) : arg);
  while (rest.at(-1) === DROPPED) rest.pop();
  return rest;
}

/** What held nothing but a signal is as good as missing. */
function unsignalled({ signal: _, ...rest }: { readonly signal: AbortSignal }): unknown {
  return Object.keys(rest).length === 0 ? DROPPED : rest;
}

function holdsSignal(arg: unknown): arg is { readonly signal: AbortSignal } {
  if (typeof arg !== "object" || arg === null) return false;
  const prototype = Object.getPrototypeOf(arg);
  return (prototype === Object.prototype || prototype === null) && isSignal((arg as { signal?: unknown }).signal);
}
