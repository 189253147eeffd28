import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keyHash } from "../../../src/policy/orders/key_hash.ts";
import { Sketch } from "../../../src/policy/orders/sketch.ts";

function sketchFor(keys: number): Sketch {
  const sketch = new Sketch();
  sketch.grow(keys);
  return sketch;
}

describe("Sketch", () => {
  it("estimate() is never too low, seldom too high, and stops at 15", () => {
    const sketch = sketchFor(1_024);
    for (let key = 0; key < 1_000; key++) for (let times = 0; times < key % 8; times++) sketch.add(keyHash(key));
    let wrong = 0;
    for (let key = 0; key < 1_000; key++) {
      assert.ok(sketch.estimate(keyHash(key)) >= key % 8);
      if (sketch.estimate(keyHash(key)) > key % 8) wrong++;
    }
    assert.ok(wrong < 50, `${wrong} of 1,000 are too high`);
    for (let times = 0; times < 100; times++) sketch.add(keyHash("often"));
    assert.equal(sketch.estimate(keyHash("often")), 15);
  });

  it("add() halves all counts when ten times as many sightings as keys have come", () => {
    const sketch = sketchFor(1_024);
    for (let times = 0; times < 12; times++) sketch.add(keyHash("early"));
    for (let n = 0; n < 10 * sketch.capacity - 13; n++) sketch.add(keyHash(n));
    assert.ok(sketch.estimate(keyHash("early")) >= 12);
    sketch.add(keyHash("the last straw"));
    const aged = sketch.estimate(keyHash("early"));
    assert.ok(aged >= 6 && aged < 12, `${aged}`);
  });

  it("grow() makes room for the keys it is asked for", () => {
    assert.ok(sketchFor(1).capacity >= 1);
    assert.ok(sketchFor(1_000).capacity >= 1_000);
    assert.equal(sketchFor(100).estimate(keyHash("a")), 0);
  });
});
