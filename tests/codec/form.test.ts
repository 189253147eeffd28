import assert from "node:assert/strict";
import test from "node:test";
import { parseForm } from "../../src/codec/form.ts";
import { SerializationError } from "../../src/errors.ts";

test("parseForm() reads every kind of form", () => {
  assert.deepEqual(parseForm("1:json"), {
    kind: "json",
    text: true,
    type: "",
    textBytes: 0,
    filter: "none",
    compressed: undefined,
  });
  assert.deepEqual(parseForm("1:super:120+gzip:400"), {
    kind: "super",
    text: false,
    type: "",
    textBytes: 120,
    filter: "none",
    compressed: { algorithm: "gzip", rawBytes: 400 },
  });
  assert.deepEqual(parseForm("1:raw:Float64Array+shuffle+zstd:8000"), {
    kind: "raw",
    text: false,
    type: "Float64Array",
    textBytes: 0,
    filter: "shuffle",
    compressed: { algorithm: "zstd", rawBytes: 8000 },
  });
  assert.deepEqual([parseForm("1:user:text").text, parseForm("1:user:bytes").text, parseForm("1:super").text], [
    true,
    false,
    true,
  ]);
});

const UNKNOWN = [
  "",
  "1",
  "1:",
  ":json",
  "json",
  "0:json",
  "2:json",
  "01:json",
  "1:JSON",
  "1:json ",
  " 1:json",
  "1:json\n",
  "1:json:",
  "1:json:3",
  "1:json+",
  "1:json+gzip",
  "1:json+gzip:",
  "1:json+gzip:-1",
  "1:json+gzip:01",
  "1:json+gzip:1e3",
  "1:json+gzip:99999999999999999",
  "1:json+brotli:5",
  "1:json+gzip:5+gzip:5",
  "1:json+gzip:5+shuffle",
  "1:super:",
  "1:super:0",
  "1:super:-1",
  "1:super:1.5",
  "1:json+delta:0+gzip:1",
  "1:raw:Int8Array+shuffle+delta:1+gzip:1",
  "1:raw:Int8Array+delta:5+gzip:1",
  "1:raw",
  "1:raw:",
  "1:raw:float",
  "1:raw:Float64Array:8",
  "1:raw:__proto__",
  "1:raw:../x",
  "1:user",
  "1:user:json",
  "1:pack:1",
];

for (const form of UNKNOWN) {
  test(`parseForm() refuses ${JSON.stringify(form)}`, () => {
    assert.throws(() => parseForm(form), (error: unknown) => {
      return error instanceof SerializationError && error.message.includes(JSON.stringify(form).slice(0, 100));
    });
  });
}
