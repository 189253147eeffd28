/**
 * Values into bodies and back.
 *
 * There are six ways, the cheapest that is exact is taken, and the form says which (`form.ts`): a `Response` (`response.ts`),
 * a whole generator or stream chunk by chunk (`flowing.ts`), the memory of binary values as it is (`raw_bytes.ts`), plain JSON as JSON, trees of common values as marked and packed JSON
 * (`packed_text.ts`), and everything else as a graph whose leaves superjson writes (`graph_writer.ts`).
 * What none of them brings back exactly is refused: functions, symbols, promises, streams, getters, properties named by symbols,
 * hidden properties, instances of classes that are not registered, `Blob` and `Request`, and a `Response` anywhere but at the top.
 *
 * Not part of a value, and so not kept: whether objects are frozen, the buffer around a typed array, that memory was shared
 * between threads, and properties set on typed arrays of more than 256 elements.
 */

import { damaged } from "./damage.ts";
import type { Codec, Part, Sealable, Sealed, Serializer } from "../contract/codec.ts";
import type { Body } from "../contract/entry.ts";
import { isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import { ConfigurationError, SerializationError } from "../errors.ts";
import { binaryTypeOf, windowOf } from "./binary_type.ts";
import { checksumOfBytes, checksumOfText } from "./checksum.ts";
import { compressByStream, inflateByStream } from "./compression_stream.ts";
import type { Compression, CompressionAlgorithm, Compressor } from "./compressor.ts";
import { encodingOf } from "./encoding_of.ts";
import { decodeFlow, encodeFlow } from "./flow_bytes.ts";
import { flowOf, openedFlow, type SealedFlow, sealedFlow, wholeOf } from "./flowing.ts";
import { type Form, parseForm } from "./form.ts";
import { readGraph } from "./graph_reader.ts";
import { writeGraph } from "./graph_writer.ts";
import { readLeaves, writeLeaves } from "./leaves.ts";
import { nestsTooDeep } from "./nesting.ts";
import { applyFilter, bestFilter, type NumberFilter, undoFilter } from "./number_filter.ts";
import { pack, unpack } from "./packed_text.ts";
import { decodeByUser, encodeByUser } from "./by_user.ts";
import { plainBytes } from "./plain_bytes.ts";
import { binaryTypeFor, bytesOf, copyOf, valueFromBytes } from "./raw_bytes.ts";
import { asRefusal, refusal } from "./refusal.ts";
import { isResponse, type ResponseCopy, responseCopy, responseOf } from "./response.ts";
import { decodeResponse, encodeResponse } from "./response_bytes.ts";
import { joinSegments, splitSegments } from "./segments.ts";
import { fromUtf8, toUtf8, utf8Length } from "./utf8.ts";

/** How a codec works. */
export interface CodecOptions {
  /** Compress bodies. Whatever this says, compressed and uncompressed bodies can be read. */
  readonly compress?: Compression | undefined;
  /** The user's own encoding, for all values. Bodies that the codec wrote by itself can still be read. */
  readonly serializer?: Serializer | undefined;
  /** The largest body, inflated, in bytes. 512 MiB when left out. */
  readonly maxBytes?: number | undefined;
  /** Whether both directions have to answer at once. */
  readonly sync?: boolean | undefined;
  /** The runtime's synchronous compression. Without one, compression goes through streams and so takes a while. */
  readonly compressor?: Compressor | undefined;
}

const MAX_BYTES = 512 * 1024 * 1024;
const MIN_COMPRESSED_BYTES = 1024;

/** A value in text or bytes, not yet compressed. */
interface Encoded {
  readonly body: Body;
  readonly form: string;
  /** Bytes of an element, 1 where bytes need no shuffle. */
  readonly width: number;
}

/** A codec. Throws a `ConfigurationError` when it has to compress at once and the runtime cannot. */
export function createCodec(options: CodecOptions = {}): Codec {
  const { compress, serializer, compressor, sync = false } = options;
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const atOnce = (algorithm: CompressionAlgorithm) => compressor?.algorithms.includes(algorithm) === true;
  if (compress !== undefined && sync && !atOnce(compress.algorithm)) {
    const message = `Cannot compress with ${JSON.stringify(compress.algorithm)} in a synchronous cache: ` +
      (compressor === undefined
        ? "this runtime has no synchronous compression; leave compress out or use the asynchronous form"
        : `this runtime can do ${compressor.algorithms.join(", ")}; choose one of these`);
    throw new ConfigurationError(message, { issues: [{ path: "compress", message }] });
  }

  function seal(value: unknown): MaybePromise<Sealed> {
    try {
      const whole = wholeOf(value);
      if (whole !== undefined) return finish(encodedFlow(sealedFlow(whole, sealPart)));
      if (serializer !== undefined) return finish(encodeByUser(value, serializer));
      return isResponse(value) ? sealResponse(value) : finish(encode(value));
    } catch (error) {
      throw asRefusal(error);
    }
  }

  function finish(encoded: Encoded): MaybePromise<Sealed> {
    const { body, form } = encoded;
    const size = typeof body === "string" ? utf8Length(body) : body.byteLength;
    if (size > maxBytes) {
      throw refusal("value", `its ${size} bytes are more than ${maxBytes}`, "return less, or raise maxBytes");
    }
    if (compress !== undefined && size >= (compress.minBytes ?? MIN_COMPRESSED_BYTES)) {
      return squeeze(encoded, compress);
    }
    return sealed(body, form, size);
  }

  function sealResponse(response: Response): MaybePromise<Sealed> {
    const copy = responseCopy(response, sync);
    if (!isPromiseLike(copy)) return finish(encodedResponse(copy));
    return copy.then((copy) => finish(encodedResponse(copy))).catch((error) => {
      throw asRefusal(error);
    });
  }

  function sealPart(chunk: unknown): Part {
    try {
      const { body, form } = serializer === undefined ? encode(chunk) : encodeByUser(chunk, serializer);
      if (typeof body === "string") return { body, form, size: utf8Length(body) };
      // It is kept while others have the chunk in hand.
      return { body: new Uint8Array(copyOf(body)), form, size: body.byteLength };
    } catch (error) {
      throw asRefusal(error);
    }
  }

  function openPart({ body, form }: Part): unknown {
    try {
      const parsed = parseForm(form);
      const { kind, filter, compressed, text } = parsed;
      if (kind === "flow" || kind === "response" || filter !== "none" || compressed !== undefined) {
        throw damaged("it is no chunk");
      }
      if (typeof body === "string") return decode(body, parsed);
      return decode(text ? fromUtf8(body) : new Uint8Array(copyOf(body)), parsed);
    } catch (error) {
      throw asDamage(error);
    }
  }

  function squeeze({ body, form, width }: Encoded, { algorithm, level }: Compression): MaybePromise<Sealed> {
    const plain = typeof body === "string" ? toUtf8(body) : body;
    const finish = (filter: NumberFilter) => (squeezed: Uint8Array): Sealed =>
      squeezed.byteLength < plain.byteLength
        ? sealed(squeezed, `${form}${stepOf(filter)}+${algorithm}:${plain.byteLength}`, squeezed.byteLength)
        : sealed(body, form, plain.byteLength);
    if (atOnce(algorithm)) {
      const compressed = (bytes: Uint8Array) => compressor!.compress(bytes, algorithm, level);
      const filter = bestFilter(plain, width, compressed);
      return finish(filter)(plainBytes(compressed(applyFilter(plain, width, filter))));
    }
    // Trying out filters would take a stream each.
    const filter = width > 1 ? "shuffle" : "none";
    return compressByStream(applyFilter(plain, width, filter), algorithm).then(finish(filter)).catch((error) => {
      throw asRefusal(error);
    });
  }

  function open(entry: Sealable): MaybePromise<unknown> {
    const { body, form } = entry;
    try {
      // What hits are made of goes without reading the form.
      if (typeof body === "string" && (form === "1:json" || form === "1:pack")) {
        if (body.length > maxBytes) throw damaged(`it is longer than ${maxBytes}`);
        if (checksumOfText(body, form) !== entry.checksum) throw damaged("its checksum is wrong");
        const parsed = parseJson(body);
        return form === "1:json" ? parsed : unpack(parsed);
      }
      return openParsed(entry, parseForm(form));
    } catch (error) {
      throw asDamage(error);
    }
  }

  function openParsed({ body, form, checksum }: Sealable, parsed: Form): MaybePromise<unknown> {
    if (typeof body !== "string" && !(body instanceof Uint8Array)) throw damaged("its body is neither text nor bytes");
    const { compressed } = parsed;
    if (compressed === undefined) {
      if (parsed.filter !== "none") throw damaged("it is rearranged and not compressed");
      const content = parsed.text && typeof body !== "string" ? fromUtf8(limited(body)) : body;
      verify(content, form, checksum);
      return decode(content, parsed);
    }
    if (typeof body === "string") throw damaged("it is compressed text");
    verify(body, form, checksum);
    const { algorithm, rawBytes } = compressed;
    if (rawBytes > maxBytes) throw damaged(`its ${rawBytes} bytes are more than ${maxBytes}`);
    const finish = (bytes: Uint8Array): unknown => {
      if (bytes.byteLength !== rawBytes) throw damaged("its inflated size is not what it says");
      if (parsed.filter === "none") return decode(parsed.text ? fromUtf8(bytes) : bytes, parsed);
      if (parsed.kind !== "raw") throw damaged("it is rearranged and holds no numbers");
      return decode(undoFilter(bytes, binaryTypeFor(parsed.type, rawBytes).width, parsed.filter), parsed);
    };
    if (atOnce(algorithm)) return finish(plainBytes(compressor!.inflate(body, algorithm, rawBytes)));
    if (sync) throw damaged(`it is compressed with ${algorithm}, which takes a while here`);
    return inflateByStream(body, algorithm, rawBytes).then(finish).catch((error) => {
      throw asDamage(error);
    });
  }

  function verify(content: Body, form: string, checksum: number): void {
    if (typeof content === "string") {
      if (content.length > maxBytes) throw damaged(`it is longer than ${maxBytes}`);
      if (checksumOfText(content, form) !== checksum) throw damaged("its checksum is wrong");
    } else if (checksumOfBytes(limited(content), form) !== checksum) throw damaged("its checksum is wrong");
  }

  function limited(bytes: Uint8Array): Uint8Array {
    if (bytes.byteLength > maxBytes) throw damaged(`its ${bytes.byteLength} bytes are more than ${maxBytes}`);
    return bytes;
  }

  function decode(content: Body, parsed: Form): unknown {
    if ((typeof content === "string") !== parsed.text) throw damaged("its body does not fit its form");
    switch (parsed.kind) {
      case "json":
        return parseJson(content as string);
      case "pack":
        return unpack(parseJson(content as string));
      case "super":
        return decodeGraph(content, parsed.textBytes);
      case "raw":
        return valueFromBytes(content as Uint8Array, parsed.type);
      case "response":
        return responseOf(decodeResponse(content as Uint8Array, parsed.textBytes));
      case "flow":
        return flowOf(openedFlow(decodeFlow(content as Uint8Array, parsed.textBytes), openPart));
      case "user":
        return decodeByUser(content, serializer);
    }
  }

  return { seal, open, sealPart, openPart };
}

function sealed(body: Body, form: string, size: number): Sealed {
  return {
    body,
    form,
    checksum: typeof body === "string" ? checksumOfText(body, form) : checksumOfBytes(body, form),
    size,
  };
}

function stepOf(filter: NumberFilter): string {
  return filter === "none" ? "" : filter === "shuffle" ? "+shuffle" : `+delta:${filter}`;
}

function encode(value: unknown): Encoded {
  if (typeof value === "object" && value !== null) {
    const prototype = Object.getPrototypeOf(value);
    // Looking for `Buffer` costs more than a small record does.
    const type = prototype === Object.prototype || prototype === Array.prototype ? undefined : binaryTypeOf(prototype);
    if (type !== undefined) {
      const window = windowOf(value);
      if (typeof window === "string") throw refusal("value", window, "copy it first");
      return { body: bytesOf(window, type.width), form: `1:raw:${type.name}`, width: type.width };
    }
  }
  if ("toJSON" in Array.prototype) {
    throw refusal("value", "somebody added toJSON to the prototype of all arrays or objects", "remove it");
  }
  switch (encodingOf(value)) {
    case "json":
      return { body: JSON.stringify(value), form: "1:json", width: 1 };
    case "pack":
      return { body: JSON.stringify(pack(value)), form: "1:pack", width: 1 };
    case "super": {
      const { root, nodes, leaves, segments } = writeGraph(value);
      const sizes = segments.map((segment) => segment.byteLength);
      const text = JSON.stringify({ root, nodes, leaves: writeLeaves(leaves), segments: sizes });
      if (segments.length === 0) return { body: text, form: "1:super", width: 1 };
      const bytes = toUtf8(text);
      return { body: joinSegments(bytes, segments), form: `1:super:${bytes.byteLength}`, width: 1 };
    }
  }
}

function encodedResponse(copy: ResponseCopy): Encoded {
  const { bytes, headBytes } = encodeResponse(copy);
  return { body: bytes, form: `1:response:${headBytes}`, width: 1 };
}

function encodedFlow(flow: SealedFlow): Encoded {
  const { bytes, headBytes } = encodeFlow(flow);
  return { body: bytes, form: `1:flow:${headBytes}`, width: 1 };
}

function decodeGraph(content: Body, textBytes: number): unknown {
  if (typeof content === "string") return readStored(parseJson(content), []);
  if (textBytes > content.byteLength) throw damaged("it is shorter than its text");
  const graph = parseJson(fromUtf8(content.subarray(0, textBytes))) as { segments?: unknown } | null;
  const segments = splitSegments(content, textBytes, graph?.segments);
  if (segments === undefined) throw damaged("the sizes of its segments do not add up");
  return readStored(graph, segments);
}

function readStored(graph: unknown, segments: readonly ArrayBuffer[]): unknown {
  const { root, nodes, leaves } = (graph ?? {}) as Record<string, unknown>;
  return readGraph({ root, nodes, leaves: readLeaves(leaves), segments });
}

function parseJson(text: string): unknown {
  if (nestsTooDeep(text)) throw damaged("it nests too deeply");
  return JSON.parse(text);
}

function asDamage(error: unknown): SerializationError {
  if (error instanceof SerializationError) return error;
  return new SerializationError("Cannot read a stored value: decoding it throws; it counts as a miss", {
    cause: error,
  });
}
