import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { createCodec } from "../../src/codec/codec.ts";
import { zlibCompressor } from "../../src/runtime/zlib.ts";
import { hasZstd } from "./has_zstd.ts";
import { checkLines } from "./stored_lines.ts";

// Written once and never again: what a release has stored, all later ones read.
const stored = JSON.parse(readFileSync(new URL("stored_v1.json", import.meta.url), "utf8")) as Record<string, object[]>;

for (const [name, lines] of Object.entries(stored)) {
  test(`open() reads the ${name} bodies that version 1 stored`, async () => {
    const codec = createCodec({ compressor: zlibCompressor(globalThis as never) });
    const checked = checkLines(codec, lines.map((line) => JSON.stringify(line)));
    if (name === "zstd" && !hasZstd()) await assert.rejects(checked, { code: "ERR_CACHE_SERIALIZATION" });
    else assert.ok(await checked > 10);
  });
}
