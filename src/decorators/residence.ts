import type { Clock } from "../contract/clock.ts";
import { createCloner } from "../codec/cloner.ts";
import type { Codec } from "../contract/codec.ts";
import type { Engine, Globals } from "../contract/engine.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Usage } from "../contract/store.ts";
import type { Front } from "../flow/front.ts";
import { stopwatch } from "../flow/stopwatch.ts";
import type { Identity } from "../key/identity.ts";
import type { KeyMaker } from "../key/key_maker.ts";
import { endsPromises, hostWaitUntil } from "../runtime/requests.ts";
import { isJudgedEachTime, type Settings } from "../settings.ts";
import type { Counters, Holding } from "../stats.ts";
import type { CacheInfo, Colour } from "./cached.ts";
import type { Selection } from "./engine_manager.ts";
import type { Home, Housing, Seeker } from "./housing.ts";
import { moveIn, type Open } from "./move_in.ts";

/** How long after a server that was asked for did not answer it is asked again, at the next call, in milliseconds. */
const ASKED_AGAIN_AFTER = 1_000;

/** Whose values are to be kept, and how. */
export interface ResidentOptions {
  readonly housing: Housing;
  readonly colour: Colour;
  readonly identity: Identity;
  readonly settings: Settings;
  readonly counters: Counters;
  readonly clock: Clock;
  /** Makes the text that identifies a call. */
  readonly text: KeyMaker;
  /** Makes the key of a call for engines that share a folder. */
  readonly joined: KeyMaker;
  /** Whether the version follows the function's source. */
  readonly bySource: boolean;
  /** Tells a person of trouble. */
  readonly warn: (message: string, error: unknown) => void;
}

/**
 * Where the values of one cache live: found at the first call, with memory in front where that is asked for, given back at the
 * end, and left for a better one when a server that did not answer does.
 */
export class Residence {
  /** The memory in front of the engine that is asked for first. */
  readonly front: Front | undefined;
  readonly #options: ResidentOptions;
  readonly #sync: boolean;
  /** How values become bodies, where an engine keeps bytes. */
  readonly #codec: Codec | undefined;
  #askedAt = 0;
  #lastUsage: Usage = { entries: 0, bytes: 0 };
  #open: Open | undefined;
  #opening: Promise<Open> | undefined;

  constructor(options: ResidentOptions) {
    const { settings, housing, colour } = options;
    this.#options = options;
    this.#sync = colour === "sync";
    this.#codec = housing.codec(settings, this.#sync);
    this.front = settings.copy === "clone" || isJudgedEachTime(settings) ? undefined : this.#openFront();
  }

  /** The place as it is open now, or, opening it, as soon as it can be. */
  open(): MaybePromise<Open> {
    return this.#open ?? this.#find();
  }

  /** The place if it is open now. */
  get opened(): Open | undefined {
    return this.#open;
  }

  /** Whether it was open and is no longer. */
  get wasClosed(): boolean {
    return this.#open === undefined && this.#opening === undefined && this.#askedAt !== 0;
  }

