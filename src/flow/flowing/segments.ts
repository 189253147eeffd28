import { type FlowCopy, flowOfSealed, wholeOf } from "../../codec/flowing.ts";
import type { FlowKind } from "../../codec/outlet.ts";
import type { Clock } from "../../contract/clock.ts";
import type { Codec, Part } from "../../contract/codec.ts";
import type { Entry, Listed } from "../../contract/entry.ts";
import { attempt, chain, isPromiseLike, type MaybePromise } from "../../contract/maybe_promise.ts";
import type { AsyncStore } from "../../contract/store.ts";
import { SerializationError } from "../../errors.ts";
import { all } from "../all.ts";
import { collect } from "../collect.ts";
import { deepFreeze } from "../deep_freeze.ts";

/** The scope of segments in a store that several caches share. No function's scope begins like this. */
const SCOPE = "~flow/";

/** How long segments stay that no entry names, in milliseconds: another process may be about to, or somebody here may read them. */
const GRACE = 600_000;

/** How long they stay for one who was given the flow and has not begun to read it, in milliseconds. */
const UNREAD = 10_000;

/** What this process knows of the segments of a flow. */
interface Known {
  /** How many here write or read them, and when one of these last did. */
  needed: number;
  usedAt: number;
  /** How many were given the flow and have not begun, and when the last of them was. */
  unread: number;
  givenAt: number;
}

/** What of a flow is in segments: the first so many of its bytes. */
export interface Before {
  readonly id: string;
  readonly segments: number;
  readonly bytes: number;
}

/** What segments are kept with. */
export interface SegmentsOptions {
  readonly store: AsyncStore;
  readonly codec: Codec;
  readonly clock: Clock;
  /** Whether whoever reads gets chunks that are frozen. */
  readonly freeze: boolean;
  /** The entry under a key, as it was written last. */
  readonly look: (key: string) => MaybePromise<Entry | undefined>;
  /** Told that those nobody needs could not be dropped. */
  readonly fault: (error: unknown) => void;
}

/**
 * The segments of flows that are too long for memory, as entries of their own in the store.
 *
 * The entry of the flow is written last and names them, so a part of a flow is never found. It weighs as much as all of them, and
 * alone is listed, counted and evicted; segments that no entry names are dropped when entries leave, and left behind by a process
 * that died, when another one sweeps.
 */
export class Segments {
  readonly #options: SegmentsOptions;
  /** The flows that this process wrote or read. */
  readonly #known = new Map<string, Known>();
  #sweeping: Promise<void> | undefined;
  #underWay: Promise<void> | undefined;

  constructor(options: SegmentsOptions) {
    this.#options = options;
  }

  /** Whether this process knows of any. */
  get some(): boolean {
    return this.#known.size > 0;
  }

  /** Notes that those of a flow are needed here, until what this gives is called. */
  need(id: string): () => void {
    const known = this.#use(id);
    known.needed++;
    let over = false;
    return () => {
      if (!over) known.needed--;
      over = true;
    };
  }

  /** Notes that somebody was given a flow; what this gives is called when it begins to be read. */
  give(id: string): () => () => void {
    const known = this.#use(id);
    known.unread++;
    known.givenAt = known.usedAt;
    return () => {
      known.unread--;
      return this.need(id);
    };
  }

  /** Writes one, for the flow of a key. */
  write(id: string, at: number, key: string, kind: FlowKind, parts: readonly Part[]): MaybePromise<void> {
    const { store, codec } = this.#options;
    const { usedAt } = this.#use(id);
    const flow = flowOfSealed({ kind, parts, returned: undefined }, (part) => codec.openPart(part));
    return chain(codec.seal(flow), ({ body, form, checksum, size }) => {
      const entry: Entry = {
        body,
        form,
        checksum,
        storedAt: usedAt,
        freshUntil: Infinity,
        goneAt: Infinity,
        cost: 0,
        size,
        tags: [],
        label: key,
      };
      return store.set(segmentKey(id, at), entry);
    });
  }

