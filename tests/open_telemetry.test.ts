import { metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { acache, mcache } from "../mod.ts";
import { observeCaches } from "./examples/open_telemetry.ts";
import { FakeClock } from "./fake_clock.ts";
import { QuietLogger } from "./quiet_logger.ts";

const spans = new InMemorySpanExporter();
const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 600_000 });
const metering = new MeterProvider({ readers: [reader] });
trace.setGlobalTracerProvider(tracing);
metrics.setGlobalMeterProvider(metering);

after(async () => {
  trace.disable();
  metrics.disable();
  await Promise.all([tracing.shutdown(), metering.shutdown()]);
});

/** What the metrics say of a cache now, by the name of the metric. */
async function measured(cache: string): Promise<Record<string, unknown>> {
  points.reset();
  await reader.forceFlush();
  const said: Record<string, unknown> = {};
  for (const metric of points.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics).flatMap((all) => all.metrics)) {
    for (const point of metric.dataPoints.filter(({ attributes }) => attributes["cache.name"] === cache)) {
      const { descriptor: { name }, dataPointType } = metric;
      if (dataPointType !== DataPointType.HISTOGRAM) said[name] = point.value;
      else {
        const { count, sum } = point.value as { count: number; sum?: number };
        said[`${name} ${point.attributes["cache.outcome"]}`] = { count, positive: (sum ?? 0) > 0 };
      }
    }
  }
  return said;
}

/** The spans of a cache, as they came. */
function spansOf(cache: string) {
  return spans.getFinishedSpans().filter(({ attributes }) => attributes["cache.name"] === cache);
}

test("observeCaches() gives OpenTelemetry's SDK hits, misses and load times of each cache", async () => {
  const stop = observeCaches();
  const fn = mcache((x: number) => Array.from({ length: 1_000 }, () => x), { name: "measured", maxSize: 2 });
  for (const x of [1, 2, 1, 1, 3]) fn(x);
  const { evictions } = fn.cache.stats();
  assert.ok(evictions >= 1);
  const said = await measured("measured");
  assert.deepEqual(said, {
    "cache.hits": 2,
    "cache.stale_hits": 0,
    "cache.misses": 3,
    "cache.evictions": evictions,
    "cache.load.duration set": { count: 3, positive: true },
  });
  stop();
  fn(4);
  assert.deepEqual(await measured("measured"), said);
});

test("observeCaches() counts stale hits, and those of the memory that no listener slows down", async () => {
  const stop = observeCaches();
  const clock = new FakeClock();
  const fn = acache((x: number) => Promise.resolve(x), {
    name: "stale measured",
    ttl: 1_000,
    staleWhileRevalidate: 1_000,
    clock,
  });
  await fn(1);
  await fn(1);
  clock.advance(1_500);
  await fn(1);
  const said = await measured("stale measured");
  assert.deepEqual([said["cache.hits"], said["cache.stale_hits"], said["cache.misses"]], [2, 1, 1]);
  stop();
});

test("observeCaches() makes a span of each run: name of the cache, digested key, outcome, time and error", async () => {
  const stop = observeCaches();
  const begun = Date.now();
  const fn = acache(async (what: string) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (what === "fails") throw new RangeError("out of range");
    if (what === "is fenced") await fn.cache.invalidate(what);
    return what;
  }, {
    name: "traced",
    logger: new QuietLogger(),
    shouldCache: (value) => value !== "is skipped",
    ttl: (value) => value === "is refused" ? NaN : 1_000,
  });
  const calls = ["is kept", "fails", "is fenced", "is refused", "is skipped"];
  for (const call of calls) await fn(call).catch(() => {});
  await fn("is kept");
  await fn.cache.set(["given"], "by hand");
  stop();
  const told = spansOf("traced");
  assert.deepEqual(
    told.map(({ name, attributes }) => [name, attributes["cache.outcome"], attributes["cache.key"]]),
    ["set", "failed", "fenced", "refused", "skipped"].map((outcome, at) => {
      return ["compute traced", outcome, fn.cache.key(calls[at]!)];
    }),
  );
  for (const { startTime, duration: [seconds, nanos], status, attributes } of told) {
    const ms = seconds * 1_000 + nanos / 1e6;
    assert.ok(ms >= 15 && ms < 2_000, `${ms} ms`);
    assert.ok(startTime[0] * 1_000 + startTime[1] / 1e6 >= begun - 1);
    const failed = attributes["cache.outcome"] === "failed";
    const wanted = { code: SpanStatusCode.ERROR, message: "RangeError: out of range" };
    assert.deepEqual(status, failed ? wanted : { code: SpanStatusCode.UNSET });
    assert.ok(!JSON.stringify(attributes["cache.key"]).includes("kept"));
  }
});

test("observeCaches() makes one span of a run whose error is kept, and none of what was kept by hand", async () => {
  const stop = observeCaches();
  const fn = acache(async (_: number): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    throw new Error("down");
  }, { name: "negative traced", errorTtl: "1m" });
  await assert.rejects(fn(1), /down/);
  await assert.rejects(fn(1), /down/);
  await fn.cache.set([2], 2);
  stop();
  assert.equal(fn.cache.stats().sets, 2);
  assert.deepEqual(spansOf("negative traced").map(({ attributes }) => attributes["cache.outcome"]), ["failed"]);
});
