import type { ResponseCopy } from "../codec/response.ts";
import type { Entry } from "../contract/entry.ts";
import type { Lease } from "../contract/store.ts";

/** How often a flight shows that its request goes on, in milliseconds. */
export const PULSE = 250;

/** One running computation of a key, or the read that comes before it. */
export class Flight {
  /** Whether the engine is being asked or the function is running. */
  phase: "reading" | "computing" = "reading";
  /** Whether the key was invalidated or set meanwhile, so that the result must not be kept. */
  fenced = false;
  /** Callers who joined while the engine was being asked, to be counted when its answer is known. */
  joined = 0;
  /** What callers who joined read copies of their own from, where values are handed out as copies. */
  entry: Entry | undefined = undefined;
  /** What callers who joined get a `Response` of their own from, where the function gave one. */
  response: ResponseCopy | undefined = undefined;
  /** What every caller gets; absent while a synchronous function runs. */
  promise: Promise<unknown> | undefined = undefined;
  /** The right to compute the key, where processes share the store, until it is given back or spent. */
  lease: Lease | undefined = undefined;
  /** Tags that were invalidated meanwhile: a result with one of them must not be kept. */
  fencedTags: Set<string> | undefined = undefined;
  /** When it began, by the system's clock. */
  readonly startedAt: number = Date.now();
  /** When its request was last seen going on, where hosts end promises with requests. */
  aliveAt: number = this.startedAt;
  /** A computation of the same key further up the stack. */
  readonly outer: Flight | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;

  constructor(outer: Flight | undefined) {
    this.outer = outer;
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
    if (this.#pulse !== undefined) clearInterval(this.#pulse);
  }
}

/**
 * The computations running in one cache, at most one a key.
 *
 * Why fences: a value computed from before an invalidation must be neither stored after it nor served to a caller who
 * came later. Fencing a key takes its flight off the table, so later callers start anew, and marks it, so its result
 * goes to those who already wait and nowhere else.
 */
export class InFlight {
  /** Whether a flight may never land, because the host ends promises with the request that they were made for. */
  readonly mortal: boolean;
  readonly #flights = new Map<unknown, Flight>();

  constructor(mortal = false) {
    this.mortal = mortal;
  }

  /** How many keys are being computed or read. */
  get size(): number {
    return this.#flights.size;
  }

  /** The flight of a key that a new caller may join. */
  get(key: unknown): Flight | undefined {
    return this.#flights.get(key);
  }

  /** Opens a flight for a key. */
  start(key: unknown): Flight {
    const flight = new Flight(this.#flights.get(key));
    this.#flights.set(key, flight);
    if (this.mortal) flight.beat();
    return flight;
  }

  /** Closes a flight. */
  end(key: unknown, flight: Flight): void {
    flight.rest();
    this.drop(key, flight);
  }

  /** Takes a flight off the table, so that later callers start anew. */
  drop(key: unknown, flight: Flight): void {
    if (this.#flights.get(key) !== flight) return;
    if (flight.outer === undefined) this.#flights.delete(key);
    else this.#flights.set(key, flight.outer);
  }

  /** Keeps what is running for a key from being stored or joined. */
  fence(key: unknown): void {
    for (let flight = this.#flights.get(key); flight !== undefined; flight = flight.outer) flight.fenced = true;
    this.#flights.delete(key);
  }

  /** Keeps results with a tag, of what is running, from being stored. */
  fenceTag(tag: string): void {
    for (const first of this.#flights.values()) {
      for (let flight: Flight | undefined = first; flight !== undefined; flight = flight.outer) {
        (flight.fencedTags ??= new Set()).add(tag);
      }
    }
  }

  /** Keeps everything that is running from being stored or joined. */
  fenceAll(): void {
    for (const key of [...this.#flights.keys()]) this.fence(key);
  }
}
