import assert from "node:assert/strict";
import { test } from "node:test";
import { acache, type CacheEvent, mcache, on, setLogger, setLogLevel } from "../mod.ts";
import { eventLine } from "../src/event_line.ts";
import { countText, errorText, sizeText, spanText } from "../src/wording.ts";
import { enginesHere, fastFolder, keptIn } from "./engines_here.ts";
import { QuietLogger } from "./quiet_logger.ts";
import { settled } from "./settled.ts";

const folder = fastFolder();

const head = { cache: "prices", key: "prices-0a1b2c3d/0-0123456789abcdef0123456789abcdef01234567" };

test("spanText() writes milliseconds in the unit that a person would choose", () => {
  const spans: [number, string][] = [
    [0, "0 ms"],
    [0.0012, "1.2 µs"],
    [0.35, "350 µs"],
    [1.25, "1.3 ms"],
    [9.96, "10 ms"],
    [250, "250 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [3_210, "3.2 s"],
    [57_000, "57 s"],
    [59_960, "1 min"],
    [90_000, "1.5 min"],
    [3_600_000, "1 h"],
    [9_000_000, "2.5 h"],
    [86_400_000 * 30, "30 d"],
    [Infinity, "for ever"],
    [-5, "0 ms"],
  ];
  for (const [ms, text] of spans) assert.equal(spanText(ms), text, String(ms));
});

test("sizeText(), countText() and errorText() write amounts, numbers of things and errors in words", () => {
  const sizes: [number, string][] = [[0, "0 B"], [812, "812 B"], [1_400_000, "1.4 MB"], [999_999, "1 MB"], [
    2e13,
    "20 TB",
  ]];
  for (const [bytes, text] of sizes) assert.equal(sizeText(bytes), text);
  assert.deepEqual([0, 1, 10_000].map((count) => countText(count, "entry")), [
    "0 entries",
    "1 entry",
    "10,000 entries",
  ]);
  assert.equal(countText(2, "call"), "2 calls");
  assert.equal(errorText(new Error("disk\n  is full ")), "disk is full");
  assert.equal(errorText(new RangeError("negative")), "RangeError: negative");
  assert.equal(errorText(new TypeError()), "TypeError");
  assert.equal(errorText("thrown text"), "thrown text");
  assert.equal(errorText(new Error("x".repeat(500))).length, 200);
});

test("eventLine() says what happened in words, for every event", () => {
  const error = new RangeError("out of range");
  const lines: [CacheEvent, string][] = [
    [{ ...head, type: "hit", age: 3_200, state: "fresh" }, '"prices" hit …01234567: fresh, 3.2 s old'],
    [{ ...head, type: "hit", age: 90_000, state: "stale" }, '"prices" hit …01234567: stale, 1.5 min old'],
    [{ ...head, type: "miss", because: "absent" }, '"prices" miss …01234567: nothing is kept'],
    [{ ...head, type: "miss", because: "stale" }, '"prices" miss …01234567: what is kept is past its time'],
    [
      { ...head, type: "miss", because: "gone" },
      '"prices" miss …01234567: what is kept is past its time for good, or its tag was invalidated',
    ],
    [{ ...head, type: "miss", because: "unreadable" }, '"prices" miss …01234567: what is kept cannot be read'],
    [{ ...head, type: "miss", because: "invalid" }, '"prices" miss …01234567: validate refuses what is kept'],
    [{ ...head, type: "miss", because: "outdated" }, '"prices" miss …01234567: schema refuses what is kept'],
    [{ ...head, type: "coalesced" }, '"prices" coalesced …01234567: waits for a computation that is running'],
    [{ ...head, type: "set", size: 1_400_000, cost: 3_200 }, '"prices" set …01234567: 1.4 MB, computed in 3.2 s'],
    [{ ...head, type: "set", size: 12, cost: 0 }, '"prices" set …01234567: 12 B'],
    [{ ...head, type: "skipped", cost: 5 }, '"prices" skipped …01234567: shouldCache said no, after 5 ms'],
    [{ ...head, type: "refused", error, cost: 5 }, '"prices" refused …01234567: not kept: RangeError: out of range'],
    [
      { ...head, type: "fenced", cost: 5 },
      '"prices" fenced …01234567: not kept: its key or tag was invalidated while the function ran',
    ],
    [
      { ...head, type: "failed", error, cost: 250 },
      '"prices" failed …01234567: the function failed after 250 ms: RangeError: out of range',
    ],
    [
      { ...head, type: "refresh", because: "early" },
      '"prices" refresh …01234567: computed anew behind, before its time',
    ],
    [{ ...head, type: "refresh", because: "stale" }, '"prices" refresh …01234567: computed anew behind, being stale'],
    [
      { ...head, type: "stale", because: "failed", age: 7_200_000 },
      '"prices" stale …01234567: served 2 h old, because the function failed',
    ],
    [
      { ...head, type: "stale", because: "late", age: 1_000 },
      '"prices" stale …01234567: served 1 s old, because the function is late',
    ],
    [{ ...head, type: "invalidate" }, '"prices" invalidate …01234567'],
    [{ ...head, type: "expire" }, '"prices" expire …01234567'],
    [{ ...head, type: "evict", reason: "size" }, '"prices" evict …01234567: left for room'],
    [{ ...head, type: "evict", reason: "manual" }, '"prices" evict …01234567: removed'],
    [{ cache: "prices", type: "clear", entries: 1_200 }, '"prices" clear: 1,200 entries'],
    [
      { cache: "prices", type: "error", operation: "get", error },
      '"prices" error: cannot get: RangeError: out of range',
    ],
    [
      { cache: "prices", type: "fallback", wanted: "redis", chosen: "memory", reason: '"redis": it is gone' },
      '"prices" fallback: "memory" in place of "redis": "redis": it is gone',
    ],
  ];
  for (const [event, line] of lines) assert.equal(eventLine(event), line);
});

test('setLogLevel() "debug" writes lines with the key digested, to the logger of the cache where it has one', async () => {
  const [shared, own] = [new QuietLogger(), new QuietLogger()];
  setLogger(shared);
  setLogLevel("debug");
  try {
    const fn = acache((text: string) => Promise.resolve(text), { name: "spoken", logger: own });
    await fn("secret");
    await fn("secret");
    mcache((x: number) => x, { name: "other" })(1);
    const end = fn.cache.key("secret").slice(-8);
    const untimed = own.lines.map((line) => line.replace(/, (computed in )?[\d.]+ [mµ]s( old)?$/, ""));
    assert.deepEqual(untimed, [ // no cost is said where none is measured: the clock of a Worker stands while it computes
      `debug "spoken" miss …${end}: nothing is kept`,
      `debug "spoken" set …${end}: 12 B`,
      `debug "spoken" hit …${end}: fresh`,
    ]);
    assert.deepEqual(shared.lines.map((line) => line.split(" ")[1]), ['"other"', '"other"']);
    assert.ok([...own.lines, ...shared.lines].every((line) => !line.includes("secret")));
  } finally {
    setLogLevel("warn");
    setLogger(undefined);
  }
});

test('setLogLevel() "info" tells of the first entry that leaves for room, once', () => {
  const logger = new QuietLogger();
  setLogLevel("info");
  try {
    const fn = mcache((x: number) => x, { name: "filling", maxSize: 1_200, maxBytes: "1MB", policy: "lru", logger });
    for (let x = 0; x < 1_200; x++) fn(x);
    assert.deepEqual(logger.lines, []);
    for (let x = 0; x < 2_000; x++) fn(-x);
    assert.deepEqual(logger.lines, [
      'info Cache "filling" is full (1,200 entries or 1 MB at most): from now on entries leave it by policy "lru"; this is said once',
    ]);
    const unbounded = mcache((x: number) => x, { name: "half bounded", maxSize: 1, maxBytes: Infinity, logger });
    unbounded(1);
    unbounded(2);
    assert.match(logger.lines[1]!, /\(1 entry at most\)/);
    const pruned = mcache((x: number) => x, { name: "pruned", logger });
    for (const x of [1, 2, 3]) pruned(x);
    const left: CacheEvent[] = [];
    const stop = on("evict", (event) => left.push(event));
    assert.equal(pruned.cache.prune({ maxSize: 2 }), 1);
    stop();
    assert.deepEqual(left, [{ type: "evict", cache: "pruned", key: pruned.cache.key(1), reason: "manual" }]);
    assert.equal(logger.lines.length, 2);
  } finally {
    setLogLevel("warn");
  }
});

for (const engine of enginesHere) {
  test(`${engine}: setLogLevel() "info" tells of the first entry that leaves for room, and never again, not even reopened`, async () => {
    const logger = new QuietLogger();
    setLogLevel("info");
    try {
      const options = { ...keptIn(engine, folder, "filling"), name: `filling ${engine}`, maxSize: 2, logger };
      const fn = acache((x: number) => Promise.resolve(x), options);
      for (const round of [1, 2]) {
        for (const x of [1, 2, 3, 4, 5]) {
          await fn(round * x);
          await settled(fn);
        }
        await fn.cache.close();
      }
      const told = logger.lines.filter((line) => line.includes("is full"));
      assert.equal(told.length, 1);
      assert.match(told[0]!, /^info Cache "filling .+" is full \(2 entries or (100 MB|1 GB) at most\): from now on/);
    } finally {
      setLogLevel("warn");
    }
  });
}
