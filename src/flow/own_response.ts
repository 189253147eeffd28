import {
  bar,
  copyAtOnce,
  copyOfResponse,
  copyWith,
  faultOf,
  isResponse,
  LARGEST_BODY,
  responseOf,
} from "../codec/response.ts";
import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { Flight } from "./in_flight.ts";

/**
 * The result of a function as it can be handed to several callers: of a `Response`, one whose bytes are in memory, and the
 * flight is given the copy from which everybody else gets one. Any other value, and a `Response` that cannot be kept, is as it was.
 */
export function ownResponse(value: unknown, flight: Flight): MaybePromise<unknown> {
  if (!isResponse(value)) return value;
  try {
    if (faultOf(value) !== undefined) return value;
    flight.response = copyAtOnce(value);
    if (flight.response !== undefined) return value;
    return typeof value.body?.getReader === "function" ? readAll(value, flight) : readForeign(value, flight);
  } catch {
    // Keeping it runs into the same and tells.
    return value;
  }
}

/** That of a library may have another kind of stream. */
async function readForeign(response: Response, flight: Flight): Promise<Response> {
  try {
    flight.response = await copyOfResponse(response);
  } catch (error) {
    return bar(response, { error });
  }
  return responseOf(flight.response);
}

/** Why chunk by chunk: a body may turn out to be too large or to break off, and then its caller must still get all there is. */
async function readAll(response: Response, flight: Flight): Promise<Response> {
  const reader = response.body!.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(next.value);
      length += next.value.byteLength;
      if (length > LARGEST_BODY) return bar(goneOn(response, chunks, reader), length);
    }
  } catch (error) {
    return bar(goneOn(response, chunks, reader), { error });
  }
  flight.response = copyWith(response, joined(chunks, length));
  return responseOf(flight.response);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}

/** A `Response` that gives what was read of another one, and then the rest of it, or its error. */
function goneOn(
  response: Response,
  chunks: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Response {
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new globalThis.Response(body, response);
}
