import type { Clock } from "../contract/clock.ts";
import type { Codec } from "../contract/codec.ts";
import { Tally } from "../flow/tally.ts";
import { ValueCache } from "../flow/value_cache.ts";
import type { ValueCacheOptions } from "../flow/cache_parts.ts";
import type { Front } from "../flow/front.ts";
import { digest } from "../key/digest.ts";
import type { Identity } from "../key/identity.ts";
import { scopePrefix } from "../key/join_key.ts";
import type { KeyMaker } from "../key/key_maker.ts";
import { memoryKey } from "../key/primitive_key.ts";
import { publicKey } from "../key/public_key.ts";
import { log, type Logger } from "../logger.ts";
import type { Counters } from "../stats.ts";
import { countText, sizeText } from "../wording.ts";
import type { Home, Housing } from "./housing.ts";
import type { VersionNote } from "./version_note.ts";

/** Who moves in. */
export interface Tenant {
  readonly housing: Housing;
  readonly identity: Identity;
  readonly counters: Counters;
  readonly codec: Codec | undefined;
  readonly freeze: boolean;
  readonly clock: Clock;
  /** Makes the text that identifies a call. */
  readonly text: KeyMaker;
  /** Makes the key of a call for engines that share a folder. */
  readonly joined: KeyMaker;
  readonly lock: boolean;
  readonly ageing: ValueCacheOptions["ageing"];
  readonly slidingTtl: ValueCacheOptions["slidingTtl"];
  readonly softTimeout: number | undefined;
  readonly hardTimeout: number | undefined;
  readonly retryAfter: number;
  readonly front: Front | undefined;
  readonly sync: boolean;
  readonly mortal: boolean;
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined;
  readonly warn: (message: string, error: unknown) => void;
  readonly logger: Logger | undefined;
  /** Whether the version follows the function's source. */
  readonly bySource: boolean;
}

/** A cache that has found its home. */
export interface Open {
  readonly home: Home;
  readonly values: ValueCache;
  /** The note of the version that is in use, where values of another one may be met. */
  readonly note: VersionNote | undefined;
  /** The key of a call as the store has it. */
  readonly keyOf: (self: unknown, args: readonly unknown[]) => unknown;
}

/** Puts a cache into its home. In a store of its own a primitive argument is its own key; in a shared one every key is joined. */
export function moveIn(home: Home, tenant: Tenant): Open {
  const { housing, identity, text, joined, counters, front, warn, logger } = tenant;
  const { engine, store, bounds } = home;
  const shared = engine.scope === "folder";
  const shown = shared ? String : (key: unknown) => publicKey(identity, key);
  const { name } = identity;
  const full = () => log("info", fullText(name, bounds), logger);
  const tally = new Tally({ cache: name, engine: engine.name, counters, publicKey: shown, warn, full, logger });
  const prefix = shared ? scopePrefix(identity) : "";
  const values = new ValueCache({
    ...tenant,
    engine,
    store,
    prefix,
    bounds,
    random: Math.random,
    tally,
    publicKey: shown,
    digest,
    sharing: shared ? housing.sharing : undefined,
    front: shared ? front : undefined,
  });
  const noted = shared && engine.persistent && tenant.bySource && !(engine.remote && store.commit === undefined);
  const note = noted ? housing.note?.({ ...tenant, store, prefix }) : undefined;
  return { home, values, note, keyOf: shared ? joined : (self, args) => memoryKey(self, args, text) };
}

/** What a person is told when entries begin to leave for room. */
function fullText(name: string, { maxSize, maxBytes, policy }: Home["bounds"]): string {
  const bounds = [
    ...maxSize === Infinity ? [] : [countText(maxSize, "entry")],
    ...maxBytes === Infinity ? [] : [sizeText(maxBytes)],
  ];
  const most = `${bounds.join(" or ")} at most`;
  return `Cache "${name}" is full (${most}): from now on entries leave it by policy "${policy}"; this is said once`;
}
