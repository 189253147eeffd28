import type { Globals } from "../contract/engine.ts";
import { builtin } from "./abilities.ts";

type Algorithm = "gzip" | "deflate" | "zstd";

/** What of `node:zlib` is used here. `zstd` is there from Node 22.15. */
interface Zlib {
  readonly constants: Readonly<Record<string, number>>;
  gzipSync(bytes: Uint8Array, options?: object): Uint8Array;
  gunzipSync(bytes: Uint8Array, options?: object): Uint8Array;
  deflateSync(bytes: Uint8Array, options?: object): Uint8Array;
  inflateSync(bytes: Uint8Array, options?: object): Uint8Array;
  zstdCompressSync?(bytes: Uint8Array, options?: object): Uint8Array;
  zstdDecompressSync?(bytes: Uint8Array, options?: object): Uint8Array;
}

/** Synchronous compression by the runtime's own zlib. */
export interface ZlibCompressor {
  readonly algorithms: readonly Algorithm[];
  compress(bytes: Uint8Array, algorithm: Algorithm, level?: number): Uint8Array;
  inflate(bytes: Uint8Array, algorithm: Algorithm, limit: number): Uint8Array;
}

/** The runtime's zlib as a compressor for the codec, or `undefined` where there is none. zstd goes first where it exists. */
export function zlibCompressor(globals: Globals): ZlibCompressor | undefined {
  const zlib = builtin<Zlib>(globals, "node:zlib");
  if (typeof zlib?.gzipSync !== "function" || typeof zlib.gunzipSync !== "function") return undefined;
  const zstd = typeof zlib.zstdCompressSync === "function" && typeof zlib.zstdDecompressSync === "function";
  return {
    algorithms: zstd ? ["zstd", "gzip", "deflate"] : ["gzip", "deflate"],
    compress(bytes, algorithm, level) {
      switch (algorithm) {
        case "gzip":
          return zlib.gzipSync(bytes, level === undefined ? {} : { level });
        case "deflate":
          return zlib.deflateSync(bytes, level === undefined ? {} : { level });
        case "zstd":
          return zlib.zstdCompressSync!(bytes, {
            params: { [zlib.constants["ZSTD_c_compressionLevel"] ?? 100]: level ?? 1 },
          });
      }
    },
    inflate(bytes, algorithm, limit) {
      // A limit of 0 would mean none.
      const options = { maxOutputLength: Math.max(1, limit) };
      switch (algorithm) {
        case "gzip":
          return zlib.gunzipSync(bytes, options);
        case "deflate":
          return zlib.inflateSync(bytes, options);
        case "zstd":
          return zlib.zstdDecompressSync!(bytes, options);
      }
    },
  };
}
