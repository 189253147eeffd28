import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digest, digestBytes } from "../../src/key/digest.ts";
import { random } from "../random.ts";

interface NodeCrypto {
  createHash(name: string): { update(data: string | Uint8Array): { digest(encoding: "hex"): string } };
}

const crypto = (globalThis as unknown as { process: { getBuiltinModule(name: string): NodeCrypto } }).process
  .getBuiltinModule("node:crypto");

const reference = (data: string | Uint8Array) => crypto.createHash("sha256").update(data).digest("hex").slice(0, 40);

describe("digest()", () => {
  it("gives the first 160 bits of the vectors of FIPS 180-4", () => {
    assert.equal(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4");
    assert.equal(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a3");
    assert.equal(
      digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
      "248d6a61d20638b8e5c026930c3e6039a33ce459",
    );
    assert.equal(digest("a".repeat(1_000_000)), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48");
  });

  it("equals node:crypto for every length up to 300 and around every block of a chunk", () => {
    const lengths = [
      ...Array(300).keys(),
      ...[1024, 2048, 4096].flatMap((n) => [-66, -65, -64, -9, -8, -1, 0, 1, 8, 63, 64].map((d) => n + d)),
    ];
    for (const length of lengths) {
      for (const letter of ["x", "é", "€", "😀"]) {
        const text = "a".repeat(length % 5) + letter.repeat(length);
        assert.equal(digest(text), reference(text), `${length} times ${letter}`);
      }
    }
  });

  it("equals node:crypto for random well-formed text", () => {
    const next = random(7);
    for (let round = 0; round < 2_000; round++) {
      const points = Array.from({ length: Math.floor(next() * 90) }, () => {
        const point = Math.floor(next() * [128, 2_048, 65_536, 0x110000][Math.floor(next() * 4)]!);
        return point >= 0xd800 && point < 0xe000 ? 0x20 : point;
      });
      const text = String.fromCodePoint(...points);
      assert.equal(digest(text), reference(text));
    }
  });

  it("tells lone surrogates from each other, from the replacement character and from the character of a pair", () => {
    const texts = [
      "\ud800",
      "\ud801",
      "\udc00",
      "\udfff",
      "\ufffd",
      "\ud800\udc00",
      "\udc00\ud800",
      "\ud800\ud800",
      "\ud800a",
      "",
      "??",
      "?",
    ];
    assert.equal(new Set(texts.map(digest)).size, texts.length);
  });

  it("is not disturbed by what was hashed before", () => {
    const before = digest("short");
    digest("é".repeat(5_000));
    digestBytes(new Uint8Array(777).fill(255));
    assert.equal(digest("short"), before);
  });
});

describe("digestBytes()", () => {
  it("equals node:crypto for every length up to 300 and for views into a larger buffer", () => {
    const whole = Uint8Array.from({ length: 5_000 }, (_, i) => i * 31);
    for (let length = 0; length <= 300; length++) {
      const view = whole.subarray(length, length * 2);
      assert.equal(digestBytes(view), reference(view), String(length));
    }
    assert.equal(digestBytes(whole), reference(whole));
  });
});
