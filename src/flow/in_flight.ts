import type { ResponseCopy } from "../codec/response.ts";
import type { Entry } from "../contract/entry.ts";
import type { Lease } from "../contract/store.ts";
import type { Caller, OwnComputation, Waitable } from "./computation.ts";

/** How often a flight shows that its request goes on, in milliseconds. */
export const PULSE = 250;

/** How long a flight shows nothing until its request has ended, in milliseconds. */
export const SILENCE = 1_000;

/** What a function gave that still flows, as those see it who come meanwhile. */
export interface Joinable {
  /** Whether a caller who comes now can have all of it. */
  readonly joinable: boolean;
  /** One for one more caller. */
  join(caller: Caller): object;
}

/** One running computation of a key, or the read that comes before it. */
export class Flight implements Waitable {
  /** Whether the engine is being asked or the function is running. */
  phase: "reading" | "computing" = "reading";
  /** Whether the key was invalidated or set meanwhile, or all callers have left, so that the result must not be kept. */
  fenced = false;
  /** Whether it is over. */
  ended = false;
  /** Callers who joined while the engine was being asked, to be counted when its answer is known. */
  joined = 0;
  /** What callers who joined read copies of their own from, where values are handed out as copies. */
  entry: Entry | undefined = undefined;
  /** What callers who joined get a `Response` of their own from, where the function gave one. */
  response: ResponseCopy | undefined = undefined;
  /** What callers who come meanwhile join, where what the function gave still flows. */
  flow: Joinable | undefined = undefined;
  /** What every caller gets; absent while a synchronous function runs. */
  promise: Promise<unknown> | undefined = undefined;
  /** The right to compute the key, where processes share the store, until it is given back or spent. */
  lease: Lease | undefined = undefined;
  /** Tags that were invalidated meanwhile: a result with one of them must not be kept. */
  fencedTags: Set<string> | undefined = undefined;
  /** Whether its result is known to have none of them. */
  current = false;
  /** Whether it was left to another process, and gives nothing that others may be given. */
  left = false;
  /** The run of the function. */
  computation: OwnComputation | undefined = undefined;
  /** The entry that was kept when the function began to run. */
  before: Entry | undefined = undefined;
  /** The entry that is to be kept for longer in place of a new one. */
  renews: Entry | undefined = undefined;
  /** Called when it is over. */
  onEnd: (() => void) | undefined = undefined;
  /** The flights that this one waits for. */
  waitsFor: Set<Waitable> | undefined = undefined;
  /** When it began, by the system's clock. */
  readonly startedAt: number = Date.now();
  /** When its request was last seen going on, where hosts end promises with requests. */
  aliveAt: number = this.startedAt;
  /** Why it is not to go on, when all callers have left. */
  abandoned: { readonly reason: unknown } | undefined = undefined;
  /** Callers who may leave and have not, and whether one will not leave. */
  #waiting = 0;
  #held = false;
  #pulse: ReturnType<typeof setInterval> | undefined;

  /** Notes a caller who will wait for the end. */
  hold(): void {
    this.#held = true;
  }

  /** Notes a caller who may leave. */
  enter(): void {
    this.#waiting++;
  }

  /** Notes that such a caller left; says whether nobody waits any more. */
  leave(): boolean {
    return --this.#waiting === 0 && !this.#held;
  }

  /** Whether somebody still waits. */
  get awaited(): boolean {
    return this.#held || this.#waiting > 0;
  }

  /** Says whether a result with these tags is from before one of them was invalidated. */
  outdates(tags: readonly string[]): boolean {
    const { fencedTags } = this;
    this.current = fencedTags === undefined || !tags.some((tag) => fencedTags.has(tag));
    return !this.current;
  }

  /** Ends what nobody waits for: its result is not kept, and the function is told. */
  abandon(reason: unknown): void {
    this.abandoned ??= { reason };
    this.fenced = true;
    this.computation?.abort(reason);
  }

  /** Shows from time to time that the request goes on; the host ends that with the request. */
  beat(): void {
    try {
      this.#pulse = setInterval(() => this.aliveAt = Date.now(), PULSE);
    } catch {
      // There is no request, and so there are no timers.
    }
  }

