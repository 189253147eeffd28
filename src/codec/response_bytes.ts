/** Copies of Responses as bytes: JSON of status and headers, then the body as it is. */
import { damaged } from "./damage.ts";
import { nestsTooDeep } from "./nesting.ts";
import { copyOf } from "./raw_bytes.ts";
import { BODILESS, MOST_HEADERS, type ResponseCopy } from "./response.ts";
import { fromUtf8, toUtf8 } from "./utf8.ts";

/** Status, statusText, headers, and whether there is a body. */
type Head = readonly [status: number, statusText: string, headers: ResponseCopy["headers"], bodied: 0 | 1];

/** A copy as bytes, and how many of them come before those of the body. */
export function encodeResponse({ status, statusText, headers, body }: ResponseCopy): {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headBytes: number;
} {
  const fields: Head = [status, statusText, headers, body === null ? 0 : 1];
  const head = toUtf8(JSON.stringify(fields));
  const bytes = new Uint8Array(head.byteLength + (body?.byteLength ?? 0));
  bytes.set(head);
  if (body !== null) bytes.set(body, head.byteLength);
  return { bytes, headBytes: head.byteLength };
}

/** The copy that `encodeResponse` was given. Throws a `SerializationError` for anything else. */
export function decodeResponse(bytes: Uint8Array, headBytes: number): ResponseCopy {
  if (headBytes > bytes.byteLength) throw damaged("it is shorter than its head");
  const text = fromUtf8(bytes.subarray(0, headBytes));
  if (nestsTooDeep(text)) throw damaged("its head nests too deeply");
  const head: unknown = JSON.parse(text);
  if (!isHead(head)) throw damaged("it has no head of a Response");
  const [status, statusText, headers, bodied] = head;
  const rest = bytes.subarray(headBytes);
  if (bodied !== 1 && rest.byteLength > 0) throw damaged("it has a body and says that it has none");
  return { status, statusText, headers, body: bodied === 1 ? new Uint8Array(copyOf(rest)) : null };
}

/** Whether it is the status of a Response that can be kept. */
function isStatus(status: unknown): boolean {
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599;
}

function isHeader(field: unknown): boolean {
  if (!Array.isArray(field) || field.length !== 2) return false;
  const [name, value] = field as unknown[];
  return typeof name === "string" && /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/.test(name) &&
    typeof value === "string" && !/[\r\n]/.test(value) && !value.includes("\0");
}

/** Not every runtime refuses what stands in no Response. */
function isHead(head: unknown): head is Head {
  if (!Array.isArray(head) || head.length !== 4) return false;
  const [status, statusText, headers, bodied] = head as unknown[];
  return isStatus(status) && typeof statusText === "string" && /^[\t -~\x80-\xff]*$/.test(statusText) &&
    Array.isArray(headers) && headers.length <= MOST_HEADERS && headers.every(isHeader) &&
    (bodied === 0 || bodied === 1 && !BODILESS.includes(status as number));
}
