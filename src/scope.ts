/** The part of `AsyncLocalStorage` that is used. */
interface Storage<T> {
  run<R>(value: T, fn: () => R): R;
  getStore(): T | undefined;
}

/**
 * A value that holds inside a function and whatever it calls.
 *
 * It follows asynchronous work where the runtime has `AsyncLocalStorage`; elsewhere it ends with the synchronous part of the
 * function.
 */
export class Scope<T> {
  #storage: Storage<T> | undefined;
  #opened = false;
  #stack: T | undefined;

  /** Runs a function inside. */
  run<R>(value: T, fn: () => R): R {
    if (!this.#opened) this.#open();
    if (this.#storage !== undefined) return this.#storage.run(value, fn);
    const outer = this.#stack;
    this.#stack = value;
    try {
      return fn();
    } finally {
      this.#stack = outer;
    }
  }

  /** The value of the innermost scope around the caller, if any. */
  current(): T | undefined {
    return this.#storage === undefined ? this.#stack : this.#storage.getStore();
  }

  #open(): void {
    this.#opened = true;
    const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
    const hooks = process?.getBuiltinModule?.("node:async_hooks") as
      | { AsyncLocalStorage?: new () => Storage<T> }
      | undefined;
    if (hooks?.AsyncLocalStorage !== undefined) this.#storage = new hooks.AsyncLocalStorage();
  }
}
