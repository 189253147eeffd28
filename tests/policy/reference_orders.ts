import { Ghost } from "../../src/policy/orders/ghost.ts";
import { keyHash } from "../../src/policy/orders/key_hash.ts";
import type { Node } from "./node.ts";

/** What a naive order knows of a node: everything, in plain sight. */
export interface Known {
  readonly node: Node;
  readonly key: number;
  storedAt: number;
  freshUntil: number;
  /** Steps of the run at which it was stored and last used. */
  addedAt: number;
  usedAt: number;
  hits: number;
}

/** An eviction order written for reading: arrays, searches and sorts. */
export interface ReferenceOrder {
  added(known: Known): void;
  touched(known: Known): void;
  removed(known: Known): void;
  /** The replaced value keeps its standing; an order without it treats it as gone and come back. */
  renewed?(known: Known): void;
  victim(): Known;
}

/** Leaves by the smallest rank, found by looking at everybody. */
function byRank(rank: (known: Known) => number[]): ReferenceOrder {
  const all = new Set<Known>();
  return {
    added: (known) => void all.add(known),
    touched() {},
    removed: (known) => void all.delete(known),
    victim() {
      const sorted = [...all].sort((a, b) => {
        const [left, right] = [rank(a), rank(b)];
        const at = left.findIndex((value, index) => value !== right[index]);
        return left[at]! < right[at]! ? -1 : 1;
      });
      all.delete(sorted[0]!);
      return sorted[0]!;
    },
  };
}

/** SIEVE as the paper has it: a list with the newest at the head, a visited bit, a hand that moves from tail to head. */
function sieve(): ReferenceOrder {
  let list: Known[] = [];
  const visited = new Set<Known>();
  let hand: Known | undefined;
  const newer = (known: Known): Known | undefined => list[list.indexOf(known) - 1];
  const drop = (known: Known): void => {
    list = list.filter((other) => other !== known);
    visited.delete(known);
  };
  return {
    added: (known) => void list.unshift(known),
    touched: (known) => void visited.add(known),
    renewed: (known) => void visited.add(known),
    removed(known) {
      if (hand === known) hand = newer(known);
      drop(known);
    },
    victim() {
      let at = hand ?? list.at(-1)!;
      while (visited.has(at)) {
        visited.delete(at);
        at = newer(at) ?? list.at(-1)!;
      }
      hand = newer(at);
      drop(at);
      return at;
    },
  };
}

/** S3-FIFO as the paper has it. The ghost, which may forget, is the library's own and has tests of its own. */
function s3fifo(): ReferenceOrder {
  let [small, main]: [Known[], Known[]] = [[], []];
  const ghost = new Ghost();
  const frequency = new Map<Known, number>();
  const count = (known: Known): void => void frequency.set(known, Math.min(3, frequency.get(known)! + 1));
  const fromMain = (): Known | undefined => {
    while (main.length > 0) {
      const oldest = main.shift()!;
      const times = frequency.get(oldest)!;
      if (times === 0) return oldest;
      frequency.set(oldest, times - 1);
      main.push(oldest);
    }
    return undefined;
  };
  const fromSmall = (all: number): Known | undefined => {
    while (small.length > 0) {
      const oldest = small.shift()!;
      if (frequency.get(oldest)! > 1) {
        frequency.set(oldest, 0);
        main.push(oldest);
        continue;
      }
      ghost.resize(all);
      ghost.add(keyHash(oldest.key) >>> 4);
      return oldest;
    }
    return undefined;
  };
  return {
    added(known) {
      frequency.set(known, 0);
      (ghost.take(keyHash(known.key) >>> 4) ? main : small).push(known);
    },
    touched: count,
    renewed: count,
    removed(known) {
      small = small.filter((other) => other !== known);
      main = main.filter((other) => other !== known);
    },
    victim() {
      const all = small.length + main.length;
      const gone = small.length * 10 >= all ? fromSmall(all) ?? fromMain() : fromMain() ?? fromSmall(all);
      return gone!;
    },
  };
}

/** The naive twin of each order that is not a matter of chance or of estimates. */
export const referenceOrders: Readonly<Record<string, () => ReferenceOrder>> = {
  lfu: () => byRank(({ hits, usedAt }) => [hits, usedAt]),
  fifo: () => byRank(({ addedAt }) => [addedAt]),
  lifo: () => byRank(({ addedAt }) => [-addedAt]),
  mru: () => byRank(({ usedAt }) => [-usedAt]),
  ttl: () => byRank(({ freshUntil, storedAt }) => [freshUntil, storedAt]),
  sieve,
  s3fifo,
};
