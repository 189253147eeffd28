import { DEEP, each, either, type HostileBody, listOf, MAX_BYTES, nest, read, refused } from "./hostile_body.ts";

const PROTO = '"__proto__":{"polluted":true}';

/** What claims to be JSON. */
export const jsonBodies: readonly HostileBody[] = [
  ...refused("1:json", {
    "nothing": "",
    "no JSON": "{",
    "two values": "1 2",
    "undefined": "undefined",
    "NaN": "[NaN]",
    "a comment": "/* 1 */ 1",
    "a last comma": "[1,]",
    "a line end in a string": '"a\nb"',
    "half an escape": '"\\u12"',
    "a string without end": '"a\\"',
    "a byte order mark": "\ufeff1",
    "code": "globalThis.polluted=1",
    "a call (GHSA-3rxj-6cgf-8cfw)": '{"a":alert(1)}',
    "a byte that is no UTF-8": Uint8Array.of(0x22, 0xff, 0x22),
    "UTF-8 that is too long": Uint8Array.of(0x22, 0xc0, 0xa2, 0x22),
    "UTF-8 of half a pair": Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
    "UTF-8 that is cut": Uint8Array.of(0x22, 0xe2, 0x82),
    "a byte order mark in bytes": Uint8Array.of(0xef, 0xbb, 0xbf, 0x31),
    "UTF-16": Uint8Array.of(0xff, 0xfe, 0x31, 0),
    "a deep array": nest("[", DEEP, "]"),
    "a deep object (GHSA-3j22-8qj3-26mx)": nest('{"a":', DEEP, "}", "1"),
    "arrays in objects": nest('[{"a":', DEEP / 2, "}]", "1"),
    "a deep array with strings": nest('["]",', DEEP, "]", "1"),
    "a deep array with escapes": nest('["\\"]\\\\",', DEEP, "]", "1"),
    "an open deep array": "[".repeat(DEEP),
    "depth behind a long string": `["${"[".repeat(30_000)}",${nest("[", 10_001, "]")}]`,
    "one level too many": nest("[", 10_001, "]"),
    "more than maxBytes": `"${"x".repeat(MAX_BYTES)}"`,
    "more than maxBytes in bytes": new Uint8Array(MAX_BYTES + 1).fill(0x20),
  }),
  ...read("1:json", {
    "the deepest array": nest("[", 10_000, "]"),
    "the deepest object": nest('{"a":', 10_000, "}", "1"),
    "brackets that are text": `"${"[{".repeat(50_000)}"`,
    "a __proto__ (GHSA-8qm3-746x-r74r)": `{${PROTO}}`,
    "a __proto__ in a list in a __proto__": `[{"__proto__":[{${PROTO}}]}]`,
    "two of them": `{"__proto__":null,${PROTO}}`,
    "a __proto__ that is escaped": '{"\\u005f_proto__":{"polluted":true}}',
    "a constructor": '{"constructor":{"prototype":{"polluted":true}}}',
    "a then (GHSA-p6vx-979v-rg4c)": '{"then":{"__proto__":1},"catch":0}',
    "names that objects inherit (GHSA-5qjj-4xww-7phc)": '{"toString":1,"valueOf":2,"hasOwnProperty":3,"toJSON":4}',
    "names of what defines getters": '{"__defineGetter__":1,"__lookupSetter__":2}',
    "the same name twice": '{"a":1,"a":{"a":2}}',
    "a number beyond all": "[1e999,-1e999,1e-999]",
    "a number of many digits": "1".repeat(1_000_000),
    "names that are large indices": '[{"4294967294":1},{"33554431":1},{"99999":1}]',
    "half a pair": '["\\ud800","\\udc00\\ud800"]',
    "text that nearly is emoji (GHSA-vqpr-j7v3-hqw9)": `"${"🇩🇪".repeat(40_000)}!"`,
  }),
];

