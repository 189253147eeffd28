import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { createCodec } from "../../src/codec/codec.ts";
import { zlibCompressor } from "../../src/runtime/zlib.ts";
import { missingRuntimes, otherRuntimes, thisRuntime } from "../runtimes.ts";
import { hasZstd } from "./has_zstd.ts";
import { tempFolder } from "../temp_folder.ts";
import { FIXTURES } from "./fixture_values.ts";
import { checkLines, fixturesAsLines } from "./stored_lines.ts";

const folder = tempFolder();
const codec = createCodec({ compressor: zlibCompressor(globalThis as never) });
const script = fileURLToPath(new URL("write_fixtures.ts", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

test(`open() reads what ${thisRuntime()} wrote itself`, async () => {
  assert.equal(await checkLines(codec, fixturesAsLines(codec)), Object.keys(FIXTURES).length);
});

for (const { name, command } of otherRuntimes()) {
  for (const algorithm of [[], ["gzip"], ["deflate"], ["zstd"]]) {
    test(`open() reads what ${name} wrote ${algorithm.length ? `with ${algorithm}` : "uncompressed"}`, async () => {
      const file = join(folder, `${name}${algorithm}.jsonl`);
      execFileSync(command[0]!, [...command.slice(1), script, file, ...algorithm], {
        cwd: root,
        env: { ...process.env, NODE_NO_WARNINGS: "1" },
        timeout: 60_000,
      });
      const lines = readFileSync(file, "utf8").trim().split("\n");
      const checked = checkLines(codec, lines);
      if (algorithm[0] === "zstd" && !hasZstd()) {
        return await assert.rejects(checked, { code: "ERR_CACHE_SERIALIZATION" });
      }
      assert.equal(await checked, Object.keys(FIXTURES).length);
      if (algorithm.length > 0) assert.ok(lines.filter((line) => line.includes(`+${algorithm}:`)).length > 10);
    });
  }
}

for (const name of missingRuntimes()) {
  const skip = `${name} is not installed: set TWAT_TEST_${name.toUpperCase()}`;
  test(`open() reads what ${name} wrote`, { skip }, () => {});
}
