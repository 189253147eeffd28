/** The compressions a body can have. `"deflate"` is the zlib format of RFC 1950. */
export type CompressionAlgorithm = "gzip" | "deflate" | "zstd";

/** How bodies are to be compressed, as the codec takes it. */
export interface Compression {
  readonly algorithm: CompressionAlgorithm;
  /** Bodies under this many bytes are kept as they are. 1,024 when left out. */
  readonly minBytes?: number | undefined;
  /** How hard to try, in the algorithm's own scale; the algorithm's quick default when left out. */
  readonly level?: number | undefined;
}

/** A runtime's compression that answers at once. */
export interface Compressor {
  /** What it can do here, the preferred one first. */
  readonly algorithms: readonly CompressionAlgorithm[];
  /** The bytes compressed. */
  compress(bytes: Uint8Array, algorithm: CompressionAlgorithm, level?: number): Uint8Array;
  /** The bytes inflated. Throws when there would be more than `limit` of them, without having made them. */
  inflate(bytes: Uint8Array, algorithm: CompressionAlgorithm, limit: number): Uint8Array;
}

/**
 * The algorithm that `compress: true` stands for: the compressor's first, or gzip where there is no compressor.
 *
 * Node from 22.15, Deno and Bun prefer zstd and read each other's. Browsers and older releases of Node take gzip, and a zstd
 * body is a miss to them; name `"gzip"` where such a runtime shares the storage.
 */
export function preferredAlgorithm(compressor: Compressor | undefined): CompressionAlgorithm {
  return compressor?.algorithms[0] ?? "gzip";
}
