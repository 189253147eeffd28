import type { Serializer } from "../contract/codec.ts";
import type { Body } from "../contract/entry.ts";
import { SerializationError } from "../errors.ts";
import { damaged } from "./damage.ts";
import { plainBytes } from "./plain_bytes.ts";
import { refusal } from "./refusal.ts";

/** What the user's own encoding made of a value. */
export interface EncodedByUser {
  readonly body: Body;
  readonly form: string;
  /** Bytes of an element. */
  readonly width: 1;
}

/** A value in the text or bytes of the user's own encoding. Throws a `SerializationError` when that fails. */
export function encodeByUser(value: unknown, serializer: Serializer): EncodedByUser {
  let body: unknown;
  try {
    body = serializer.encode(value);
  } catch (error) {
    throw refusal("value", "the encode of its serializer throws", "see the cause", error);
  }
  if (typeof body === "string") {
    if (!isWellFormed(body)) {
      throw refusal("value", "its serializer made text with a lone surrogate", "have it make bytes");
    }
    return { body, form: "1:user:text", width: 1 };
  }
  if (body instanceof Uint8Array) return { body: plainBytes(body), form: "1:user:bytes", width: 1 };
  throw refusal("value", `its serializer made a ${typeof body}`, "have it make a string or a Uint8Array, at once");
}

/** The value that the user's own encoding reads. Throws a `SerializationError` when that fails, or there is none. */
export function decodeByUser(content: Body, serializer: Serializer | undefined): unknown {
  if (serializer === undefined) throw damaged("it was written by a serializer and there is none now");
  try {
    return serializer.decode(typeof content === "string" ? content : new Uint8Array(content));
  } catch (cause) {
    throw new SerializationError("Cannot read a stored value: the decode of its serializer throws; see the cause", {
      cause,
    });
  }
}

/** Whether UTF-8 can spell a text: it has no half of a surrogate pair alone. */
function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
