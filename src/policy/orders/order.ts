/** What an eviction order knows of an entry, and the room it has in it for its own bookkeeping. */
export interface Ranked {
  /** The key under which the store keeps it. */
  readonly key: unknown;
  /** When the value was stored; later is newer. */
  readonly storedAt: number;
  /** Until when the value is fresh. */
  readonly freshUntil: number;
  /** Reads since the value was stored. The store counts them, so that a hit costs one write whatever the order. */
  hits: number;
  /** A small integer of the order's own. */
  mark: number;
  /** A small integer of the order's own: a position or a queue. */
  place: number;
  /** A link of the order's own. */
  prev: Ranked | undefined;
  /** A link of the order's own. */
  next: Ranked | undefined;
}

/**
 * Which entry leaves next.
 *
 * The store that owns the entries reports every change. Each method is O(1) or O(log n), amortised. A store makes room
 * before it adds, so that the newest entry is never its own victim.
 */
export interface EvictionOrder<N extends Ranked = Ranked> {
  /** Whether `touched` has to be called at each read. The other orders look at `hits` when the time comes. */
  readonly eager: boolean;
  /** Takes a node in. Its `hits` are 0. */
  added(node: N): void;
  /** Notes a read of a node; its `hits` are counted already. Called only when `eager`. */
  touched(node: N): void;
  /** Lets go of a node that left otherwise than by `victim`. */
  removed(node: N): void;
  /** Takes the node that leaves next out of the order; `undefined` when there is none. */
  victim(): N | undefined;
  /**
   * Keeps the standing of a node whose value is about to be replaced, which will set its `hits` to 0.
   * An order without it gets `removed` before and `added` after.
   */
  renewed?(node: N): void;
}
