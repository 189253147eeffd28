/** Writes all fixtures to a file, one a line: `write_fixtures.ts FILE [gzip | deflate | zstd]`. */

import { writeFileSync } from "node:fs";
import process from "node:process";
import { createCodec } from "../../src/codec/codec.ts";
import type { CompressionAlgorithm } from "../../src/codec/compressor.ts";
import { zlibCompressor } from "../../src/runtime/zlib.ts";
import { fixturesAsLines } from "./stored_lines.ts";

const [file, algorithm] = process.argv.slice(2);
const compressor = zlibCompressor(globalThis as never);
const compress = algorithm === undefined ? undefined : { algorithm: algorithm as CompressionAlgorithm, minBytes: 0 };
writeFileSync(file!, fixturesAsLines(createCodec({ compressor, compress })).join("\n") + "\n");
