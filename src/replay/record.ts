import { isPromiseLike } from "../contract/maybe_promise.ts";
import { CacheOperationError } from "../errors.ts";
import { codec, FORMAT, type RecordedCall, type Recording, written } from "./recording.ts";
import { type CachedCall, type StandIn, standingIn } from "./stand_in.ts";

/** What a function gave, and what the cached functions gave that it called. */
export interface Recorded<T> {
  /** What the function gave. */
  readonly result: T;
  /** What `replay` answers from. */
  readonly recording: Recording;
}

/**
 * Runs `fn` and notes what every cached function gave or threw that was called inside, from the cache or computed. `replay` runs
 * it again with the same answers, in another process too: the recording is plain data, `JSON.stringify` it into a file.
 *
 * Values are written as persistent engines do it, so a `Map` or a `Date` comes back as one. Throws what `fn` throws, and a
 * `CacheOperationError` for an answer that cannot be written, or that is not there when a synchronous `fn` ends. Follows
 * asynchronous work where the runtime has `AsyncLocalStorage`; elsewhere it ends with the synchronous part of `fn`.
 *
 * @example
 * ```ts
 * import { acache, record, replay } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * let runs = 0;
 * const price = acache(async (item: string) => ({ item, at: new Date(0), runs: ++runs }));
 * const total = async () => (await price("tea")).runs + (await price("cake")).runs;
 *
 * const { result, recording } = await record(total);
 * const text = JSON.stringify(recording);
 * price.cache.clear();
 * assert.equal(await replay(JSON.parse(text), total), result);
 * assert.equal(runs, 2);
 * ```
 */
export function record<T>(fn: () => Promise<T>): Promise<Recorded<T>>;
/** As above, for a function that gives no promise. */
export function record<T>(fn: () => T): Recorded<T>;
export function record(fn: () => unknown): unknown {
  const recorder = new Recorder();
  const result = standingIn(recorder, fn);
  if (!isPromiseLike(result)) return { result, recording: recorder.end() };
  return result.then(async (result) => {
    await recorder.settled();
    return { result, recording: recorder.end() };
  });
}

type Answer = Pick<RecordedCall, "form" | "body" | "checksum" | "promised" | "thrown">;

/** The place of a call's answer, which may come after those of later calls. */
interface Slot {
  readonly cache: string;
  readonly key: string;
  answer?: Answer;
}

class Recorder implements StandIn {
  readonly #slots: Slot[] = [];
  readonly #awaited = new Set<Promise<unknown>>();
  #refused: CacheOperationError | undefined;
  #ended = false;

  answer(call: CachedCall): unknown {
    if (this.#ended) return call.onward();
    const slot: Slot = { cache: call.cache, key: call.key() };
    this.#slots.push(slot);
    let result: unknown;
    try {
      result = call.onward();
    } catch (error) {
      this.#note(slot, error, { thrown: true });
      throw error;
    }
    if (!isPromiseLike(result)) {
      this.#note(slot, result, {});
      return result;
    }
    this.#await(result.then(
      (value) => this.#note(slot, value, { promised: true }),
      (error) => this.#note(slot, error, { promised: true, thrown: true }),
    ) as Promise<unknown>);
    return result;
  }

  /** Waits until every call has an answer. */
  async settled(): Promise<void> {
    while (this.#awaited.size > 0) await Promise.all(this.#awaited);
  }

  end(): Recording {
    this.#ended = true;
    if (this.#refused !== undefined) throw this.#refused;
    const answers = new Map<string, (RecordedCall & { times?: number })[]>();
    for (const { cache, key, answer } of this.#slots) {
      if (answer === undefined) throw refusal(cache, "a promise of its answer", "let what is recorded wait for it");
      const equal = answers.get(key);
      const last = equal?.at(-1);
      if (last !== undefined && isSame(last, answer)) last.times = (last.times ?? 1) + 1;
      else if (equal === undefined) answers.set(key, [{ cache, key, ...answer }]);
      else equal.push({ cache, key, ...answer });
    }
    return { format: FORMAT, calls: [...answers.values()].flat() };
  }

  /** Writes an answer down at once, before anybody can change it. */
  #note(slot: Slot, value: unknown, how: Pick<Answer, "promised" | "thrown">): void {
    try {
      const sealed = codec.seal(value);
      if (!isPromiseLike(sealed)) return void (slot.answer = { ...written(sealed), ...how });
      this.#await(sealed.then(
        (sealed) => slot.answer = { ...written(sealed), ...how },
        (error) => this.#refuse(slot, error),
      ));
    } catch (error) {
      this.#refuse(slot, error);
    }
  }

  #refuse({ cache }: Slot, cause: unknown): void {
    const found = cause instanceof Error ? cause.message : String(cause);
    this.#refused ??= refusal(cache, `what cannot be written (${found})`, "call it outside of what is recorded", cause);
  }

  #await(work: Promise<unknown>): void {
    const awaited = work.then(() => void this.#awaited.delete(awaited));
    this.#awaited.add(awaited);
  }
}

function isSame(one: Answer, other: Answer): boolean {
  const [body, otherBody] = [one, other].map(({ body }) => typeof body === "string" ? body : body.base64);
  return body === otherBody && one.form === other.form && one.promised === other.promised &&
    one.thrown === other.thrown;
}

function refusal(cache: string, gave: string, advice: string, cause?: unknown): CacheOperationError {
  return new CacheOperationError(`Cannot record a call of "${cache}": it gave ${gave}; ${advice}`, {
    code: "ERR_CACHE_RECORD",
    ...(cause === undefined ? {} : { cause }),
  });
}
