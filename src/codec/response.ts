/**
 * A `Response` as plain data and back.
 *
 * Its body can be read only once, and belongs to the request that it came with on some hosts; so bytes, status and headers are
 * kept, and everybody gets a `Response` of their own, whose headers they may change. `url`, `redirected` and `type` tell how a
 * `Response` came over the network; one that is made has none of that, and those who compute get a made one, too.
 */
import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { SerializationError } from "../errors.ts";
import { nameOf, refusal } from "./refusal.ts";

/** What is kept of a `Response`. */
export interface ResponseCopy {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in order; a name may come several times. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** `null` for a `Response` without a body, which is another thing than an empty one. */
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** The most bytes that a body may have. More than that is for a stream, and an isolate at the edge has not much more for everything. */
export const LARGEST_BODY: number = 64 * 1024 * 1024;

/** The most headers: as many as Node takes from a network. Deno 2.9 and Bun 1.4 look through all for each, and need seconds for 20,000. */
export const MOST_HEADERS: number = 2_000;

/** The statuses with which no body can be. */
export const BODILESS: readonly number[] = [204, 205, 304];

/** The bytes of those whose body was made here, so that it need not be read. */
const known = new WeakMap<object, Uint8Array<ArrayBuffer>>();

/** Those that are known not to be kept, and why. */
const barred = new WeakMap<object, SerializationError>();

/** Whether a value is a `Response`, of this realm, another one or a library. */
export function isResponse(value: unknown): value is Response {
  if (typeof value !== "object" || value === null) return false;
  const candidate = value as Partial<Response>;
  try {
    return typeof candidate.bodyUsed === "boolean" && typeof candidate.status === "number" &&
      typeof candidate.arrayBuffer === "function" && typeof candidate.headers?.forEach === "function" &&
      typeof candidate.headers.get === "function";
  } catch {
    return false;
  }
}

/** Why a `Response` cannot be kept where a body has so many bytes at most; `undefined` when it can be, unless reading its body fails. */
export function faultOf(response: Response, limit: number = LARGEST_BODY): SerializationError | undefined {
  const { status } = response;
  const prototype = Object.getPrototypeOf(response) as object;
  const mine = globalThis.Response;
  if (barred.has(response)) return barred.get(response);
  if (response.bodyUsed || response.body?.locked) {
    return refused("its body was read already", "return it unread, or a clone of it, and read another");
  }
  if (typeof mine !== "function") return refused("this runtime has no Response", "return its text or bytes");
  if (response instanceof mine && prototype !== mine.prototype) {
    return refused(`it is ${nameOf(response, prototype)}, a kind of Response`, "return a plain Response");
  }
  if (!(status >= 200 && status <= 599)) {
    return refused(
      status === 0 ? `it is of type "${response.type}", of which nothing can be read` : `its status is ${status}`,
      "throw an error instead, or leave it out with shouldCache",
    );
  }
  if (/^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "")) {
    return refused("it is a stream of events, which need not end", "leave it out with shouldCache");
  }
  let headers = 0;
  response.headers.forEach(() => headers++);
  if (headers > MOST_HEADERS) return refused(`it has ${headers} headers`, `return one of at most ${MOST_HEADERS}`);
  // An answer to HEAD tells the length of a body that it has not, and what is here may be the end of a longer one.
  const told = response.body === null || known.has(response) ? 0 : response.headers.get("content-length");
  const bytes = Number(told ?? 0);
  return bytes > limit ? tooLarge(bytes, limit) : undefined;
}

/** Has a `Response` not be kept, because its body turned out to have so many bytes or more, or could not be read. */
export function bar(response: Response, why: number | { readonly error: unknown }): Response {
  barred.set(response, typeof why === "number" ? tooLarge(why) : unreadable(why.error));
  return response;
}

function tooLarge(bytes: number, limit = LARGEST_BODY): SerializationError {
  return refused(`its body has ${bytes} bytes or more`, `return one of at most ${limit}, or where to read it from`);
}

function unreadable(error: unknown): SerializationError {
  return refused("reading its body fails", "see the cause", error);
}

/** The copy of a `Response`, if its bytes are known; `undefined` where its body has to be read. */
export function copyAtOnce(response: Response): ResponseCopy | undefined {
  const bytes = response.body === null ? null : known.get(response);
  return bytes === undefined ? undefined : copyWith(response, bytes);
}

/** The copy of a `Response`, at once where that is asked for. Throws a `SerializationError` for one of which there is none. */
export function responseCopy(response: Response, sync: boolean): MaybePromise<ResponseCopy> {
  const fault = faultOf(response);
  if (fault !== undefined) throw fault;
  const copy = copyAtOnce(response);
  if (copy !== undefined) return copy;
  if (sync) throw refusal("a Response", "reading its body takes a while", "use the asynchronous form");
  return copyOfResponse(response);
}

/** The copy of a `Response`, which stays unread. Throws a `SerializationError` for one that cannot be kept. */
export async function copyOfResponse(response: Response): Promise<ResponseCopy> {
  const fault = faultOf(response);
  if (fault !== undefined) throw fault;
  const copy = copyAtOnce(response);
  if (copy !== undefined) return copy;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await response.clone().arrayBuffer());
  } catch (error) {
    throw unreadable(error);
  }
  if (bytes.byteLength > LARGEST_BODY) throw tooLarge(bytes.byteLength);
  return copyWith(response, bytes);
}

/** The copy of a `Response` with its bytes. */
export function copyWith(response: Response, body: ResponseCopy["body"]): ResponseCopy {
  const headers: [string, string][] = [];
  response.headers.forEach((value, name) => name === "set-cookie" || headers.push([name, value]));
  // The one header whose values cannot be joined.
  for (const cookie of cookiesOf(response.headers)) headers.push(["set-cookie", cookie]);
  const { status, statusText } = response;
  return { status, statusText, headers, body: BODILESS.includes(status) ? null : body };
}

function cookiesOf(headers: Headers): string[] {
  if (typeof headers.getSetCookie === "function") return headers.getSetCookie();
  const cookie = headers.get("set-cookie");
  return cookie === null ? [] : [cookie];
}

/** A `Response` of one's own. */
export function responseOf({ status, statusText, headers, body }: ResponseCopy): Response {
  const response = new globalThis.Response(body, { status, statusText, headers: headers as [string, string][] });
  if (body !== null) known.set(response, body);
  return response;
}

/** A `Response` with the head of a copy and the body of a stream. */
export function responseThrough(
  { status, statusText, headers }: Omit<ResponseCopy, "body">,
  body: ReadableStream,
): Response {
  return new globalThis.Response(body, { status, statusText, headers: headers as [string, string][] });
}

/** What a copy weighs, in bytes. */
export function sizeOf({ statusText, headers, body }: ResponseCopy): number {
  const head = headers.reduce((sum, [name, value]) => sum + name.length + value.length, statusText.length);
  return head + (body?.byteLength ?? 0);
}

function refused(found: string, advice: string, cause?: unknown): SerializationError {
  return refusal("a Response", found, advice, cause);
}
