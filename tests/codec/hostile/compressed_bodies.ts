import { toUtf8 } from "../../../src/codec/utf8.ts";
import { type Bodies, either, type HostileBody, listOf, MAX_BYTES, refused } from "./hostile_body.ts";

const bytes = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0));

const ALGORITHMS = ["gzip", "deflate", "zstd"] as const;

/** The nine bytes `"hostile"`. */
const TEXT = {
  gzip: bytes("H4sIAAAAAAAAA1PKyC8uycxJVQIAIlQTfwkAAAA="),
  deflate: bytes("eJxTysgvLsnMSVUCABBOAz0="),
  zstd: bytes("KLUv/SAJSQAAImhvc3RpbGUi"),
};

/** 100,000 zeros. */
const ZEROS = {
  gzip: bytes(`H4sIAAAAAAACA+3BMQEAAADCoPVPbQ0PoA${"A".repeat(131)}IBXA32VEdSghgEA`),
  deflate: bytes(`eNrtwTEBAAAAwqD1T20ND6A${"A".repeat(131)}CAVwOGrwAB`),
  zstd: bytes("KLUv/aCghgEAVQAAEAAAAQCbhjnAAg=="),
};

/** A body with bits of one of its bytes flipped; from the end where the place is negative. */
function flipped(body: Uint8Array, at: number, bits: number): Uint8Array {
  const copy = body.slice();
  copy[at < 0 ? copy.length + at : at]! ^= bits;
  return copy;
}

/** zstd of a hundred times "128 KiB of the same byte", in 406 bytes. */
function repeats(): Uint8Array {
  const headers = listOf(100, (at) => (131_072 << 3) | (1 << 1) | (at === 99 ? 1 : 0));
  const blocks = headers.flatMap((header) => [header & 255, (header >> 8) & 255, header >> 16, 0]);
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, ...blocks);
}

function damaged(algorithm: (typeof ALGORITHMS)[number]): Bodies {
  const [text, zeros, form] = [TEXT[algorithm], ZEROS[algorithm], `1:json+${algorithm}`];
  return {
    [`${algorithm} of nothing`]: [`${form}:0`, new Uint8Array(0)],
    [`${algorithm} that is none`]: [`${form}:9`, Uint8Array.of(1, 2, 3)],
    [`${algorithm} of zeros`]: [`${form}:9`, new Uint8Array(100)],
    [`${algorithm} that is text`]: [`${form}:9`, "text"],
    [`${algorithm} that is not compressed`]: [`${form}:9`, toUtf8('"hostile"')],
    [`${algorithm} without its first byte`]: [`${form}:9`, text.slice(1)],
    [`${algorithm} that is cut in half`]: [`${form}:9`, text.slice(0, text.length / 2)],
    [`${algorithm} that holds a byte more`]: [`${form}:8`, text],
    [`${algorithm} that holds a byte less`]: [`${form}:10`, text],
    [`${algorithm} that says it holds nothing`]: [`${form}:0`, text],
    [`${algorithm} that says it holds more than maxBytes`]: [`${form}:${MAX_BYTES + 1}`, text],
    [`${algorithm} that says it holds 9 PB`]: [`${form}:9007199254740992`, text],
    [`${algorithm} of zeros where there should be text`]: [`${form}:100000`, zeros],
    [`${algorithm} that holds a thousand times more`]: [`1:raw:Uint8Array+${algorithm}:100`, zeros],
    [`${algorithm} of bytes that fit no element`]: [`1:raw:Float64Array+${algorithm}:9`, text],
    [`${algorithm} of bytes that fit no element, rearranged`]: [`1:raw:Float64Array+shuffle+${algorithm}:9`, text],
    [`${algorithm} of differences where there are no numbers`]: [`1:raw:Uint8Array+delta:1+${algorithm}:9`, text],
    [`${algorithm} of rearranged JSON`]: [`1:json+shuffle+${algorithm}:9`, text],
    [`${algorithm} of no graph`]: [`1:super+${algorithm}:9`, text],
    [`${algorithm} of a graph that is longer than it`]: [`1:super:20+${algorithm}:9`, text],
    [`${algorithm} of no Response`]: [`1:response:9+${algorithm}:9`, text],
    [`${algorithm} of no flow (GHSA-x5rw-q4pp-hg5g)`]: [`1:flow:9+${algorithm}:9`, text],
    [`${algorithm} of a type that nobody knows`]: [`1:raw:Function+${algorithm}:9`, text],
  };
}

/** What claims to be compressed. */
export const compressedBodies: readonly HostileBody[] = [
  ...ALGORITHMS.flatMap((algorithm) => refused("", damaged(algorithm))),
  ...refused("1:json+gzip:9", {
    "gzip with flags that there are not": flipped(TEXT.gzip, 3, 0xe0),
    "gzip with a wrong checksum": flipped(TEXT.gzip, -8, 1),
    "gzip with a wrong size": flipped(TEXT.gzip, -4, 1),
    "gzip of another method": flipped(TEXT.gzip, 2, 1),
    "gzip of a block of an unknown kind": flipped(TEXT.gzip, 10, 4),
  }),
  ...refused("1:json+deflate:9", {
    "deflate that needs a dictionary": Uint8Array.of(0x78, 0xbb, 0, 0, 0, 1, 3, 0),
    "deflate of another window": flipped(TEXT.deflate, 0, 0xf0),
    "deflate with a wrong checksum": flipped(TEXT.deflate, -1, 1),
  }),
  ...refused("1:json+zstd:9", {
    "zstd that wants 2 TB to look back": Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0xf8, 1, 0, 0),
    "zstd that needs a dictionary": Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 9, 1, 0, 0),
    "zstd of a block of an unknown kind": Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 9, 0x4f, 0, 0),
    "zstd that holds 13 MB in 406 bytes": ["1:raw:Uint8Array+zstd:1000", repeats()],
  }),
  // It has no checksum of its own here, and not every runtime has it.
  ...either("1:json+zstd:9", { "zstd with another letter in it": flipped(TEXT.zstd, -2, 1) }),
];
