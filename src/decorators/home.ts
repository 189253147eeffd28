import type { Engine, Globals, OpenOptions } from "../contract/engine.ts";
import { attempt, chain, type MaybePromise } from "../contract/maybe_promise.ts";
import type { Refusal } from "../errors.ts";
import { emit } from "../events.ts";
import { guardedStore } from "../flow/guarded_store.ts";
import { log } from "../logger.ts";
import { boundsOf } from "./bounds.ts";
import { engines, notAvailable } from "./engine_manager.ts";
import type { DecoratorName } from "./engine_orders.ts";
import type { Home, Seeker } from "./housing.ts";
import { openedFor } from "./opened_for.ts";
import { borrowStore, type Loan } from "./open_stores.ts";
import { placeOf } from "./place.ts";
import { refusalsText } from "./refusals_text.ts";

const REMOTE_MS = 250;
const LOCAL_MS = 10_000;
/** To open takes longer than to ask: a client is loaded and connects, and each has a limit of its own. */
const OPENING_MS = 10_000;

/**
 * Opens the first engine that can be opened, in the order that the options and the decorator give.
 *
 * Says so once where that is not the place that was asked for.
 */
export function findHome(decorator: DecoratorName, seeker: Seeker): MaybePromise<Home> {
  const { settings } = seeker;
  const candidates = engines.candidates(decorator, settings.options, seeker.sync);
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
    onDamage: (error) => tellOfDamage(seeker, error),
  };
}

/** Warns when what was kept is lost. */
function tellOfDamage({ name, settings }: Seeker, error: Error): void {
  emit({ type: "error", cache: name, operation: "open", error }, settings.logger);
  log("warn", error.message, settings.logger);
}

/** Warns when a cache does not live where it was meant to. */
function announce(seeker: Seeker, wanted: string, home: Home): void {
  const { name, settings } = seeker;
  const reason = refusalsText(home.refused);
  emit({ type: "fallback", cache: name, wanted, chosen: home.engine.name, reason });
  log(
    "warn",
    `Cannot keep "${name}" in "${wanted}": ${reason}; it is kept in "${home.engine.name}" instead`,
    settings.logger,
  );
}
