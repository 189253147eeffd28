/**
 * Statistics in the text format of Prometheus, version 0.0.4, which OpenMetrics scrapers read, too.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import { ConfigurationError } from "./errors.ts";
import { registry } from "./registry.ts";
import type { CacheStats, TierStats } from "./stats.ts";

/** How statistics are written for Prometheus. */
export interface PrometheusOptions {
  /** What the names of the metrics begin with. `"twat_cache"` by default. */
  readonly prefix?: string | undefined;
  /** Labels that every sample has besides `cache`, such as `{ service: "shop" }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** One metric: its name without the prefix, its type, what it counts, and its samples for a cache or a tier. */
interface Metric<T> {
  readonly name: string;
  readonly type: "counter" | "gauge" | "summary";
  readonly help: string;
  readonly of: (from: T) => number | undefined | { readonly sum: number; readonly count: number };
}

const seconds = (ms: number): number => ms / 1_000;

const OF_CACHES: readonly Metric<CacheStats>[] = [
  { name: "hits_total", type: "counter", help: "Calls answered from the cache.", of: ({ hits }) => hits },
  {
    name: "stale_hits_total",
    type: "counter",
    help: "Hits answered with a stale value.",
    of: ({ staleHits }) => staleHits,
  },
  { name: "misses_total", type: "counter", help: "Calls that found nothing usable.", of: ({ misses }) => misses },
  {
    name: "coalesced_total",
    type: "counter",
    help: "Misses answered by a computation that was running.",
    of: ({ coalesced }) => coalesced,
  },
  { name: "sets_total", type: "counter", help: "Values stored.", of: ({ sets }) => sets },
  { name: "evictions_total", type: "counter", help: "Entries that left for room.", of: ({ evictions }) => evictions },
  {
    name: "expirations_total",
    type: "counter",
    help: "Entries found past their time.",
    of: ({ expirations }) => expirations,
  },
  {
    name: "errors_total",
    type: "counter",
    help: "Faults of the engine, and values that could not be kept.",
    of: ({ errors }) => errors,
  },
  {
    name: "load_seconds",
    type: "summary",
    help: "Time spent in the function, and how often it ran.",
    of: ({ loadMs, loads }) => ({ sum: seconds(loadMs), count: loads }),
  },
  {
    name: "load_failures_total",
    type: "counter",
    help: "Runs of the function that failed.",
    of: ({ failures }) => failures,
  },
  {
    name: "saved_seconds_total",
    type: "counter",
    help: "Time that the hits would have cost.",
    of: ({ savedMs }) => seconds(savedMs),
  },
  { name: "entries", type: "gauge", help: "Entries held.", of: ({ size }) => size },
  { name: "bytes", type: "gauge", help: "Bytes held.", of: ({ bytes }) => bytes },
  { name: "in_flight", type: "gauge", help: "Computations running.", of: ({ inFlight }) => inFlight },
];

const OF_TIERS: readonly Metric<TierStats>[] = [
  { name: "tier_hits_total", type: "counter", help: "Hits by the tier that answered.", of: ({ hits }) => hits },
  {
    name: "tier_saved_seconds_total",
    type: "counter",
    help: "Time that the hits of a tier would have cost.",
    of: ({ savedMs }) => seconds(savedMs),
  },
  { name: "tier_entries", type: "gauge", help: "Entries held by a tier.", of: ({ size }) => size },
  { name: "tier_bytes", type: "gauge", help: "Bytes held by a tier.", of: ({ bytes }) => bytes },
];

/**
 * The statistics of all caches of this process as text for Prometheus, version 0.0.4 of the format: serve it under `/metrics`
 * with the content type `text/plain; version=0.0.4; charset=utf-8`.
 *
 * Each sample has the label `cache`, each one of a tier `tier`, too. Caches of one name are one. Times are seconds. Throws a
 * `ConfigurationError` for a prefix or a label that Prometheus does not allow.
 *
 * @example
 * ```ts
 * import { mcache, prometheusText } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * const cube = mcache((n: number) => n ** 3, { name: "cube" });
 * cube(3);
 * cube(3);
 * assert.match(prometheusText(), /^twat_cache_hits_total\{cache="cube"\} 1$/m);
 * ```
 */
export function prometheusText(options: PrometheusOptions = {}): string {
  const { prefix = "twat_cache", labels = {} } = options;
  refuse(prefix, labels);
  const caches = [...registry.stats(undefined)];
  const ofCaches = caches.map(([cache, stats]) => [{ ...labels, cache }, stats] as const);
  const ofTiers = caches.flatMap(([cache, { tiers }]) =>
    tiers.map((tier) => [{ ...labels, cache, tier: tier.name }, tier] as const)
  );
  return [
    ...OF_CACHES.map((metric) => written(metric, ofCaches, prefix)),
    ...OF_TIERS.map((metric) => {
      return written(metric, ofTiers, prefix);
    }),
  ].join("");
}

type Labels = Readonly<Record<string, string>>;

/** A metric with all its samples; nothing where it has none. */
function written<T>(metric: Metric<T>, all: readonly (readonly [Labels, T])[], prefix: string): string {
  const name = `${prefix}_${metric.name}`;
  const samples = all.flatMap(([labels, from]) => {
    const value = metric.of(from);
    if (value === undefined) return [];
    if (typeof value === "number") return [sample(name, labels, value)];
    return [sample(`${name}_sum`, labels, value.sum), sample(`${name}_count`, labels, value.count)];
  });
  if (samples.length === 0) return "";
  return `# HELP ${name} ${metric.help}\n# TYPE ${name} ${metric.type}\n${samples.join("")}`;
}

function sample(name: string, labels: Labels, value: number): string {
  const written = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`).join(",");
  return `${name}{${written}} ${numberText(value)}\n`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function refuse(prefix: string, labels: Labels): void {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(prefix)) {
    throw new ConfigurationError(
      `Cannot write metrics with the prefix ${
        JSON.stringify(prefix)
      }: names are of letters, digits, "_" and ":"; choose another`,
      { issues: [{ path: "prefix", message: 'must be of letters, digits, "_" and ":"' }] },
    );
  }
  for (const name of Object.keys(labels)) {
    const reserved = name === "cache" || name === "tier" || name.startsWith("__");
    if (!reserved && /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) continue;
    throw new ConfigurationError(
      `Cannot write metrics with the label ${JSON.stringify(name)}: ${
        reserved ? "it is taken" : 'labels are of letters, digits and "_"'
      }; choose another`,
      { issues: [{ path: `labels.${name}`, message: reserved ? "is taken" : 'must be of letters, digits and "_"' }] },
    );
  }
}
