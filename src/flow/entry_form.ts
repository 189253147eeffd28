import { damaged } from "../codec/damage.ts";
import { type FlowCopy, flowOf, wholeOf } from "../codec/flowing.ts";
import {
  copyAtOnce,
  copyOfResponse,
  faultOf,
  isResponse,
  type ResponseCopy,
  responseOf,
  sizeOf,
} from "../codec/response.ts";
import type { Clock } from "../contract/clock.ts";
import type { Codec } from "../contract/codec.ts";
import type { Entry, Head } from "../contract/entry.ts";
import { chain, type MaybePromise } from "../contract/maybe_promise.ts";
import { CacheValueError } from "../errors.ts";
import { deepFreeze } from "./deep_freeze.ts";
import { longOf, openLong } from "./flowing/long_value.ts";
import { beforeIn, formAfter, type Segments } from "./flowing/segments.ts";
import { singleUse } from "./single_use.ts";
import { Stamps } from "./stamps.ts";
import { weigh } from "./weigh.ts";

/** Marks the form of a value that the function gave as a promise, so that a hit gives a promise, too. */
const PROMISED = "~";

/** Marks the form of an error that the function threw, so that a hit throws it, too. */
const FAILED = "!";

/** The form of a value that is kept as it is, and of those of which a copy is kept instead: a `Response`, a generator, a stream. */
const ITSELF = "";
const RESPONSE = "response";
const FLOW = "flow";

/** How a value is to be kept, decided per value. */
export interface Keeping {
  /** Milliseconds for which it is fresh, however often it is hit. */
  readonly ttl: number;
  /** Milliseconds for which it is fresh unless it is hit; `Infinity` where hits make no difference. */
  readonly slidingTtl: number;
  /** Milliseconds for which it is kept beyond its time. */
  readonly staleFor: number;
  /** Milliseconds that the function took. */
  readonly cost: number;
  readonly label: string;
  readonly tags: readonly string[];
  /** The user's weight of the value, when there is one. */
  readonly size: number | undefined;
  /** Whether the function gave a promise of the value. */
  readonly promised: boolean;
  /** Whether it is an error that the function threw. */
  readonly failed: boolean;
}

/** What decides the form of entries. */
export interface EntryFormOptions {
  /** How values become bodies; none where the engine keeps the very values. */
  readonly codec: Codec | undefined;
  readonly freeze: boolean;
  /** Whether the weight of a value that is kept as it is has to be known. */
  readonly weighed: boolean;
  /** Whether a value that was not given as a promise has to be written at once. */
  readonly sync?: boolean | undefined;
  readonly clock: Clock;
  /** Where flows are that are too long for memory. */
  readonly segments?: Segments | undefined;
  readonly engine: { readonly name: string; readonly limits: { readonly bodyBytes: number } };
}

/** Turns the values of one cache into entries and back. */
export class EntryForm {
  readonly #options: EntryFormOptions;
  readonly #stamps = new Stamps();

  constructor(options: EntryFormOptions) {
    this.#options = options;
  }

  /** A stamp for something that happens `now`, after everything that was stamped before. */
  stamp(now: number): number {
    return this.#stamps.next(now);
  }

  /** Notes when an entry was stored that another takes the place of, which has to be told from it by that instant. */
  follows(storedAt: number): void {
    this.#stamps.saw(storedAt);
  }