/** What claims to be packed text. */
export const packedBodies: readonly HostileBody[] = [
  ...refused("1:pack", {
    "no JSON": "{",
    "a deep array": nest("[", DEEP, "]"),
    "a fairly deep array": nest("[", 9_000, "]"),
    "a fairly deep object": nest('{"a":', 9_000, "}", "1"),
    "Maps that are fairly deep (GHSA-3j22-8qj3-26mx)": nest('{"~m":[0,', 4_500, "]}", "1"),
    "Sets that are fairly deep": nest('{"~s":[', 4_500, "]}", "1"),
    "rows that are fairly deep": nest('{"~r":[["a"],', 9_000, "]}", "[]"),
    "a mark alone": '"~"',
    "a mark of a function (GHSA-3rxj-6cgf-8cfw)": '["~f()=>1","~p1"]',
    "an unknown mark deep within": '{"a":[{"b":["~?"]}]}',
    "a Map with an odd end": '{"~m":[1,2,3]}',
    "a Map of a damaged key": '{"~m":["~?",1]}',
    "a Set of a damaged member": '{"~s":[1,{"~m":[1]}]}',
    "a Date of a million digits": `"~d${"9".repeat(1_000_000)}"`,
    "a bigint that nearly is one (GHSA-vqpr-j7v3-hqw9)": `"~b${"f".repeat(2_000_000)}!"`,
    "rows of nothing": '{"~r":[]}',
    "rows without names": '{"~r":[[]]}',
    "rows without columns": '{"~r":[["a"]]}',
    "rows with too few columns": '{"~r":[["a","b"],[1]]}',
    "rows with too many columns": '{"~r":[["a"],[1],[2]]}',
    "rows with columns of different length (GHSA-66fc-rw6m-c2q6)": '{"~r":[["a","b"],[1],[1,2]]}',
    "rows with a text of names": '{"~r":["a",[1]]}',
    "rows with an object of names": '{"~r":[{"0":"a","length":1},[1]]}',
    "rows that set a prototype (GHSA-hj76-42vx-jwp4)": '{"~r":[["__proto__"],[{"polluted":true}]]}',
    "rows that set a prototype, escaped": '{"~r":[["\\u005f_proto__"],[{"polluted":true}]]}',
    ...each(["?", "f", "p", "v", "x", "constructor", " ", "\\u0000", "U", "u ", "nn", "z0", "-i"], (mark) => {
      return [`the mark ~${mark}`, `"~${mark}"`];
    }),
    ...each(["x", "p", "rr", "", "__proto__", "M"], (mark) => [`the container ~${mark}`, `{"~${mark}":[]}`]),
    ...each(
      ["m", "s", "d", "r"].flatMap((mark) =>
        ['"ab"', "5", "null", '{"0":1,"length":1}', '"~u"'].map((content) => {
          return [mark, content];
        })
      ),
      ([mark, content]) => [`${content} for the content of ~${mark}`, `{"~${mark}":${content}}`],
    ),
    ...each(
      ["now", "99999999999999999999", "0.5", "8640000000000001", "-8640000000000001", "1n", "NaN", "0 0"],
      (time) => {
        return [`a Date of ${time}`, `"~d${time}"`];
      },
    ),
    ...each(['"now"', "null", "0.5", "8640000000000001", "true", "[]", '"~d0"', '"1"', "{}", "1e999"], (time) => {
      return [`Dates of ${time}`, `{"~d":[0,${time}]}`];
    }),
    ...each(["0x1", "", "-", "--1", "+1", "1.0", "1n", "F", " 1", "1_0"], (digits) => {
      return [`a bigint of "${digits}"`, `"~b${digits}"`];
    }),
    ...each(["5", '"a"', "null", '{"~m":[]}', '{"~s":[1]}', '{"length":1}', '"~u"'], (column) => {
      return [`rows with ${column} for a column`, `{"~r":[["a"],${column}]}`];
    }),
    ...each(["1", "null", '["__proto__"]', '{"a":1}'], (name) => {
      return [`rows with the name ${name}`, `{"~r":[[${name}],[1]]}`];
    }),
  }),
  ...read("1:pack", {
    "a __proto__": `{${PROTO},"a":"~u"}`,
    "a __proto__ of marks": '[{"__proto__":"~u"},{"constructor":{"prototype":{"polluted":"~n"}}}]',
    "a __proto__ of a Map": '{"__proto__":{"~m":["polluted",true]}}',
    "a Map with a __proto__ for a key": '{"~m":["__proto__",{"polluted":true}]}',
    "a Map beside its mark": '{"~m":[1],"a":"~u"}',
    "rows with names that objects inherit": '{"~r":[["constructor","toString","then"],[1],[2],[3]]}',
    "rows with the same name twice": '{"~r":[["a","a"],[1],[2]]}',
    "rows with names that are large indices": '{"~r":[["4294967294","99999"],[1,2],[3,4]]}',
    "no rows of a thousand names": JSON.stringify({ "~r": [listOf(1_000, String), ...listOf(1_000, () => [])] }),
  }),
  ...either("1:pack", { "a bigint of a million digits": `"~b${"f".repeat(1_000_000)}"` }),
];
