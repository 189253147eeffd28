import assert from "node:assert/strict";
import test from "node:test";
import { checksumOfBytes, checksumOfText } from "../../src/codec/checksum.ts";
import { random } from "../random.ts";

// Stored bodies carry these numbers: a change of the algorithm needs a new form.
const TEXTS = [4005877591, 462779927, 2759547396];
const BYTES = [208130641, 2646895070];

test("checksumOfText() and checksumOfBytes() give what they always gave", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i * 3);
  assert.deepEqual(
    [checksumOfText("", "1:json"), checksumOfText('{"a":1}', "1:json"), checksumOfText("ü😀", "1:user:text")],
    TEXTS,
  );
  assert.deepEqual([checksumOfBytes(bytes, "1:raw:Uint8Array"), checksumOfBytes(bytes.subarray(0, 3), "")], BYTES);
});

test("checksumOfBytes() is the same wherever the bytes stand", () => {
  const bytes = Uint8Array.from({ length: 203 }, (_, i) => i * 31);
  const expected = checksumOfBytes(bytes, "f");
  for (let offset = 0; offset < 9; offset++) {
    const buffer = new Uint8Array(220);
    buffer.set(bytes, offset);
    assert.equal(checksumOfBytes(buffer.subarray(offset, offset + 203), "f"), expected);
  }
});

test("checksumOfText() changes with every bit of a text", () => {
  const text = "The quick brown fox jumps over the lazy dog";
  const seen = new Set([checksumOfText(text, "f")]);
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 16; bit++) {
      seen.add(
        checksumOfText(
          text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1),
          "f",
        ),
      );
    }
  }
  assert.equal(seen.size, text.length * 16 + 1);
});

test("checksumOfBytes() changes when two numbers change their sign", () => {
  const numbers = Float64Array.from({ length: 64 }, (_, i) => i + 1);
  const bytes = new Uint8Array(numbers.buffer);
  const seen = new Set([checksumOfBytes(bytes, "f")]);
  let pairs = 0;
  for (let i = 0; i < 64; i++) {
    for (let j = i + 1; j < 64; j++, pairs++) {
      numbers[i]! *= -1;
      numbers[j]! *= -1;
      seen.add(checksumOfBytes(bytes, "f"));
      numbers[i]! *= -1;
      numbers[j]! *= -1;
    }
  }
  assert.equal(seen.size, pairs + 1);
});

test("checksumOfBytes() tells lengths of zeros apart", () => {
  const seen = new Set<number>();
  for (let length = 0; length < 500; length++) seen.add(checksumOfBytes(new Uint8Array(length), "f"));
  assert.equal(seen.size, 500);
});

test("checksumOfText() and checksumOfBytes() spread over 32 bits", () => {
  const next = random(5);
  const [texts, bytes] = [new Set<number>(), new Set<number>()];
  for (let i = 0; i < 20_000; i++) {
    texts.add(checksumOfText(`{"id":${i}}`, "1:json"));
    bytes.add(checksumOfBytes(Uint8Array.of(i, i >> 8, 0, 0, next() < 0.5 ? 1 : 0), "1:raw:Uint8Array"));
  }
  // By chance 20,000 of 2^32 meet 0.05 times.
  assert.ok(texts.size >= 19_998, String(texts.size));
  assert.ok(bytes.size >= 19_998, String(bytes.size));
});

test("checksumOfText() differs with the form", () => {
  const forms = ["1:json", "1:pack", "1:super", "1:user:text", "1:json+gzip:1", "1:json+gzip:2", "2:json", ""];
  assert.equal(new Set(forms.map((form) => checksumOfText("[]", form))).size, forms.length);
});
