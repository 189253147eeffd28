import type { Body, Entry } from "./entry.ts";
import type { MaybePromise } from "./maybe_promise.ts";

/** A value in the form in which an engine keeps it. */
export interface Sealed extends Pick<Entry<Body>, "body" | "form" | "checksum"> {
  /** Bytes of the body. */
  readonly size: number;
}

/** A chunk of a result that flows, in the form in which it is kept. */
export interface Part extends Pick<Entry<Body>, "body" | "form"> {
  /** Bytes of the body. */
  readonly size: number;
}

/** The form of a chunk that is bytes as they are. */
export const RAW_BYTES = "1:raw:Uint8Array";

/** What of an entry is needed to read its value back. */
export type Sealable = Pick<Entry, "body" | "form" | "checksum">;

/**
 * Turns values into bodies and back.
 *
 * Both directions are synchronous unless the value or the compression needs a stream.
 */
export interface Codec {
  /** Encodes a value. Throws a `SerializationError` when the value would not survive. */
  seal(value: unknown): MaybePromise<Sealed>;
  /** Verifies and decodes a body. Throws a `SerializationError` when the body is damaged or of an unknown form. */
  open(sealed: Sealable): MaybePromise<unknown>;
  /** Encodes a chunk of a result that flows. Throws a `SerializationError` when it would not survive. */
  sealPart(chunk: unknown): Part;
  /** Decodes a chunk, into memory of its own. Throws a `SerializationError` when it cannot be read. */
  openPart(part: Part): unknown;
}

/** A user's own way of encoding values, given as the option `serializer`. */
export interface Serializer {
  /** The value as text or bytes. */
  encode(value: unknown): Body;
  /** The value back from what `encode` made. */
  decode(body: Body): unknown;
}