  /** The chunks of one, each time anew. Throws a `SerializationError` when it is not there, or cannot be read. */
  read(id: string, at: number): MaybePromise<readonly unknown[]> {
    const { store, codec, freeze } = this.#options;
    this.#use(id);
    return chain(store.get(segmentKey(id, at)), (entry) => {
      if (entry === undefined) {
        throw new SerializationError(
          `Cannot read a stored value: segment ${at + 1} of it is no longer there; call again to have it computed anew`,
        );
      }
      return chain(codec.open(entry), (flow) => {
        const { chunks } = wholeOf(flow) as FlowCopy;
        if (freeze) chunks.forEach(deepFreeze);
        return chunks;
      });
    });
  }

  /** Drops those of one flow. */
  drop(id: string, segments: number): MaybePromise<void> {
    this.#known.delete(id);
    const { store } = this.#options;
    const keys = Array.from({ length: segments }, (_, at) => segmentKey(id, at));
    return chain(all(keys.map((key) => store.delete(key))), () => {});
  }

  /** Drops, when all that is to be done at once is done, those that no entry names and nobody here needs. */
  sweepSoon(): Promise<void> {
    return this.#sweeping ??= Promise.resolve().then(() => {
      this.#sweeping = undefined;
      return attempt<void>(() => this.sweep(), (error) => this.#options.fault(error));
    });
  }

  /** Drops those that no entry names and nobody here needs, after a sweep under way, which has forgotten what it still drops. */
  sweep(): MaybePromise<void> {
    const swept = chain(this.#underWay, () => this.#sweep());
    if (!isPromiseLike(swept)) return swept;
    const ended: Promise<void> = swept.then(() => {}, () => {}).then(() => {
      if (this.#underWay === ended) this.#underWay = undefined;
    });
    this.#underWay = ended;
    return swept;
  }

  #sweep(): MaybePromise<void> {
    const { store } = this.#options;
    return chain(collect(store.entries(SCOPE)), (listed) => {
      const flows = new Map<string, Listed[]>();
      for (const one of listed) flows.set(idIn(one.key), [...flows.get(idIn(one.key)) ?? [], one]);
      const dropped = [...flows].map(([id, segments]): MaybePromise<unknown> => {
        if (this.#isNeeded(id, segments)) return undefined;
        return chain(this.#isNamed(id, segments[0]!.label), (named) => {
          if (named) return;
          this.#known.delete(id);
          return all(segments.map(({ key }) => store.delete(key)));
        });
      });
      return chain(all(dropped), () => {});
    });
  }

  /** Whether somebody here needs those of a flow, or another process may. One who forgot to read on needs them for a while only. */
  #isNeeded(id: string, segments: readonly Listed[]): boolean {
    const now = this.#options.clock.now();
    const known = this.#known.get(id);
    if (known === undefined) return now - Math.max(...segments.map(({ storedAt }) => storedAt)) < GRACE;
    return known.needed > 0 && now - known.usedAt < GRACE || known.unread > 0 && now - known.givenAt < UNREAD;
  }

  #isNamed(id: string, key: string): MaybePromise<boolean> {
    return chain(this.#options.look(key), (entry) => {
      return entry !== undefined && beforeIn(entry.form)?.before.id === id;
    });
  }

  #use(id: string): Known {
    const known = this.#known.get(id) ?? { needed: 0, usedAt: 0, unread: 0, givenAt: 0 };
    known.usedAt = this.#options.clock.now();
    this.#known.set(id, known);
    return known;
  }
}

/** Whether a key is that of a segment. */
export function isSegmentKey(key: string): boolean {
  return key.startsWith(SCOPE);
}

function segmentKey(id: string, at: number): string {
  return `${SCOPE}${id}-${at.toString(36)}`;
}

function idIn(key: string): string {
  return key.slice(SCOPE.length, key.lastIndexOf("-"));
}

/** The form of an entry whose value begins in segments. */
export function formAfter({ id, segments, bytes }: Before, form: string): string {
  return `^${id}.${segments}.${bytes}^${form}`;
}

/** What the form of an entry says of segments before it, and the form of the rest; `undefined` where there are none. */
export function beforeIn(form: string): { readonly before: Before; readonly form: string } | undefined {
  const match = /^[!~]*\^([a-z0-9]{1,40})\.([1-9]\d{0,7})\.([1-9]\d{0,15})\^/.exec(form);
  if (match === null) return undefined;
  const [mark, id, segments, bytes] = match;
  return { before: { id: id!, segments: Number(segments), bytes: Number(bytes) }, form: form.slice(mark.length) };
}
