import { CacheOperationError } from "../errors.ts";
import { checkRecording, type RecordedCall, type Recording, valueOf } from "./recording.ts";
import { type CachedCall, type StandIn, standingIn } from "./stand_in.ts";

/**
 * Runs `fn` with every cached function that is called inside answered from what `record` noted: no engine is asked and nothing
 * is computed, kept or counted. Gives what `fn` gives.
 *
 * Equal calls get their answers in the order in which they were recorded, and the last one from then on. Each answer is a copy
 * of its own; what was thrown is thrown. A call that is not in the recording throws a `CacheOperationError` with the code
 * `"ERR_CACHE_REPLAY"`. Calls are told apart by the name of the function and its arguments, not by its version or object: a
 * recording outlives a change of the source. Throws a `ConfigurationError` for what is no recording.
 *
 * @example
 * ```ts
 * import { mcache, record, replay } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * let rate = 2;
 * const convert = mcache((euros: number) => euros * rate, { name: "convert" });
 * const { recording } = record(() => convert(10));
 * rate = 3;
 * convert.cache.clear();
 * assert.equal(replay(recording, () => convert(10)), 20);
 * assert.throws(() => replay(recording, () => convert(11)), { code: "ERR_CACHE_REPLAY" });
 * ```
 */
export function replay<T>(recording: Recording, fn: () => T): T {
  return standingIn(new Player(checkRecording(recording)), fn);
}

/** The answers to one call that are still to come. */
interface Queue {
  readonly answers: RecordedCall[];
  /** How often the first of them was given. */
  given: number;
}

class Player implements StandIn {
  readonly #queues = new Map<string, Queue>();

  constructor({ calls }: Recording) {
    for (const call of calls) {
      const queue = this.#queues.get(call.key);
      if (queue === undefined) this.#queues.set(call.key, { answers: [call], given: 0 });
      else queue.answers.push(call);
    }
  }

  answer(call: CachedCall): unknown {
    const { promised = false, thrown = false, ...next } = this.#next(call);
    const value = valueOf(next);
    if (!promised) {
      if (thrown) throw value;
      return value;
    }
    return thrown ? Promise.reject(value) : Promise.resolve(value);
  }

  #next(call: CachedCall): RecordedCall {
    const queue = this.#queues.get(call.key());
    if (queue === undefined) {
      throw new CacheOperationError(
        `Cannot replay a call of "${call.cache}": the recording has none with these arguments; record anew`,
        { code: "ERR_CACHE_REPLAY" },
      );
    }
    if (queue.given === (queue.answers[0]!.times ?? 1) && queue.answers.length > 1) {
      queue.answers.shift();
      queue.given = 0;
    }
    queue.given++;
    return queue.answers[0]!;
  }
}
