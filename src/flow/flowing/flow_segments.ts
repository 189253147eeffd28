import type { FlowKind } from "../../codec/outlet.ts";
import type { Part } from "../../contract/codec.ts";
import type { Entry } from "../../contract/entry.ts";
import { attempt, isPromiseLike } from "../../contract/maybe_promise.ts";
import type { Spill } from "./backlog.ts";
import type { CacheParts } from "../cache_parts.ts";
import { longValue } from "./long_value.ts";
import { beforeIn, type Segments } from "./segments.ts";

/** How much of a flow is held in memory before it goes into segments, and how much goes into one, in bytes. */
const HELD = 8 * 1024 * 1024;
const STEP = 1024 * 1024;

/** A result that can be kept in segments. */
export interface Segmentable {
  readonly kind: FlowKind;
  /** A chunk as it is kept, in the form in which stores keep it. */
  part(kept: unknown): Part;
}

/** Whether flows of a kind can go into segments. A generator that is not asynchronous cannot wait for a store. */
export function goesIntoSegments({ segments, sync }: CacheParts, kind: FlowKind): boolean {
  return segments !== undefined && (sync || kind !== "generator");
}

/** Drops, behind, the segments of what has left. */
export function sweepSegments({ segments, writes }: Pick<CacheParts, "segments" | "writes">): void {
  if (segments?.some) writes.expect(segments.sweepSoon());
}

/** The segments of one flow on its way, which no entry names yet. */
export class FlowSegments implements Spill {
  readonly from: number;
  readonly step: number;
  readonly #parts: CacheParts;
  readonly #segments: Segments;
  readonly #key: string;
  readonly #value: Segmentable;
  readonly #id = `${Math.random().toString(36).slice(2, 12)}${Math.random().toString(36).slice(2, 12)}`;
  #count = 0;
  #over: (() => void) | undefined;

  constructor(parts: CacheParts, segments: Segments, key: string, value: Segmentable) {
    const { bodyBytes } = parts.engine.limits;
    this.from = Math.min(HELD, bodyBytes / 4);
    this.step = Math.min(STEP, bodyBytes / 4);
    this.#parts = parts;
    this.#segments = segments;
    this.#key = key;
    this.#value = value;
  }

  write(kept: readonly unknown[], at: number): ReturnType<Spill["write"]> {
    this.#count = at + 1;
    this.#over ??= this.#segments.need(this.#id);
    const parts = kept.map((kept): Part => this.#value.part(kept));
    return this.#segments.write(this.#id, at, this.#key, this.#value.kind, parts);
  }

  read(at: number): ReturnType<Spill["read"]> {
    return this.#segments.read(this.#id, at);
  }

  /** The whole flow: the segments, which have so many bytes, and the rest. */
  before(bytes: number, rest: object): object {
    const { codec } = this.#parts;
    const before = { id: this.#id, segments: this.#count, bytes };
    return longValue(this.#segments, before, rest, (part) => codec!.openPart(part));
  }

  /** Whether an entry names them. */
  areNamedBy(entry: Pick<Entry, "form"> | undefined): boolean {
    return entry !== undefined && beforeIn(entry.form)?.before.id === this.#id;
  }

  /** Leaves them to the entry that names them, and drops others that no entry names any more. */
  leave(): void {
    this.#over?.();
    if (this.#count > 0) this.#parts.writes.expect(this.#segments.sweepSoon());
  }

  /** Drops them. */
  drop(): void {
    this.#over?.();
    if (this.#count === 0) return;
    const dropped = attempt<void>(
      () => this.#segments.drop(this.#id, this.#count),
      (error) => this.#parts.tally.fault("delete", error, undefined),
    );
    if (isPromiseLike(dropped)) this.#parts.writes.expect(dropped);
  }
}
