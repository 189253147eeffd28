import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigurationError, mcache, registerCache } from "../mod.ts";
import { prometheusText } from "../src/prometheus.ts";
import { Counters, sumStats } from "../src/stats.ts";

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [""],
  gauge: [""],
  summary: ["_sum", "_count"],
};

/** Reads the text format 0.0.4, and throws at whatever it does not allow. */
function parsed(text: string): Family[] {
  assert.ok(text.endsWith("\n"), "the last line ends");
  const families: Family[] = [];
  const seen = new Set<string>();
  const lines = text.slice(0, -1).split("\n");
  for (let at = 0; at < lines.length;) {
    const help = /^# HELP (\S+) (.+)$/.exec(lines[at++]!);
    const type = /^# TYPE (\S+) (counter|gauge|summary)$/.exec(lines[at++] ?? "");
    assert.ok(help !== null && type !== null && help[1] === type[1], `HELP and TYPE before line ${at}`);
    const [, name, says] = help as unknown as [string, string, string];
    assert.match(name, NAME);
    assert.ok(!families.some((family) => family.name === name), `${name} comes twice`);
    assert.equal(name.endsWith("_total"), type[2] === "counter", `${name} is a ${type[2]}`);
    const samples: Sample[] = [];
    for (; at < lines.length && !lines[at]!.startsWith("#"); at++) samples.push(sampleOf(lines[at]!));
    assert.ok(samples.length > 0, `${name} has samples`);
    for (const sample of samples) {
      assert.ok(SUFFIXES[type[2]!]!.some((suffix) => sample.name === name + suffix), `${sample.name} of ${name}`);
      const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      assert.ok(!seen.has(series), `${series} comes twice`);
      seen.add(series);
    }
    families.push({ name, type: type[2]!, help: says, samples });
  }
  return families;
}

function sampleOf(line: string): Sample {
  const whole = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (\S+)$/.exec(line);
  assert.ok(whole !== null, line);
  const labels: Record<string, string> = {};
  let rest = whole[2]!;
  while (rest !== "") {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,|$)/.exec(rest);
    assert.ok(label !== null, `${rest} in ${line}`);
    assert.ok(!(label[1]! in labels), `${label[1]} comes twice in ${line}`);
    labels[label[1]!] = label[2]!.replaceAll(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
    rest = rest.slice(label[0].length);
  }
  const value = whole[3] === "+Inf" ? Infinity : Number(whole[3]);
  assert.ok(/^(\+Inf|[-+0-9.e]+)$/.test(whole[3]!) && !Number.isNaN(value), line);
  return { name: whole[1]!, labels, value };
}

/** The samples of a cache, by name, tiers named in brackets. */
function samplesOf(cache: string, text = prometheusText()): Record<string, number> {
  const all = parsed(text).flatMap(({ samples }) => samples).filter(({ labels }) => labels["cache"] === cache);
  return Object.fromEntries(all.map(({ name, labels: { tier }, value }) => {
    return [tier === undefined ? name : `${name}[${tier}]`, value];
  }));
}

test("prometheusText() writes every count of a cache, times in seconds, and what each tier did", () => {
  const fn = mcache((x: number) => {
    if (x < 0) throw new Error("negative");
    return x;
  }, { name: "shown", maxSize: 2, policy: "fifo" });
  for (const x of [1, 1, 2, 3]) fn(x);
  assert.throws(() => fn(-1));
  const { savedMs, loadMs, bytes } = fn.cache.stats();
  assert.deepEqual(samplesOf("shown"), {
    "twat_cache_hits_total": 1,
    "twat_cache_stale_hits_total": 0,
    "twat_cache_misses_total": 4,
    "twat_cache_coalesced_total": 0,
    "twat_cache_sets_total": 3,
    "twat_cache_evictions_total": 1,
    "twat_cache_expirations_total": 0,
    "twat_cache_errors_total": 0,
    "twat_cache_load_seconds_sum": loadMs / 1_000,
    "twat_cache_load_seconds_count": 4,
    "twat_cache_load_failures_total": 1,
    "twat_cache_saved_seconds_total": savedMs / 1_000,
    "twat_cache_entries": 2,
    "twat_cache_bytes": bytes,
    "twat_cache_in_flight": 0,
    "twat_cache_tier_hits_total[memory]": 1,
    "twat_cache_tier_saved_seconds_total[memory]": savedMs / 1_000,
    "twat_cache_tier_entries[memory]": 2,
    "twat_cache_tier_bytes[memory]": bytes,
  });
});

test("prometheusText() escapes what stands in labels, and has labels of the user's on every sample", () => {
  const name = 'a "quoted"\\back\nslash, {braces} = é';
  const fn = mcache((x: number) => x, { name });
  fn(1);
  const families = parsed(prometheusText({ labels: { service: 'the "shop"', zone: "" } }));
  const samples = families.flatMap((family) => family.samples);
  assert.ok(samples.every(({ labels }) => labels["service"] === 'the "shop"' && labels["zone"] === ""));
  assert.equal(samples.find((one) => one.name === "twat_cache_misses_total" && one.labels["cache"] === name)?.value, 1);
});

test("prometheusText() writes caches of one name as one, and those with a name of their own under that", () => {
  const all = [0, 1].map(() => mcache((x: number) => x, { name: "alike" }));
  for (const fn of all) for (const x of [1, 2, 2]) fn(x);
  assert.equal(samplesOf("alike")["twat_cache_misses_total"], 4);
  registerCache("apart", all[1]!.cache);
  const text = prometheusText();
  assert.deepEqual(
    ["alike", "apart"].map((name) => samplesOf(name, text)["twat_cache_hits_total"]),
    [1, 1],
  );
});

test("prometheusText() leaves out what nobody counts, and writes what is infinite as Prometheus does", () => {
  const counters = new Counters();
  const held = { size: 0, bytes: Infinity, inFlight: 0 };
  counters.hits = 3;
  counters.nearIs("somewhere");
  registerCache("by hand", { stats: () => counters.snapshot({ ...held, tiers: [] }), clear: () => 0 });
  registerCache("nothing", { stats: () => sumStats([]), clear: () => 0 });
  const text = prometheusText();
  assert.equal(samplesOf("by hand", text)["twat_cache_bytes"], Infinity);
  assert.equal(samplesOf("by hand", text)["twat_cache_tier_hits_total[somewhere]"], 3);
  assert.ok(!("twat_cache_tier_bytes[somewhere]" in samplesOf("by hand", text)));
  assert.equal(samplesOf("nothing", text)["twat_cache_load_seconds_count"], 0);
});

test("prometheusText() takes another prefix, and refuses what Prometheus does not allow", () => {
  mcache((x: number) => x, { name: "prefixed" })(1);
  assert.ok(parsed(prometheusText({ prefix: "shop:cache" })).every(({ name }) => name.startsWith("shop:cache_")));
  assert.throws(() => prometheusText({ prefix: "1 cache" }), ConfigurationError);
  for (const label of ["a-b", "", "__name", "cache", "tier"]) {
    assert.throws(() => prometheusText({ labels: { [label]: "x" } }), ConfigurationError, label);
  }
});
