/**
 * The grammar of forms, which say how a body is to be read.
 *
 * ```
 * form  = version ":" kind *( ":" detail ) *( "+" step )
 * kind  = "json"                    text: JSON as it is
 *       | "pack"                    text: JSON with marked strings, rows as columns
 *       | "super"                   text: a graph whose leaves superjson wrote
 *       | "super:" textBytes        bytes: that text in UTF-8, zeros up to a multiple of 8, then binary segments
 *       | "raw:" type               bytes: the memory of a typed array, `ArrayBuffer`, `DataView` or `Buffer`, little-endian
 *       | "response:" headBytes   bytes: JSON of a Response's status and headers in UTF-8, then its body
 *       | "flow:" headBytes       bytes: JSON of the forms and sizes of chunks in UTF-8, then the chunks
 *       | "user:text" | "user:bytes"  what the user's own serializer made
 * step  = "shuffle"                 bytes of equal significance stand together
 *       | "delta:" order            differences of neighbours, then the shuffle
 *       | ( "gzip" | "deflate" | "zstd" ) ":" rawBytes
 * ```
 *
 * Steps stand in the order in which sealing took them. Numbers are decimal without leading zeros. The version is 1.
 */

import { SerializationError } from "../errors.ts";
import type { CompressionAlgorithm } from "./compressor.ts";
import type { NumberFilter } from "./number_filter.ts";

/** A parsed form. */
export interface Form {
  readonly kind: "json" | "pack" | "super" | "raw" | "response" | "flow" | "user";
  /** Whether the body, once inflated, is text. */
  readonly text: boolean;
  /** The type of a raw body, otherwise empty. */
  readonly type: string;
  /** How many bytes of a body with binary segments are its text, of a Response or a flow its head, otherwise 0. */
  readonly textBytes: number;
  /** What was done to the bytes of numbers before compressing them. */
  readonly filter: NumberFilter;
  /** The compression, with the size of the bytes before it. */
  readonly compressed: { readonly algorithm: CompressionAlgorithm; readonly rawBytes: number } | undefined;
}

const GRAMMAR =
  /^1:(?:(json|pack)|(super)(?::([1-9]\d{0,15}))?|raw:([A-Z][A-Za-z0-9]{1,30})|(response|flow):([1-9]\d{0,15})|user:(text|bytes))(?:\+(?:(shuffle)|delta:([1-4])))?(?:\+(gzip|deflate|zstd):(0|[1-9]\d{0,15}))?$/;

/** Reads a form. Throws a `SerializationError` for another version or anything else that is not in the grammar. */
export function parseForm(form: string): Form {
  const match = typeof form === "string" && form.length <= 100 ? GRAMMAR.exec(form) : null;
  if (match === null) {
    throw new SerializationError(
      `Cannot read a stored value: its form is ${
        JSON.stringify(String(form).slice(0, 100))
      }, which this release does not know; ` +
        `it counts as a miss`,
    );
  }
  const [, plain, graph, textBytes, type, headed, headBytes, user, shuffled, order, algorithm, rawBytes] = match;
  return {
    kind: plain !== undefined
      ? plain as "json" | "pack"
      : graph !== undefined
      ? "super"
      : type !== undefined
      ? "raw"
      : headed !== undefined
      ? headed as "response" | "flow"
      : "user",
    text: plain !== undefined || user === "text" || (graph !== undefined && textBytes === undefined),
    type: type ?? "",
    textBytes: Number(textBytes ?? headBytes ?? 0),
    filter: order !== undefined ? Number(order) as NumberFilter : shuffled !== undefined ? "shuffle" : "none",
    compressed: algorithm === undefined
      ? undefined
      : { algorithm: algorithm as CompressionAlgorithm, rawBytes: Number(rawBytes) },
  };
}
