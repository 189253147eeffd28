/**
 * Compression through the streams of the web platform, for runtimes without a synchronous one.
 *
 * Why the small chunks: a stream inflates whatever it is given at once (Deno 2.9 does so whatever the reader wants), so what
 * one chunk may become has to be bounded. Deflate grows a chunk at most 1,032 times, zstd about 33,000 times.
 */

import { damaged } from "./damage.ts";
import { SerializationError } from "../errors.ts";
import type { CompressionAlgorithm } from "./compressor.ts";

type ByteStream = TransformStream<Uint8Array, Uint8Array>;
type StreamClass = new (format: string) => ByteStream;

/** Bytes compressed by `CompressionStream`. Rejects with a `SerializationError` where the algorithm is not there. */
export async function compressByStream(bytes: Uint8Array, algorithm: CompressionAlgorithm): Promise<Uint8Array> {
  return await pump(open("CompressionStream", algorithm), bytes, bytes.byteLength || 1, Infinity);
}

/** Bytes inflated by `DecompressionStream`, at most `limit` of them; more reject with a `SerializationError`. */
export async function inflateByStream(
  bytes: Uint8Array,
  algorithm: CompressionAlgorithm,
  limit: number,
): Promise<Uint8Array> {
  let stream: ByteStream;
  try {
    stream = open("DecompressionStream", algorithm);
  } catch (cause) {
    throw damaged(`it is compressed with ${algorithm}, which this runtime cannot inflate`, cause);
  }
  return await pump(stream, bytes, algorithm === "zstd" ? 256 : 4096, limit);
}

function open(name: "CompressionStream" | "DecompressionStream", algorithm: CompressionAlgorithm): ByteStream {
  const Stream = (globalThis as unknown as Record<string, StreamClass | undefined>)[name];
  if (Stream === undefined) {
    throw new SerializationError(`Cannot use ${algorithm}: ${name} is undefined here; leave the option "compress" out`);
  }
  try {
    return new Stream(algorithm);
  } catch (cause) {
    throw new SerializationError(`Cannot use ${algorithm}: ${name} does not know it here; use "gzip"`, { cause });
  }
}

async function pump(stream: ByteStream, bytes: Uint8Array, chunkBytes: number, limit: number): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const writing = write(writer, bytes, chunkBytes);
  // Read below, where the reader fails first and with the better reason.
  writing.catch(() => {});
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      total += next.value.byteLength;
      if (total > limit) {
        throw damaged(`it is larger than ${limit} bytes`);
      }
      chunks.push(next.value);
    }
    await writing;
  } catch (error) {
    await Promise.allSettled([reader.cancel(error), writer.abort(error)]);
    throw error;
  }
  const result = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    result.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return result;
}

async function write(writer: WritableStreamDefaultWriter<Uint8Array>, bytes: Uint8Array, step: number): Promise<void> {
  for (let i = 0; i < bytes.byteLength; i += step) {
    await writer.ready;
    await writer.write(bytes.subarray(i, i + step));
  }
  await writer.close();
}
