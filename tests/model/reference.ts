/** The options that the reference knows, in milliseconds. */
export interface Rules {
  readonly ttl?: number;
  readonly slidingTtl?: number;
  readonly staleWhileRevalidate?: number;
  readonly staleIfError?: number;
  readonly retryAfter?: number;
  readonly refreshAhead?: number;
  readonly errorTtl?: number;
  readonly softTimeout?: number;
  readonly hardTimeout?: number;
  /** The tags of a value, where it has some. */
  readonly tags?: (value: string) => readonly string[];
  /** How much a hit must gain for the entry to be renewed. */
  readonly leastGain: number;
  /** Whether entries stay, gone, whose tag was invalidated. */
  readonly tagsLinger: boolean;
}

/** One call, and what it is given: nothing yet, a value, an error's message, or that it left. */
export interface Caller {
  readonly signalled: boolean;
  outcome: string | undefined;
}

/** What is kept for a key. */
interface Kept {
  readonly value: string;
  readonly failed: boolean;
  readonly storedAt: number;
  freshUntil: number;
  goneAt: number;
  readonly tags: readonly string[];
  /** Whether one of its tags was invalidated. */
  outdated: boolean;
}

/** One run of the function. */
export interface Running {
  readonly key: string;
  readonly old: Kept | undefined;
  readonly startedAt: number;
  readonly fencedTags: Set<string>;
  callers: { caller: Caller; doubts: boolean }[];
  /** Whether a caller will not leave. */
  held: boolean;
  fenced: boolean;
  abandoned: boolean;
  ended: boolean;
  softAt: number | undefined;
  readonly hardAt: number;
}

/** What the engine does wrong in this step. */
export interface Wrong {
  readonly reads: boolean;
  readonly writes: "no" | "not done" | "done, not acknowledged";
}

/**
 * The rules of a cache, written out naively over a `Map`: what the real one must do, call by call and event by event.
 *
 * It knows nothing of stores, promises or leases. Whoever drives it says when a run lands and what time it is.
 */
export class Reference {
  readonly entries = new Map<string, Kept>();
  readonly waitedFor = new Map<string, Running>();
  readonly behind = new Map<string, Running>();
  readonly restsUntil = new Map<string, number>();
  readonly counts = { hits: 0, staleHits: 0, misses: 0, coalesced: 0, sets: 0, loads: 0, failures: 0 };
  /** What listeners are told, in words. */
  lines: string[] = [];
  now = 0;
  wrong: Wrong = { reads: false, writes: "no" };
  readonly #rules: Rules;
  readonly #start: (run: Running) => void;

  /** `start` is told of each run of the function that begins. */
  constructor(rules: Rules, start: (run: Running) => void) {
    this.#rules = rules;
    this.#start = start;
  }

  call(key: string, caller: Caller): void {
    const running = this.waitedFor.get(key);
    if (running !== undefined) return this.#join(running, caller);
    const entry = this.#read(key);
    const age = this.#age(entry);
    const mayRun = !this.behind.has(key) && this.now >= (this.restsUntil.get(key) ?? -Infinity);
    if (age === "fresh" || age === "early" || age === "revalidate" || age === "fallback" && !mayRun) {
      this.#hit(key, entry!, age === "fresh" || age === "early" ? "fresh" : "stale", caller);
      if (!mayRun || age === "fresh" || age === "fallback") return;
      this.lines.push(`refresh ${age === "early" ? "early" : "stale"}`);
      const run = this.#begin(key, entry);
      run.held = true;
      this.behind.set(key, run);
      return this.#start(run);
    }
    const behind = this.behind.get(key);
    if (behind !== undefined) return this.#join(behind, caller);
    this.counts.misses++;
    this.lines.push(`miss ${age === "fallback" ? "stale" : age}`);
    this.#compute(key, entry, [{ caller, doubts: false }]);
  }

  refresh(key: string, caller: Caller): void {
    const entry = this.#read(key);
    this.#fence(key);
    const run = this.#begin(key, entry);
    run.callers.push({ caller, doubts: false });
    run.held = !caller.signalled;
    this.behind.set(key, run);
    this.#start(run);
  }

  /** Gives `false` where the value could not be kept. */
  set(key: string, value: string): boolean {
    this.#fence(key);
    return this.#put(key, value, false);
  }

  invalidate(key: string): void {
    this.#fence(key);
    this.lines.push("invalidate");
    if (this.wrong.writes !== "not done") this.entries.delete(key);
  }

