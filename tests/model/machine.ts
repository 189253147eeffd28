import assert from "node:assert/strict";
import { acache, type CacheEvent, type CacheOptions, computation, type Engine, on, TimeoutError } from "../../mod.ts";
import { chaosEngine } from "../contract/chaos_engine.ts";
import type { Faults } from "../contract/faults.ts";
import { FakeClock } from "../fake_clock.ts";
import { type Gate, gate } from "../gate.ts";
import { QuietLogger } from "../quiet_logger.ts";
import { random } from "../random.ts";
import { SharedMap } from "../shared_map.ts";
import { FakeTimers } from "../fake_timers.ts";
import { macrotask } from "../macrotask.ts";
import { type Caller, Reference, type Rules, type Running, type Wrong } from "./reference.ts";

/** What a run of the function does. */
type Behaviour = "gives" | "fails" | "hangs" | "says not modified";

/** A run of the real function that has not ended. */
interface Hanging {
  readonly id: string;
  readonly done: Gate<string>;
  readonly signal: AbortSignal;
  /** How often runs of the key had been fenced when it began. */
  readonly fences: number;
}

const KEYS = ["a", "b", "c"] as const;
const STEPS = 50;

/**
 * Drives one cache and the reference through the same random operations, and compares them after each: what callers were given,
 * which runs there were, what listeners were told, what was counted and what is kept.
 */
export class Machine {
  readonly log: string[] = [];
  readonly #next: () => number;
  readonly #rules: Rules;
  readonly #clock = new FakeClock();
  readonly #timers = new FakeTimers(() => this.#clock.now());
  readonly #storage: SharedMap | undefined;
  readonly #faults: Faults = {};
  readonly #faulty: boolean;
  readonly #reference: Reference;
  readonly #fn;
  readonly #heard: string[] | undefined;
  readonly #stop: () => void;
  readonly #behaviour: Record<string, Behaviour> = {};
  readonly #runs = { real: new Map<string, number>(), expected: new Map<string, number>() };
  readonly #hanging: Hanging[] = [];
  readonly #started = new Map<Running, string>();
  readonly #landing: (() => void)[] = [];
  readonly #calls: { caller: Caller; real: string | undefined; leave: AbortController | undefined; what: string }[] =
    [];
  /** How often each key changed, when its runs began by that count, and when those who wait came. */
  readonly #changes: Record<string, number> = {};
  readonly #fences: Record<string, number> = {};
  readonly #born = new Map<string, number>();
  #made = 0;

  constructor(seed: number, kind: "memory" | "shared") {
    const next = this.#next = random(seed);
    this.#faulty = kind === "shared" && next() < 0.4;
    this.#rules = rulesBy(next, kind, this.#faulty);
    const { leastGain: _, tagsLinger: __, tags, ...rules } = this.#rules;
    const options = {
      ...rules,
      tags: tags && ((value: string) => tags(value)),
      ...(rules.errorTtl !== undefined && { cacheErrors: (error: unknown) => !(error instanceof TimeoutError) }),
      name: "machine",
      clock: this.#clock,
      logger: this.logger,
      signal: true,
      ...this.#engine(kind),
    } as CacheOptions;
    this.log.push(`seed ${seed} on ${kind}: ${JSON.stringify(rules)}${tags ? " tags" : ""}`);
    this.#storage = kind === "memory" ? undefined : this.#shared;
    this.#reference = new Reference(this.#rules, (run) => this.#begins(run));
    // One declared argument, so that calls without a signal take the shortest way.
    this.#fn = acache((key: string, ..._: unknown[]) => this.#compute(key), options as object);
    const heard: string[] | undefined = this.#heard = next() < 0.5 ? [] : undefined;
    this.#stop = heard === undefined ? () => {} : on("*", (event) => heard.push(...inWords(event)));
  }

  readonly #shared = new SharedMap();
  readonly logger = new QuietLogger();

