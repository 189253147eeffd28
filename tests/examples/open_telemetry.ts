import { type BatchObservableCallback, metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import { getStats, listCaches, on } from "../../mod.ts";

/** Tells OpenTelemetry of all caches of this process, until the function that it returns is called. */
export function observeCaches(): () => void {
  const meter = metrics.getMeter("@twat/cache");
  const counters = {
    hits: meter.createObservableCounter("cache.hits"),
    staleHits: meter.createObservableCounter("cache.stale_hits"),
    misses: meter.createObservableCounter("cache.misses"),
    evictions: meter.createObservableCounter("cache.evictions"),
  };
  const observe: BatchObservableCallback = (result) => {
    for (const name of new Set(listCaches().map(({ name }) => name))) {
      const stats = getStats(name);
      for (const count of Object.keys(counters) as (keyof typeof counters)[]) {
        result.observe(counters[count], stats[count], { "cache.name": name });
      }
    }
  };
  meter.addBatchObservableCallback(observe, Object.values(counters));

  // Each run of a function ends in one of these events, which hits in memory do not wait for.
  const tracer = trace.getTracer("@twat/cache");
  const duration = meter.createHistogram("cache.load.duration", { unit: "s" });
  const stops = (["set", "skipped", "refused", "fenced", "failed"] as const).map((outcome) =>
    on(outcome, (event) => {
      if (event.cost === 0) return; // given with cache.set, not computed
      const attributes = { "cache.name": event.cache, "cache.outcome": outcome };
      duration.record(event.cost / 1_000, attributes);
      const span = tracer.startSpan(`compute ${event.cache}`, {
        startTime: Date.now() - event.cost,
        attributes: { ...attributes, "cache.key": event.key },
      });
      if (event.type === "failed") span.setStatus({ code: SpanStatusCode.ERROR, message: String(event.error) });
      span.end();
    })
  );
  return () => {
    meter.removeBatchObservableCallback(observe, Object.values(counters));
    for (const stop of stops) stop();
  };
}
