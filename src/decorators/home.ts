import type { Engine, Globals, OpenOptions } from "../contract/engine.ts";
import type { Entry } from "../contract/entry.ts";
import { attempt, chain, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Bounds, EvictionReason } from "../contract/store.ts";
import type { Refusal } from "../errors.ts";
import { emit } from "../events.ts";
import { guardedStore } from "../flow/guarded_store.ts";
import { log } from "../logger.ts";
import type { Settings } from "../settings.ts";
import { placeOf } from "./place.ts";
import { type DecoratorName, engines, notAvailable, type Selection } from "./engine_manager.ts";
import { openedFor } from "./opened_for.ts";
import { borrowStore, type Loan } from "./open_stores.ts";

const MEMORY_ENTRIES = 10_000;
const MEMORY_BYTES = 100_000_000;
const STORED_BYTES = 1_000_000_000;
const REMOTE_MS = 250;
const LOCAL_MS = 10_000;
/** To open takes longer than to ask: a client is loaded and connects, and each has a limit of its own. */
const OPENING_MS = 10_000;

/** Where the values of one cache live: an open store, how it was chosen, and what it may hold. */
export interface Home extends Selection, Pick<Loan, "store" | "release"> {
  readonly bounds: Bounds;
  /** Whether a server that was asked for first did not answer, so that it is worth asking again. */
  readonly makeshift: boolean;
}

/** For whom a home is sought. */
export interface Seeker {
  readonly name: string;
  readonly decorator: DecoratorName;
  readonly sync: boolean;
  readonly settings: Settings;
  /** Whether a home was found before, and this one is to take its place: then nobody is told. */
  readonly again?: boolean;
  readonly onEvict: (key: unknown, entry: Entry, reason: EvictionReason) => void;
}

/** What a store may hold: what the options say, else what is safe for its engine. */
export function boundsOf(settings: Settings, engine: Engine): Bounds {
  const inMemory = engine.scope === "function";
  return {
    maxSize: settings.maxSize ?? (inMemory ? MEMORY_ENTRIES : Infinity),
    maxBytes: settings.maxBytes ?? (inMemory ? MEMORY_BYTES : engine.remote ? Infinity : STORED_BYTES),
    policy: settings.policy,
  };
}

/**
 * Opens the first engine that can be opened, in the order that the options and the decorator give.
 *
 * Says so once where that is not the place that was asked for.
 */
export function findHome(seeker: Seeker): MaybePromise<Home> {
  const { settings } = seeker;
  const candidates = engines.candidates(seeker.decorator, settings.options, seeker.sync);
  const refused: Refusal[] = [...candidates.refused];
  let [failed, makeshift] = [false, false];
  const openFrom = (index: number): MaybePromise<Home> => {
    const candidate = candidates.engines[index];
    if (candidate === undefined) throw notAvailable(refused);
    const { engine } = openedFor(candidate);
    const globals = globalThis as unknown as Globals;
    const answer = engines.probe(engine, settings.options, globals);
    if (answer !== true) {
      refused.push({ engine: engine.name, reason: answer });
      return openFrom(index + 1);
    }
    const limit = settings.engineTimeout ?? (engine.remote ? REMOTE_MS : LOCAL_MS);
    const loan = attempt<Loan | { readonly reason: string }>(
      () =>
        borrowStore(engine, openOptions(seeker, engine, globals), seeker.sync, settings.engineTimeout ?? OPENING_MS),
      (error) => ({ reason: error instanceof Error ? error.message : String(error) }),
    );
    return chain(loan, (loan): MaybePromise<Home> => {
      if ("reason" in loan) {
        failed = true;
        makeshift ||= engine.remote === true;
        refused.push({ engine: engine.name, reason: loan.reason });
        return openFrom(index + 1);
      }
      const { release, guard } = loan;
      const atOnce = engine.mode === "sync" || engine.mode === "both" && seeker.sync;
      const store = atOnce ? loan.store : guardedStore(loan.store, guard, limit);
      const bounds = boundsOf(settings, engine);
      const home: Home = { engine, reason: candidates.reason, refused, bounds, store, release, makeshift };
      const wanted = candidates.wanted.engines.includes(candidate);
      if (!seeker.again && (failed || !wanted)) announce(seeker, candidates.wanted.name, home);
      return home;
    });
  };
  return openFrom(0);
}

function openOptions(seeker: Seeker, engine: Engine, globals: Globals): OpenOptions {
  const { settings } = seeker;
  const place = placeOf(engine, settings, globals);
  if ("reason" in place) throw new TypeError(place.reason);
  return {
    ...place,
    secure: settings.secure,
    bounds: boundsOf(settings, engine),
    seed: settings.seed,
    onEvict: (key, entry, reason) => seeker.onEvict(key, entry, reason),
  };
}

/** Warns when a cache does not live where it was meant to. */
function announce(seeker: Seeker, wanted: string, home: Home): void {
  const { name, settings } = seeker;
  const reason = home.refused.map(({ engine, reason }) => `"${engine}": ${reason}`).join("; ");
  emit({ type: "fallback", cache: name, wanted, chosen: home.engine.name, reason });
  log(
    "warn",
    `Cannot keep "${name}" in "${wanted}": ${reason}; it is kept in "${home.engine.name}" instead`,
    settings.logger,
  );
}