  /** The value as callers are given it and as it is kept: frozen, where that is asked for. */
  given(value: unknown): unknown {
    if (!this.#options.freeze || isResponse(value) || longOf(value) !== undefined) return value;
    const whole = wholeOf(value);
    if (whole === undefined) return deepFreeze(value);
    if ("chunks" in whole) [...whole.chunks, whole.returned].forEach(deepFreeze);
    return value;
  }

  /** The entry of a value. Throws a `SerializationError` or `CacheValueError` for one that cannot be kept. */
  write(value: unknown, keeping: Keeping): MaybePromise<Entry> {
    const { codec, engine, weighed } = this.#options;
    if (codec === undefined) {
      if (isResponse(value)) return this.#writeResponse(value, keeping);
      const whole = wholeOf(value);
      if (whole !== undefined && "chunks" in whole) return this.#writeFlow(whole, keeping);
      const once = singleUse(value);
      if (once !== undefined) {
        throw new CacheValueError(
          `Cannot keep ${once}: it can be read only once; return what it holds, for example an array`,
        );
      }
      const size = keeping.size ?? (weighed ? weigh(value) : 0);
      if (keeping.failed) {
        return { body: value, form: marked(ITSELF, keeping), checksum: 0, ...this.#head(keeping, size) };
      }
      const entry: Entry = { body: value, form: ITSELF, checksum: 0, ...this.#head(keeping, size) };
      if (keeping.promised) entry.promise = Promise.resolve(value);
      return entry;
    }
    const long = longOf(value);
    return chain(codec.seal(long === undefined ? value : long.rest), ({ body, form, checksum, size }): Entry => {
      if (size > engine.limits.bodyBytes) {
        throw new CacheValueError(
          `Cannot keep a value of ${size} bytes in "${engine.name}": it takes ${engine.limits.bodyBytes} bytes at most; ` +
            `use another engine, for example fcache`,
        );
      }
      const whole = long === undefined ? form : formAfter(long.before, form);
      const weight = keeping.size ?? size + (long?.before.bytes ?? 0);
      return { body, form: marked(whole, keeping), checksum, ...this.#head(keeping, weight) };
    });
  }

  /** The value of an entry. Throws a `SerializationError` for a body that cannot be read. */
  read(entry: Entry): MaybePromise<unknown> {
    const { codec, freeze } = this.#options;
    const form = unmarked(entry.form);
    if (codec === undefined) {
      if (form === ITSELF) return entry.body;
      return form === FLOW ? flowOf(entry.body as FlowCopy) : responseOf(entry.body as ResponseCopy);
    }
    if (form.startsWith("^")) return this.#readLong(codec, entry);
    const value = codec.open({ body: entry.body, form, checksum: entry.checksum });
    return freeze && !this.isFailure(entry) ? chain(value, (value) => this.given(value)) : value;
  }

  /** Whether the function gave a promise of the value. */
  wasPromised(entry: Entry): boolean {
    return entry.promise !== undefined || entry.form.startsWith(PROMISED, entry.form.startsWith(FAILED) ? 1 : 0);
  }

  /** Whether it is an error that the function threw. */
  isFailure(entry: Pick<Entry, "form">): boolean {
    return entry.form.startsWith(FAILED);
  }

  /** The same value, kept anew. */
  renewed({ body, form, checksum, size, promise }: Entry, keeping: Keeping): Entry {
    const entry: Entry = { body, form, checksum, ...this.#head(keeping, keeping.size ?? size) };
    if (promise !== undefined) entry.promise = promise;
    return entry;
  }

  /** An entry that is stale from `now` on and otherwise the same; an error, which nobody is given when it is stale, is gone. */
  expired(entry: Entry, now: number): Entry {
    const { body, form, checksum, cost, size, tags, label } = entry;
    // Told from what it was, so that another process does not renew it as it was; by half of what two stamps differ by.
    const storedAt = entry.storedAt + 2 ** -11;
    const goneAt = this.isFailure(entry) ? now : entry.goneAt;
    const stale: Entry = { body, form, checksum, storedAt, freshUntil: now, goneAt, cost, size, tags, label };
    if (entry.promise !== undefined) stale.promise = entry.promise;
    return stale;
  }

  /** Keeps a copy, since a `Response` itself can be read only once. It stays unread. */
  #writeResponse(response: Response, keeping: Keeping): MaybePromise<Entry> {
    const fault = faultOf(response);
    if (fault !== undefined) throw fault;
    const known = copyAtOnce(response);
    if (known === undefined && this.#options.sync && !keeping.promised) {
      throw new CacheValueError(
        "Cannot keep a Response in a synchronous cache: reading its body takes a while; let the function give a promise of it",
      );
    }
    return chain(known ?? copyOfResponse(response), (copy): Entry => {
      return {
        body: copy,
        form: marked(RESPONSE, keeping),
        checksum: 0,
        ...this.#head(keeping, keeping.size ?? sizeOf(copy)),
      };
    });
  }

  #readLong(codec: Codec, { body, form, checksum }: Entry): MaybePromise<unknown> {
    const { segments } = this.#options;
    const after = beforeIn(form);
    if (segments === undefined || after === undefined) throw damaged("it is in segments that cannot be read here");
    const rest = codec.open({ body, form: after.form, checksum });
    return chain(rest, (rest) => openLong(segments, after.before, this.given(rest) as object));
  }

  #writeFlow(flow: FlowCopy, keeping: Keeping): Entry {
    const size = keeping.size ?? (this.#options.weighed ? weigh(flow.chunks) + weigh(flow.returned) : 0);
    return { body: flow, form: marked(FLOW, keeping), checksum: 0, ...this.#head(keeping, size) };
  }

  #head(keeping: Keeping, size: number): Head {
    const now = this.#options.clock.now();
    const { ttl, slidingTtl, staleFor, cost, tags, label } = keeping;
    const freshUntil = now + Math.min(ttl, slidingTtl);
    const goneAt = (ttl === Infinity ? freshUntil : now + ttl) + staleFor;
    return { storedAt: this.#stamps.next(now), freshUntil, goneAt, cost, size, tags, label };
  }
}

function marked(form: string, { promised, failed }: Keeping): string {
  return `${failed ? FAILED : ""}${promised ? PROMISED : ""}${form}`;
}

function unmarked(form: string): string {
  let at = 0;
  if (form.startsWith(FAILED)) at++;
  if (form.startsWith(PROMISED, at)) at++;
  return at === 0 ? form : form.slice(at);
}
