import type { FlowKind } from "../../codec/outlet.ts";
import type { MaybePromise } from "../../contract/maybe_promise.ts";

/** Where a flow comes from. */
export interface Source {
  /** The next chunk, or the end with what the generator returned. */
  next(): MaybePromise<IteratorResult<unknown, unknown>>;
  /** Tells it that nothing more is wanted. */
  stop(reason: unknown): MaybePromise<unknown>;
}

/** The source that a generator, an iterator or a stream is. A stream is locked by it. */
export function sourceOf(flow: object, kind: FlowKind): Source {
  switch (kind) {
    case "generator":
    case "async-generator": {
      const iterator = flow as Iterator<unknown, unknown>;
      return { next: () => iterator.next(), stop: () => iterator.return?.() };
    }
    case "stream":
    case "byte-stream": {
      const reader = (flow as ReadableStream).getReader();
      return { next: () => reader.read() as Promise<IteratorResult<unknown>>, stop: (reason) => reader.cancel(reason) };
    }
  }
}