  expire(key: string): void {
    this.#fence(key);
    const entry = this.#read(key);
    if (entry === undefined || entry.outdated || this.now >= entry.freshUntil) return;
    if (this.wrong.writes === "not done") return;
    entry.freshUntil = this.now;
    if (entry.failed) entry.goneAt = this.now;
    if (this.wrong.writes === "no") this.lines.push("expire");
  }

  clear(): void {
    for (const key of [...this.waitedFor.keys(), ...this.behind.keys()]) this.#fence(key);
    this.lines.push("clear");
    if (this.wrong.writes !== "not done") this.entries.clear();
  }

  invalidateTag(tag: string): void {
    for (const run of [...this.waitedFor.values(), ...this.behind.values()]) run.fencedTags.add(tag);
    for (const [key, entry] of this.entries) {
      if (!entry.tags.includes(tag)) continue;
      entry.outdated = true;
      if (!this.#rules.tagsLinger) this.entries.delete(key);
    }
  }

  /** A caller leaves by its signal. */
  leave(caller: Caller): void {
    for (const run of this.runs()) {
      const at = run.callers.findIndex((waiting) => waiting.caller === caller);
      if (at < 0) continue;
      run.callers.splice(at, 1);
      caller.outcome = "left";
      if (run.callers.length > 0 || run.held) return;
      run.abandoned = run.fenced = true;
      this.#drop(run);
    }
  }

  readonly #all = new Set<Running>();

  /** The runs that have not ended, fenced ones too. */
  runs(): Running[] {
    return [...this.#all];
  }

  /** The function gave a value. */
  land(run: Running, value: string): void {
    if (!this.#end(run)) return;
    this.restsUntil.delete(run.key);
    const outdated = !run.fenced && (this.#rules.tags?.(value) ?? []).some((tag) => run.fencedTags.has(tag));
    if (run.fenced || outdated) this.lines.push("fenced");
    else this.#put(run.key, value, false);
    const again = run.fenced || outdated ? run.callers.filter(({ doubts }) => doubts) : [];
    for (const waiting of run.callers) if (!again.includes(waiting)) waiting.caller.outcome = value;
    if (again.length === 0) return;
    const running = this.waitedFor.get(run.key) ?? this.behind.get(run.key);
    if (running !== undefined) { for (const { caller } of again) this.#wait(running, caller); }
    else this.#compute(run.key, undefined, again.map(({ caller }) => ({ caller, doubts: false })));
  }

  /** The function failed, or took too long. */
  fail(run: Running, message: string): void {
    if (!this.#end(run)) return;
    this.counts.failures++;
    this.lines.push("failed");
    const { refreshAhead, errorTtl } = this.#rules;
    const old = this.#instead(run.key);
    const isFresh = old !== undefined && this.now < old.freshUntil;
    if (run.abandoned) return;
    if (old !== undefined && this.#window() > 0 || refreshAhead !== undefined) {
      this.restsUntil.set(run.key, this.now + (this.#rules.retryAfter ?? 1_000));
    }
    const given = old !== undefined && this.#window() > 0 ? old : undefined;
    if (given !== undefined && !isFresh) this.lines.push("stale failed");
    if (
      given === undefined && !isFresh && !run.fenced && run.fencedTags.size === 0 && errorTtl !== undefined &&
      message !== "too late"
    ) this.#put(run.key, message, true);
    for (const { caller } of run.callers) caller.outcome = given === undefined ? `threw ${message}` : given.value;
  }

  /** Lets deadlines pass that are over now. */
  tick(): void {
    for (const run of this.runs()) {
      if (run.softAt !== undefined && this.now >= run.softAt) this.#late(run);
      if (this.now >= run.hardAt) this.fail(run, "too late");
    }
  }

  /** When the next deadline is over. */
  nextDeadline(): number {
    return Math.min(Infinity, ...this.runs().flatMap(({ softAt = Infinity, hardAt }) => [softAt, hardAt]));
  }

  #late(run: Running): void {
    run.softAt = undefined;
    const old = this.#instead(run.key);
    if (old === undefined) return;
    run.held = true;
    if (this.waitedFor.get(run.key) === run) {
      this.waitedFor.delete(run.key);
      if (!this.behind.has(run.key)) this.behind.set(run.key, run);
    }
    if (this.now >= old.freshUntil) this.lines.push("stale late");
    for (const { caller } of run.callers.splice(0)) caller.outcome = old.value;
  }

  #hit(key: string, entry: Kept, state: "fresh" | "stale", caller: Caller): void {
    this.counts.hits++;
    if (state === "stale") this.counts.staleHits++;
    this.lines.push(`hit ${state}`);
    caller.outcome = entry.failed ? `threw ${entry.value}` : entry.value;
    const { slidingTtl, ttl } = this.#rules;
    if (slidingTtl === undefined || state === "stale" || entry.failed || this.wrong.writes === "not done") return;
    const end = ttl === undefined ? Infinity : entry.goneAt - this.#window();
    const freshUntil = Math.min(this.now + slidingTtl, end);
    if (freshUntil - entry.freshUntil < this.#rules.leastGain) return;
    const goneAt = ttl === undefined ? freshUntil + this.#window() : entry.goneAt;
    this.entries.set(key, { ...entry, freshUntil, goneAt });
  }

  #join(run: Running, caller: Caller): void {
    this.counts.misses++;
    this.counts.coalesced++;
    this.lines.push("coalesced");
    run.held ||= !caller.signalled;
    this.#wait(run, caller);
  }

  #wait(run: Running, caller: Caller): void {
    run.callers.push({ caller, doubts: run.fencedTags.size > 0 });
  }

  #compute(key: string, old: Kept | undefined, callers: Running["callers"]): void {
    const run = this.#begin(key, old);
    run.callers = callers;
    run.held = callers.some(({ caller }) => !caller.signalled);
    const { softTimeout } = this.#rules;
    if (run.old !== undefined && softTimeout !== undefined) run.softAt = this.now + softTimeout;
    this.waitedFor.set(key, run);
    this.#start(run);
  }

  #begin(key: string, entry: Kept | undefined): Running {
    const isGone = entry === undefined || entry.failed || entry.outdated || this.now >= entry.goneAt;
    const old = isGone ? undefined : entry;
    const run: Running = {
      key,
      old,
      startedAt: this.now,
      fencedTags: new Set(),
      callers: [],
      held: false,
      fenced: false,
      abandoned: false,
      ended: false,
      softAt: undefined,
      hardAt: this.now + (this.#rules.hardTimeout ?? Infinity),
    };
    this.#all.add(run);
    return run;
  }

  /** Ends a run; says whether it was still under way. */
  #end(run: Running): boolean {
    if (run.ended) return false;
    run.ended = true;
    this.#all.delete(run);
    this.#drop(run);
    this.counts.loads++;
    return true;
  }

  #drop(run: Running): void {
    if (this.waitedFor.get(run.key) === run) this.waitedFor.delete(run.key);
    if (this.behind.get(run.key) === run) this.behind.delete(run.key);
  }

  #fence(key: string): void {
    for (const table of [this.waitedFor, this.behind]) {
      const run = table.get(key);
      if (run !== undefined) run.fenced = true;
      table.delete(key);
    }
  }

  #put(key: string, value: string, failed: boolean): boolean {
    const { ttl = Infinity, slidingTtl = Infinity, errorTtl, tags } = this.#rules;
    const { now } = this;
    const freshUntil = now + (failed ? errorTtl! : Math.min(ttl, slidingTtl));
    const goneAt = failed ? freshUntil : (ttl === Infinity ? freshUntil : now + ttl) + this.#window();
    const own = { tags: failed ? [] : tags?.(value) ?? [], outdated: false };
    const kept = { value, failed, storedAt: now, freshUntil, goneAt, ...own };
    if (this.wrong.writes !== "not done") this.entries.set(key, kept);
    if (this.wrong.writes !== "no") return false;
    this.counts.sets++;
    this.lines.push("set");
    return true;
  }

  #read(key: string): Kept | undefined {
    return this.wrong.reads ? undefined : this.entries.get(key);
  }

  /** What may be given in place of a new value. */
  #instead(key: string): Kept | undefined {
    const entry = this.#read(key);
    return entry === undefined || entry.failed || ["stale", "gone"].includes(this.#age(entry)) ? undefined : entry;
  }

  #age(entry: Kept | undefined): "absent" | "fresh" | "early" | "revalidate" | "fallback" | "stale" | "gone" {
    const { staleWhileRevalidate = 0, staleIfError = 0, refreshAhead = 1 } = this.#rules;
    if (entry === undefined) return "absent";
    const { storedAt, freshUntil, goneAt } = entry;
    if (this.now >= goneAt || entry.outdated) return "gone";
    if (this.now < freshUntil) return this.now < storedAt + refreshAhead * (freshUntil - storedAt) ? "fresh" : "early";
    if (this.now < freshUntil + staleWhileRevalidate) return "revalidate";
    return this.now < freshUntil + staleIfError ? "fallback" : "stale";
  }

  #window(): number {
    return Math.max(this.#rules.staleWhileRevalidate ?? 0, this.#rules.staleIfError ?? 0);
  }
}
