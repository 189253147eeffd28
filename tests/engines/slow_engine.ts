import type { Engine } from "../../src/contract/engine.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { AsyncStore, News } from "../../src/contract/store.ts";

/** What is under way and goes on when its turn comes, in an order that a test decides. */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** Waits for a turn. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives one of those that wait a turn, chosen by a number in [0, 1), and lets it go on until it waits again. */
  async give(chance: number): Promise<void> {
    const [go] = this.#waiting.splice(Math.floor(chance * this.#waiting.length), 1);
    go?.();
    for (let step = 0; step < 30; step++) await undefined;
  }
}

/** The storage behind a slow engine, which a test may change from outside as another process would. */
export interface Storage {
  readonly map: Map<string, Entry>;
  readonly listeners: Set<(news: News) => void>;
}

export function newStorage(): Storage {
  return { map: new Map(), listeners: new Set() };
}

/** An engine over a map of which each operation takes a turn until it has its effect, and another one until it answers. */
export function slowEngine(name: string, turns: Turns, { map, listeners }: Storage, watched: boolean): Engine {
  const slowly = async <T>(effect: () => T): Promise<T> => {
    await turns.wait();
    const result = effect();
    await turns.wait();
    return result;
  };
  const under = (prefix: string) => [...map].filter(([key]) => key.startsWith(prefix));
  const store: AsyncStore = {
    native: map,
    get: (key) => slowly(() => map.get(key)),
    getMany: (keys) => slowly(() => keys.map((key) => map.get(key))),
    set: (key, entry) => slowly(() => void map.set(key, entry)),
    setMany: (entries) => slowly(() => entries.forEach(([key, entry]) => map.set(key, entry))),
    delete: (key) => slowly(() => map.delete(key)),
    clear: (prefix) => slowly(() => under(prefix).filter(([key]) => map.delete(key)).length),
    commit: (changes) =>
      slowly(() => {
        for (const { key, entry } of changes) entry === undefined ? map.delete(key) : map.set(key, entry);
        return true;
      }),
    usage: (prefix) => ({
      entries: under(prefix).length,
      bytes: under(prefix).reduce((sum, [, e]) => sum + e.size, 0),
    }),
    entries: (prefix) =>
      under(prefix).map(([key, { body: _, ...head }]) => ({ ...head, key, accessedAt: head.storedAt, hits: 0 })),
    close: () => {},
    ...(watched && {
      watch: (listener: (news: News) => void) => {
        listeners.add(listener);
        listener("live");
        return () => void listeners.delete(listener);
      },
    }),
  };
  return {
    name,
    mode: "async",
    holds: "bytes",
    scope: "folder",
    limits: { keyBytes: 200, bodyBytes: Infinity },
    persistent: false,
    shared: watched,
    keeps: "in a map",
    probe: () => true,
    open: () => store,
  };
}