  #engine(kind: "memory" | "shared"): { engine?: Engine } {
    return kind === "memory" ? {} : { engine: chaosEngine(this.#shared.engine(), this.#faults) };
  }

  /** Makes all steps, then lets everything end. Throws an `AssertionError` where the two differ. */
  async run(): Promise<number> {
    try {
      await this.#settle();
      for (let step = 0; step < STEPS; step++) {
        this.#misbehave();
        await this.#step();
        await this.#settle();
        this.#compare();
      }
      this.#wrong("none");
      while (this.#reference.runs().length > 0) {
        this.#land(0, true);
        await this.#settle();
        this.#compare();
      }
      assert.equal(this.#fn.cache.stats().inFlight, 0, "nothing is in flight");
      assert.ok(this.#calls.every(({ real }) => real !== undefined), "every call was answered");
      if (!this.#faulty) assert.equal(this.#shared.leases.size, 0, "no lease is held");
    } finally {
      this.#stop();
      this.#timers.restore();
    }
    return STEPS;
  }

  async #step(): Promise<void> {
    const next = this.#next;
    const key = this.#pick(KEYS);
    const { cache } = this.#fn;
    switch (this.#pick(OPERATIONS)) {
      case "call":
        return this.#call(key, 1 + (next() < 0.3 ? Math.floor(next() * 4) : 0), next() < 0.25);
      case "advance":
        return await this.#advance(this.#pick([1, 5, 9, 20, 33, 50, 70, 101, 150, 400]));
      case "behave":
        this.#behaviour[key] = this.#pick(["gives", "gives", "fails", "hangs", "hangs", "says not modified"]);
        return void this.log.push(`${key} ${this.#behaviour[key]}`);
      case "land":
        return this.#land(Math.floor(next() * this.#hanging.length), next() < 0.65);
      case "leave": {
        const waiting = this.#calls.filter(({ caller, leave }) => caller.outcome === undefined && leave !== undefined);
        if (waiting.length === 0) return;
        const one = this.#pick(waiting);
        this.log.push(`${one.what} leaves`);
        this.#reference.leave(one.caller);
        return one.leave!.abort(new Error("left"));
      }
      case "set": {
        const value = this.#name(key, "expected");
        this.#name(key, "real");
        this.log.push(`set ${key} ${value}`);
        this.#changed(key, value);
        const done = this.#reference.set(key, value);
        const written = cache.set([key], value).then(() => true, () => false);
        await this.#settle();
        return assert.equal(await written, done);
      }
      case "invalidate":
        this.log.push(`invalidate ${key}`);
        this.#reference.invalidate(key);
        this.#changed(key);
        return void cache.invalidate(key);
      case "expire":
        this.log.push(`expire ${key}`);
        this.#reference.expire(key);
        this.#fence(key);
        return void cache.expire(key);
      case "clear":
        this.log.push("clear");
        this.#reference.clear();
        for (const key of KEYS) this.#changed(key);
        return void cache.clear();
      case "refresh":
        return this.#call(key, 1, false, true);
      case "invalidateTag": {
        if (this.#rules.tags === undefined) return;
        const tag = this.#pick(TAGS);
        this.log.push(`invalidateTag ${tag}`);
        this.#reference.invalidateTag(tag);
        await this.#invalidateTag(tag);
      }
    }
  }

  /** Tags of one cache are reached through its values, so that caches of other tests are left alone. */
  async #invalidateTag(tag: string): Promise<void> {
    const { CallCache } = await import("../../src/decorators/call_cache.ts");
    void CallCache.of(this.#fn.cache)!.on((values) => values.invalidateTag(tag));
  }

  #call(key: string, times: number, signalled: boolean, refresh = false): void {
    for (let time = 0; time < times; time++) {
      const leave = signalled && time % 2 === 0 ? new AbortController() : undefined;
      const caller: Caller = { signalled: leave !== undefined, outcome: undefined };
      const what = `${refresh ? "refresh" : "call"} ${key} #${this.#calls.length}${leave ? " (may leave)" : ""}`;
      const call = { caller, real: undefined as string | undefined, leave, what };
      this.log.push(what);
      this.#calls.push(call);
      const came = this.#changes[key] ?? 0;
      if (refresh) this.#fence(key);
      const answer = refresh
        ? this.#fn.cache.refresh(key)
        : leave === undefined
        ? this.#fn(key)
        : this.#fn(key, { signal: leave.signal });
      answer.then((value) => {
        call.real = value;
        const born = this.#born.get(value) ?? -1;
        assert.ok(this.#faulty || born >= came, `${what} was given ${value}, which is from before a change`);
      }).catch((error) => call.real = wordsOf(error));
      if (refresh) this.#reference.refresh(key, caller);
      else this.#reference.call(key, caller);
    }
    if (!refresh) this.#made += times;
  }

  /** The function itself. */
  async #compute(key: string): Promise<string> {
    const run = computation<string>()!;
    const id = this.#name(key, "real");
    this.#born.set(id, this.#changes[key] ?? 0);
    const { old } = run;
    switch (this.#behaviour[key] ?? "gives") {
      case "gives":
        return id;
      case "fails":
        throw new Error(`${id} failed`);
      case "says not modified":
        if (old === undefined) return id;
        this.#born.set(old.value, this.#changes[key] ?? 0);
        return run.notModified();
      case "hangs": {
        const done = gate<string>();
        const fences = this.#fences[key] ?? 0;
        const beside = this.#hanging.find((other) => other.id[0] === key && other.fences === fences);
        if (beside !== undefined && !beside.signal.aborted) this.log.push(`TWO AT ONCE: ${id} beside ${beside.id}`);
        this.#hanging.push({ id, done, signal: run.signal, fences });
        return await done.opened;
      }
    }
  }

  /** A run of the function begins in the reference. */
  #begins(run: Running): void {
    const id = this.#name(run.key, "expected");
    this.#started.set(run, id);
    switch (this.#behaviour[run.key] ?? "gives") {
      case "gives":
        return void this.#landing.push(() => this.#reference.land(run, id));
      case "fails":
        return void this.#landing.push(() => this.#reference.fail(run, `${id} failed`));
      case "says not modified":
        return void this.#landing.push(() => this.#reference.land(run, run.old?.value ?? id));
      case "hangs":
    }
  }

  /** Ends a run that hangs. */
  #land(at: number, well: boolean): void {
    const [hanging] = this.#hanging.splice(at, 1);
    if (hanging === undefined) return;
    const { id, done } = hanging;
    this.log.push(`${id} ${well ? "lands" : "fails"}`);
    for (const [run, other] of this.#started) {
      if (other !== id) continue;
      if (well) this.#reference.land(run, id);
      else this.#reference.fail(run, `${id} failed`);
    }
    if (well) done.open(id);
    else done.fail(new Error(`${id} failed`));
  }

  async #advance(by: number): Promise<void> {
    this.log.push(`advance ${by}`);
    const target = this.#clock.now() + by;
    for (;;) {
      const due = Math.min(this.#timers.next(), this.#reference.nextDeadline());
      if (due > target) break;
      this.#clock.advance(Math.max(0, due - this.#clock.now()));
      this.#reference.now = this.#clock.now();
      this.#reference.tick();
      this.#timers.fire();
      await this.#settle();
    }
    this.#clock.advance(target - this.#clock.now());
  }

  /** Has the engine do something wrong in the step that comes, now and then. */
  #misbehave(): void {
    if (!this.#faulty) return;
    const chance = this.#next();
    this.#wrong(chance > 0.3 ? "none" : this.#pick(["reads", "writes", "acknowledging", "leases", "the rest"]));
  }

  #wrong(what: "none" | "reads" | "writes" | "acknowledging" | "leases" | "the rest"): void {
    for (const name of Object.keys(this.#faults)) delete this.#faults[name as keyof Faults];
    if (what !== "none") this.log.push(`the engine does ${what} wrong`);
    const how = this.#pick(["throw", "reject", "full"] as const);
    const wrong: { reads: boolean; writes: Wrong["writes"] } = { reads: false, writes: "no" };
    switch (what) {
      case "none":
        break;
      case "reads":
        this.#faults.get = this.#pick([how, "forget"] as const);
        wrong.reads = true;
        break;
      case "writes":
        this.#faults.set =
          this.#faults.commit =
          this.#faults.delete =
          this.#faults.clear =
            how;
        wrong.writes = "not done";
        break;
      case "acknowledging":
        this.#faults.set =
          this.#faults.commit =
          this.#faults.delete =
          this.#faults.clear =
            "unacknowledged";
        wrong.writes = "done, not acknowledged";
        break;
      case "leases":
        this.#faults.lease = how;
        break;
      case "the rest":
        this.#faults.usage =
          this.#faults.touch =
          this.#faults.sweep =
          this.#faults.trim =
            how;
    }
    this.#reference.wrong = wrong;
  }

  async #settle(): Promise<void> {
    this.#reference.now = this.#clock.now();
    while (this.#landing.length > 0) this.#landing.shift()!();
    await macrotask();
  }

  /** Compares what happened with what should have happened. */
  #compare(): void {
    for (const { caller, real, what } of this.#calls) assert.equal(real, caller.outcome, what);
    assert.deepEqual(this.#runs.real, this.#runs.expected, "runs of the function");
    const { hits, staleHits, misses, coalesced, sets, loads, failures, inFlight, size } = this.#fn.cache.stats();
    assert.deepEqual({ hits, staleHits, misses, coalesced, sets, loads, failures }, this.#reference.counts);
    assert.equal(hits + misses, this.#made, "every call is a hit or a miss");
    const { entries, waitedFor, behind } = this.#reference;
    assert.equal(inFlight, waitedFor.size + behind.size, "in flight");
    if (this.#storage === undefined) assert.equal(size, entries.size, "size");
    else {
      const kept = [...this.#storage.entries.keys()].filter((key) => !key.startsWith("~"));
      assert.equal(kept.length, entries.size, "entries in the storage");
    }
    this.log.push(...this.#reference.lines.map((line) => `  ${line}`));
    const expected = this.#reference.lines.splice(0).filter((line) => line !== "clear").sort();
    if (this.#heard !== undefined) assert.deepEqual(this.#heard.splice(0).sort(), expected, "events");
    assert.ok(!this.log.some((line) => line.startsWith("TWO AT ONCE")), "one run at a time");
  }

  #fence(key: string): void {
    this.#fences[key] = (this.#fences[key] ?? 0) + 1;
  }

  #changed(key: string, value?: string): void {
    this.#fence(key);
    this.#changes[key] = (this.#changes[key] ?? 0) + 1;
    if (value !== undefined) this.#born.set(value, this.#changes[key]!);
  }

  #name(key: string, whose: "real" | "expected"): string {
    const runs = this.#runs[whose];
    runs.set(key, (runs.get(key) ?? 0) + 1);
    return `${key}${runs.get(key)}`;
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#next() * items.length)]!;
  }
}

const TAGS = ["odd", "even", "all"] as const;

const OPERATIONS = [
  ...Array(9).fill("call"),
  ...Array(5).fill("advance"),
  ...Array(3).fill("behave"),
  ...Array(4).fill("land"),
  "leave",
  "leave",
  "set",
  "invalidate",
  "invalidate",
  "expire",
  "clear",
  "refresh",
  "invalidateTag",
] as (
  | "call"
  | "advance"
  | "behave"
  | "land"
  | "leave"
  | "set"
  | "invalidate"
  | "expire"
  | "clear"
  | "refresh"
  | "invalidateTag"
)[];

/** Options at random that do not contradict each other. */
function rulesBy(next: () => number, kind: "memory" | "shared", faulty: boolean): Rules {
  const maybe = <T>(chance: number, value: T): T | undefined => next() < chance ? value : undefined;
  const ttl = maybe(0.85, 100);
  const slidingTtl = maybe(0.25, 70);
  const staleWhileRevalidate = maybe(0.4, 60);
  const staleIfError = maybe(0.5, 120);
  const stale = staleWhileRevalidate !== undefined || staleIfError !== undefined;
  // Instants are whole numbers, so that no call comes at the very instant of a part of a lifetime.
  const refreshAhead = ttl === undefined || slidingTtl !== undefined ? undefined : maybe(0.4, 0.503);
  const given = {
    ttl,
    slidingTtl,
    staleWhileRevalidate,
    staleIfError,
    retryAfter: stale ? maybe(0.7, 30) : undefined,
    refreshAhead,
    errorTtl: maybe(0.35, 25),
    softTimeout: stale ? maybe(0.3, 12) : undefined,
    hardTimeout: maybe(0.3, 45),
    tags: faulty
      ? undefined
      : maybe(0.3, (value: string) => ["all", Number(value.slice(1)) % 2 === 1 ? "odd" : "even"]),
  };
  const meant = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...meant, leastGain: kind === "memory" ? Number.MIN_VALUE : 70 / 16, tagsLinger: kind === "shared" };
}

function inWords(event: CacheEvent): string[] {
  if (event.cache !== "machine" || event.type === "error" || event.type === "clear") return [];
  if (event.type === "hit") return [`hit ${event.state}`];
  return ["because" in event ? `${event.type} ${event.because}` : event.type];
}

function wordsOf(error: unknown): string {
  const { message } = error as Error;
  return message === "left" ? "left" : /hardTimeout/.test(message) ? "threw too late" : `threw ${message}`;
}