  /** Shows no more, because there is nothing left to wait for. */
  rest(): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd?.();
    if (this.#pulse !== undefined) clearInterval(this.#pulse);
  }
}

/**
 * The computations running in one cache: at most one a key that callers wait for, and at most one behind hits.
 *
 * Why fences: a value computed from before an invalidation must be neither stored after it nor served to a caller who
 * came later. Fencing a key takes its flights off the tables, so later callers start anew, and marks them, so their results
 * go to those who already wait and nowhere else.
 */
export class InFlight {
  /** Whether a flight may never land, because the host ends promises with the request that they were made for. */
  readonly mortal: boolean;
  readonly #fenced: (flight: Flight) => void;
  readonly #flights = new Map<unknown, Flight>();
  readonly #behind = new Map<unknown, Flight>();
  /** The values that are given by hand, until they are encoded. */
  readonly #given = new Map<unknown, Flight>();

  /** `fenced` is told of each flight whose result will not be kept. */
  constructor(mortal = false, fenced: (flight: Flight) => void = () => {}) {
    this.mortal = mortal;
    this.#fenced = fenced;
  }

  /** How many keys are being computed or read. */
  get size(): number {
    return this.#flights.size + this.#behind.size;
  }

  /** The flight of a key that a new caller joins. */
  get(key: unknown): Flight | undefined {
    return this.#flights.get(key);
  }

  /** The flight of a key that runs behind hits; joined only by a caller for whom there is no value. */
  behind(key: unknown): Flight | undefined {
    if (this.#behind.size === 0) return undefined;
    const flight = this.#behind.get(key);
    if (flight === undefined || !this.mortal || Date.now() - flight.aliveAt < SILENCE) return flight;
    flight.fenced = true;
    this.#behind.delete(key);
    return undefined;
  }

  /** Opens a flight for a key. */
  start(key: unknown): Flight {
    return this.#start(this.#flights, key);
  }

  /** Opens a flight for a key that runs behind hits. */
  startBehind(key: unknown): Flight {
    return this.#start(this.#behind, key);
  }

  /** Notes that a value was given for a key, which a later change fences until it is encoded. */
  startGiving(key: unknown): Flight {
    return this.#start(this.#given, key);
  }

  /** Lets a flight go on behind hits. */
  putBehind(key: unknown, flight: Flight): void {
    if (this.#flights.get(key) !== flight) return;
    this.#flights.delete(key);
    if (!this.#behind.has(key)) this.#behind.set(key, flight);
  }

  /** Closes a flight. */
  end(key: unknown, flight: Flight): void {
    flight.rest();
    this.drop(key, flight);
  }

  /** Takes a flight off the tables, so that later callers start anew. */
  drop(key: unknown, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    else if (this.#behind.get(key) === flight) this.#behind.delete(key);
    else if (this.#given.get(key) === flight) this.#given.delete(key);
  }

  /** Keeps what is running for a key from being stored or joined, and values that were given for it, unless only `"runs"`. */
  fence(key: unknown, what: "all" | "runs" = "all"): void {
    for (const flights of [this.#flights, this.#behind, ...what === "all" ? [this.#given] : []]) {
      const flight = flights.get(key);
      if (flight === undefined) continue;
      flight.fenced = true;
      flights.delete(key);
      this.#fenced(flight);
    }
  }

  /** Keeps results with a tag, of what is running, from being stored. */
  fenceTag(tag: string): void {
    for (const flights of [this.#flights, this.#behind, this.#given]) {
      for (const flight of flights.values()) {
        (flight.fencedTags ??= new Set()).add(tag);
        flight.current = false;
      }
    }
  }

  /** Keeps everything that is running from being stored or joined, and values that were given, unless only `"runs"`. */
  fenceAll(what: "all" | "runs" = "all"): void {
    for (const flights of [this.#flights, this.#behind, this.#given]) {
      for (const key of flights.keys()) this.fence(key, what);
    }
  }

  #start(flights: Map<unknown, Flight>, key: unknown): Flight {
    const flight = new Flight();
    flights.set(key, flight);
    if (this.mortal) flight.beat();
    return flight;
  }
}
