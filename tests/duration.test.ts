import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes } from "../src/byte_size.ts";
import { milliseconds } from "../src/duration.ts";

test("milliseconds() reads numbers and every unit", () => {
  const good: [unknown, number][] = [
    [250, 250],
    [0.5, 0.5],
    [Infinity, Infinity],
    [1e15, 1e15],
    ["250ms", 250],
    ["30s", 30_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["7d", 604_800_000],
    ["1.5s", 1_500],
  ];
  for (const [given, expected] of good) assert.equal(milliseconds(given), expected, String(given));
});

test("milliseconds() refuses what is no span of time", () => {
  for (
    const bad of [
      0,
      -1,
      NaN,
      -Infinity,
      "0s",
      "-5m",
      "5",
      "m",
      "5 m",
      "5min",
      "1e3s",
      "",
      null,
      undefined,
      {},
      [],
      true,
      5n,
    ]
  ) {
    assert.equal(milliseconds(bad), undefined, String(bad));
  }
});

test("bytes() reads numbers and every unit", () => {
  const good: [unknown, number][] = [
    [1e6, 1e6],
    [Infinity, Infinity],
    ["512B", 512],
    ["1KB", 1_000],
    ["1KiB", 1_024],
    ["500MB", 500_000_000],
    ["1.5GiB", 1_610_612_736],
    ["2 TB", 2e12],
  ];
  for (const [given, expected] of good) assert.equal(bytes(given), expected, String(given));
});

test("bytes() refuses what is no amount", () => {
  for (const bad of [0, -1, NaN, "0MB", "-1MB", "5", "MB", "1iB", "1kb", "", null, undefined, {}, true]) {
    assert.equal(bytes(bad), undefined, String(bad));
  }
});
