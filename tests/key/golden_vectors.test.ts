import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goldenKeys } from "./golden_table.ts";
import vectors from "./golden_vectors.json" with { type: "json" };

describe("makeKey() on this runtime", () => {
  const found = goldenKeys();
  const expected: Record<string, string> = vectors;

  it("is checked against each vector, and against at least 60", () => {
    assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort());
    assert.ok(Object.keys(expected).length >= 60);
  });

  for (const [description, key] of Object.entries(found)) {
    it(`gives the key that all runtimes give for ${description}`, () => assert.equal(key, expected[description]));
  }
});
