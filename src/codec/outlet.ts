/**
 * What a reader of a flow is given: a generator or a stream of its own.
 *
 * Why no generator functions: `return()` of one that was not begun, or that waits, would not be heard at once, and then nobody
 * would tell the source that its last reader has left.
 */
import { chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { damaged } from "./damage.ts";
import { copyOf } from "./raw_bytes.ts";

/** What a result that flows is to whoever reads it. */
export type FlowKind = "generator" | "async-generator" | "stream" | "byte-stream";

/** One reader's way through a flow. */
export interface Outlet {
  /** The next chunk, or the end with what the generator returned. Throws what the source threw, or rejects with it. */
  next(): MaybePromise<IteratorResult<unknown, unknown>>;
  /** Tells that the reader wants no more; gives what ends when the source has heard of it. */
  leave(reason?: unknown): MaybePromise<unknown>;
}

/** A generator or a stream over an outlet. `touched` is told of the first use of it. */
export function outletOf(kind: FlowKind, outlet: Outlet, touched: (flow: object) => void): object {
  switch (kind) {
    case "generator":
      return new SyncFlow(outlet, touched);
    case "async-generator":
      return new AsyncFlow(outlet, touched);
    case "stream":
    case "byte-stream":
      return streamOf(outlet, kind === "byte-stream", touched);
  }
}

class SyncFlow {
  readonly #outlet: Outlet;
  readonly #touched: (flow: object) => void;
  #done = false;

  constructor(outlet: Outlet, touched: (flow: object) => void) {
    this.#outlet = outlet;
    this.#touched = touched;
  }

  next(): IteratorResult<unknown, unknown> {
    this.#touched(this);
    if (this.#done) return { done: true, value: undefined };
    this.#done = true;
    const step = this.#outlet.next() as IteratorResult<unknown, unknown>;
    this.#done = step.done === true;
    return step;
  }

  return(value: unknown): IteratorResult<unknown, unknown> {
    this.#leave();
    return { done: true, value };
  }

  throw(error: unknown): never {
    this.#leave();
    throw error;
  }

  #leave(): void {
    this.#touched(this);
    if (this.#done) return;
    this.#done = true;
    this.#outlet.leave();
  }
}

class AsyncFlow {
  readonly #outlet: Outlet;
  readonly #touched: (flow: object) => void;
  #done = false;
  /** The step that others wait for. */
  #last: Promise<unknown> | undefined;

  constructor(outlet: Outlet, touched: (flow: object) => void) {
    this.#outlet = outlet;
    this.#touched = touched;
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    this.#touched(this);
    const step = this.#last === undefined ? this.#step() : this.#last.then(() => this.#step());
    const last: Promise<void> = step.then(ignore, ignore).then(() => {
      if (this.#last === last) this.#last = undefined;
    });
    this.#last = last;
    return step;
  }

  async return(value: unknown): Promise<IteratorResult<unknown, unknown>> {
    await this.#leave();
    return { done: true, value: await value };
  }

  async throw(error: unknown): Promise<never> {
    await this.#leave();
    throw error;
  }

  async #step(): Promise<IteratorResult<unknown, unknown>> {
    if (this.#done) return { done: true, value: undefined };
    try {
      const step = await this.#outlet.next();
      if (step.done) this.#done = true;
      return step;
    } catch (error) {
      this.#done = true;
      throw error;
    }
  }

  #leave(): MaybePromise<unknown> {
    this.#touched(this);
    if (this.#done) return;
    this.#done = true;
    return this.#outlet.leave();
  }
}

// Generators to whoever asks: all that the language gives generators works on these, too.
Object.setPrototypeOf(SyncFlow.prototype, Object.getPrototypeOf(function* () {}.prototype));
Object.setPrototypeOf(AsyncFlow.prototype, Object.getPrototypeOf(async function* () {}.prototype));

function streamOf(outlet: Outlet, ofBytes: boolean, touched: (flow: object) => void): ReadableStream {
  let stream: ReadableStream | undefined = undefined;
  // Nothing is asked for before somebody reads.
  const strategy = { highWaterMark: 0 };
  const source = {
    pull: (controller: ReadableStreamDefaultController | ReadableByteStreamController): MaybePromise<void> => {
      if (stream !== undefined) touched(stream);
      const given = chain(outlet.next(), (step): MaybePromise<void> => {
        if (step.done) return close(controller);
        if (!ofBytes) return (controller as ReadableStreamDefaultController).enqueue(step.value);
        const bytes = step.value;
        // It may come from a store.
        if (!(bytes instanceof Uint8Array)) throw damaged("a stream of bytes holds something else");
        if (bytes.byteLength === 0) return source.pull(controller);
        // A stream of bytes takes the memory away from whoever enqueues it.
        (controller as ReadableByteStreamController).enqueue(new Uint8Array(copyOf(bytes)));
      });
      return isPromiseLike(given) ? given as Promise<void> : undefined;
    },
    cancel: (reason: unknown): Promise<void> => {
      if (stream !== undefined) touched(stream);
      return Promise.resolve(outlet.leave(reason)).then(ignore);
    },
  };
  stream = ofBytes
    ? new ReadableStream({ ...source, type: "bytes" } as UnderlyingByteSource, strategy)
    : new ReadableStream(source, strategy);
  return stream;
}

function close(controller: ReadableStreamDefaultController | ReadableByteStreamController): void {
  controller.close();
  // Whoever reads into memory of its own waits for it to come back.
  (controller as Partial<ReadableByteStreamController>).byobRequest?.respond(0);
}

function ignore(): void {}