  /** The engine that has the values, or, while none is open for them, that will have them if it can be opened. */
  engine(): Engine {
    return (this.#open?.home ?? this.#selection()).engine;
  }

  /** What is held, and computed, now. */
  holding(): Holding {
    const { entries: size, bytes } = this.#open?.values.usage() ?? this.#lastUsage;
    const tiers = this.front === undefined ? [] : [this.front.holding()];
    if (this.#open !== undefined) {
      const { home, values } = this.#open;
      tiers.push({ name: home.engine.name, savedMs: values.savedMs(), size, bytes });
    }
    return { size, bytes, inFlight: this.#open?.values.flights.size ?? 0, tiers };
  }

  /** Where the values are kept, or, while no engine is open for them, where they will be if it can be opened. */
  info(): CacheInfo {
    const { identity, settings } = this.#options;
    const { engine, reason, refused } = this.#open?.home ?? this.#selection();
    return {
      name: identity.name,
      engine: engine.name,
      reason,
      refused,
      persistent: engine.persistent,
      options: settings.options,
    };
  }

  #selection(): Selection {
    const { housing, settings } = this.#options;
    return housing.select(settings, this.#sync);
  }

  /** What the engine lets a person reach, once it is open. */
  native(): unknown {
    const open = this.open();
    return isPromiseLike(open) ? undefined : open.home.store.native;
  }

  /** The folder of the values, where they are in one. */
  folder(): string | undefined {
    const { housing, settings } = this.#options;
    return this.#open && housing.folder(this.#open.home.engine, settings);
  }

  /** Waits for writes on their way and gives the store back; a later call borrows it again. Memory is just emptied. */
  close(): MaybePromise<void> {
    const open = this.#open ?? this.#opening;
    if (open === undefined) return;
    return chain(open, (open) => {
      const { home, values } = open;
      if (home.engine.scope === "function") return chain(values.clear(), () => {});
      this.#open = undefined;
      return this.#moveOut(open);
    });
  }

  #moveOut({ home, values, note }: Open): MaybePromise<void> {
    values.leave();
    return chain(chain(note?.settle(), () => values.settle()), () => {
      this.#lastUsage = values.usage();
      return attempt<void>(
        () => home.release(),
        (error) => this.#options.warn(`Cannot close the cache of "${this.#options.identity.name}"`, error),
      );
    });
  }

  /** Asks a server again that did not answer when it was to be opened, behind the call; moves there when it does. */
  lookAround(): void {
    const open = this.#open;
    if (!open?.home.makeshift) return;
    const { home } = open;
    const now = stopwatch();
    if (now - this.#askedAt < ASKED_AGAIN_AFTER) return;
    this.#askedAt = now;
    const moved = chain(
      attempt<Home | undefined>(() => this.#options.housing.find({ ...this.#seeker(), again: true }), () => undefined),
      (found): MaybePromise<void> => {
        if (found === undefined) return;
        if (found.makeshift || this.#open?.home !== home) return found.release();
        this.#open = this.#moveIn(found);
        // Memory is left to those who still use it.
        return home.engine.scope === "function" ? undefined : this.#moveOut(open);
      },
    );
    if (!isPromiseLike(moved)) return;
    moved.then(
      undefined,
      (error) => this.#options.warn(`Cannot move the cache of "${this.#options.identity.name}"`, error),
    );
  }

  /** Finds a home and moves in. */
  #find(): MaybePromise<Open> {
    // What another request opens may never be open.
    const alone = endsPromises(globalThis as unknown as Globals);
    if (this.#opening !== undefined && !alone) return this.#opening;
    const home = this.#options.housing.find(this.#seeker());
    this.#askedAt = stopwatch();
    if (!isPromiseLike(home)) return this.#open = this.#moveIn(home);
    const opening: Promise<Open> = home.then((home) => {
      const first = this.#open;
      if (first !== undefined) return chain(attempt<void>(() => home.release(), () => {}), () => first);
      const open = this.#moveIn(home);
      // Of several who open it at the same time the first opens it for all.
      if (alone) this.#open = open;
      return open;
    });
    this.#opening = opening;
    // The first to hear of it, so that nobody who comes later overtakes those who wait.
    opening.then((open) => {
      this.#open ??= open;
      this.#opening = undefined;
    }, () => this.#opening = undefined);
    return opening;
  }

  #seeker(): Seeker {
    const { settings, identity } = this.#options;
    return {
      name: identity.name,
      sync: this.#sync,
      settings,
      onEvict: (key, entry, reason) => this.#open?.values.evicted(key, entry, reason),
    };
  }

  #openFront(): Front | undefined {
    const { housing, settings, counters } = this.#options;
    const front = housing.front(settings, this.#sync);
    if (front !== undefined) counters.nearIs(front.name);
    return front;
  }

  /** How values become bodies in a home: not at all where it keeps the very values and callers share them. */
  #codecFor({ engine }: Home): Codec | undefined {
    const { copy, serializer } = this.#options.settings;
    if (engine.holds === "bytes") return this.#codec;
    return copy === "clone" ? createCloner({ serializer, sync: this.#sync }) : undefined;
  }

  #moveIn(home: Home): Open {
    const { settings, colour: _, ...rest } = this.#options;
    const globals = globalThis as unknown as Globals;
    return moveIn(home, {
      ...rest,
      codec: this.#codecFor(home),
      freeze: settings.copy === "freeze",
      lock: settings.lock,
      ageing: settings.ageing,
      slidingTtl: settings.slidingTtl === undefined
        ? undefined
        : { span: settings.slidingTtl, ends: settings.ttl !== undefined },
      softTimeout: settings.softTimeout,
      hardTimeout: settings.hardTimeout,
      retryAfter: settings.retryAfter,
      front: this.front,
      sync: this.#sync,
      mortal: endsPromises(globals),
      waitUntil: settings.waitUntil ?? hostWaitUntil(globals),
      logger: settings.logger,
    });
  }
}
