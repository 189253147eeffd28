/** A value, or a promise of it: what code returns that serves both colours of function. */
export type MaybePromise<T> = T | Promise<T>;
