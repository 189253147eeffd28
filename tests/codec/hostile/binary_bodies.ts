import { toUtf8 } from "../../../src/codec/utf8.ts";
import { binary, type Bodies, each, type HostileBody, listOf, MAX_BYTES, read, refused } from "./hostile_body.ts";

/** Types of binary data and the bytes of an element. */
const TYPES: readonly (readonly [name: string, width: number])[] = [
  ["Uint8Array", 1],
  ["Uint8ClampedArray", 1],
  ["Int8Array", 1],
  ["DataView", 1],
  ["ArrayBuffer", 1],
  ["Buffer", 1],
  ["Int16Array", 2],
  ["Uint16Array", 2],
  ["Float16Array", 2],
  ["Int32Array", 4],
  ["Uint32Array", 4],
  ["Float32Array", 4],
  ["Float64Array", 8],
  ["BigInt64Array", 8],
  ["BigUint64Array", 8],
];
const WIDE = TYPES.filter(([, width]) => width > 1);
const SEGMENT = new Uint8Array(16).fill(7);

/** A view on a segment of 16 bytes. */
const view = (type: unknown, ...place: readonly unknown[]): [string, Uint8Array] =>
  binary([16], [["view", type, ...place]], SEGMENT);

function viewsOf([type]: (typeof TYPES)[number]): Bodies {
  return {
    [`a ${type} past its segment (GHSA-j22f-vq7h-c4qm)`]: view(type, 0, 8, 16),
    [`a ${type} before its segment`]: view(type, 0, -8, 16),
    [`a ${type} of 8 PB (GHSA-jp82-f5mq-hwhp)`]: view(type, 0, 0, 2 ** 53 - 8),
    [`a ${type} of a negative size`]: view(type, 0, 8, -8),
    [`a ${type} of half a byte`]: view(type, 0, 0, 0.5),
    [`a ${type} of no size`]: view(type, 0, 0),
    [`a ${type} at a text`]: view(type, 0, "0", 8),
    [`a ${type} over a number (GHSA-vw5p-8cq8-m7mv)`]: view(type, 1e9, 0, 8),
    [`a ${type} over a node (GHSA-r9w8-h9r3-54w4)`]: view(type, [0], 0, 16),
  };
}

/** What claims to be a graph with binary data. */
export const viewBodies: readonly HostileBody[] = [
  ...refused("", {
    "a graph that is longer than its body": ["1:super:999", new Uint8Array(16)],
    "a graph of zeros": ["1:super:8", new Uint8Array(16)],
    "a graph that is no UTF-8": ["1:super:2", Uint8Array.of(0xff, 0xfe, 0, 0, 0, 0, 0, 0)],
    "a graph that is null": ["1:super:4", toUtf8("null\0\0\0\0")],
    "a graph without segments": ["1:super:21", toUtf8('{"root":1,"nodes":[]}\0\0\0')],
    "segments that do not add up": binary([8], [["object"]]),
    "segments that are too long": binary([8], [["object"]], new Uint8Array(16)),
    "segments of negative size": binary([-8, 16], [["object"]], new Uint8Array(8)),
    "segments of fractions": binary([0.5], [["object"]], new Uint8Array(1)),
    "segments of text": binary(["8"], [["object"]], new Uint8Array(8)),
    "segments that are too large": binary([2 ** 53], [["object"]]),
    "segments beyond all numbers": binary([1e300], [["object"]]),
    "segments that are no list": binary({ length: 0 }, [["object"]]),
    "segments that are null": binary(null, [["object"]]),
    ...Object.assign({}, ...TYPES.map(viewsOf)) as Bodies,
    ...each(WIDE, ([type, width]) => [`a ${type} between elements`, view(type, 0, width / 2, 8)]),
    ...each(WIDE, ([type, width]) => [`a ${type} of half an element`, view(type, 0, 0, 8 + width / 2)]),
    "an ArrayBuffer that is part of one (GHSA-j22f-vq7h-c4qm)": view("ArrayBuffer", 0, 0, 8),
    "an ArrayBuffer that begins later": view("ArrayBuffer", 0, 8, 8),
    "an ArrayBuffer of a number (GHSA-g2pg-6438-jwpf)": view("ArrayBuffer", 1e9),
    ...each(["length", "0", "__proto__", "constructor", -1, 0.5, null], (segment) => {
      return [`a view on the segment ${JSON.stringify(segment)}`, view("Uint8Array", segment, 0, 8)];
    }),
    ...each(["Function", "SharedArrayBuffer", "Array", "__proto__", "", 1, null, ["Uint8Array"]], (type) => {
      return [`a view of the type ${JSON.stringify(type)}`, view(type, 0, 0, 8)];
    }),
  }),
  ...read("", {
    "50,000 empty segments": binary(listOf(50_000, () => 0), [["object"]]),
    "50,000 views of one segment": binary([16], listOf(50_000, () => ["view", "Float64Array", 0, 0, 16]), SEGMENT),
  }),
];

/** What claims to be raw bytes. */
export const rawBodies: readonly HostileBody[] = [
  ...refused("", {
    ...each(WIDE, ([type, width]) => {
      return [`a ${type} of a byte too many (GHSA-jp82-f5mq-hwhp)`, [`1:raw:${type}`, new Uint8Array(width * 2 + 1)]];
    }),
    ...each(WIDE, ([type, width]) => [`a ${type} of a byte too few`, [`1:raw:${type}`, new Uint8Array(width * 2 - 1)]]),
    ...each(["Float128Array", "Function", "SharedArrayBuffer", "Array", "Promise", "Object", "Uint8array"], (type) => {
      return [`a ${type}`, [`1:raw:${type}`, new Uint8Array(16)]];
    }),
    "a Uint8Array of more than maxBytes": ["1:raw:Uint8Array", new Uint8Array(MAX_BYTES + 1)],
  }),
  ...read("", {
    "numbers that are none": ["1:raw:Float64Array", new Uint8Array(16).fill(0xff)],
    "a DataView of nothing": ["1:raw:DataView", new Uint8Array(0)],
  }),
];
