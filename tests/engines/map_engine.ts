import type { Engine } from "../../src/contract/engine.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { News, SyncStore } from "../../src/contract/store.ts";
import { ResourceError } from "../../src/errors.ts";

/** An engine over a map that says what it was asked, and can be made to fail or to tell news. */
export interface MapEngine extends Engine {
  readonly map: Map<string, Entry>;
  /** What it was asked since this was last emptied, such as `"get a/call-1"`. */
  readonly asked: string[];
  /** Thrown by every method while it is set. */
  fault: Error | undefined;
  /** Tells those who watch. */
  tell(news: News): void;
}

/** Makes an engine over a map of its own. It tells what others change only if `watched`. */
export function mapEngine(name: string, parts: Partial<Engine> & { readonly watched?: boolean } = {}): MapEngine {
  const { watched = false, ...declared } = parts;
  const map = new Map<string, Entry>();
  const listeners = new Set<(news: News) => void>();
  const engine: MapEngine = {
    name,
    mode: "sync",
    holds: "bytes",
    scope: "folder",
    limits: { keyBytes: 200, bodyBytes: Infinity },
    persistent: true,
    shared: watched,
    keeps: "in a map",
    probe: () => true,
    open,
    ...declared,
    map,
    asked: [],
    fault: undefined,
    tell: (news) => listeners.forEach((listener) => listener(news)),
  };

  function open(): SyncStore {
    let closed = false;
    const answer = <T>(what: string, result: () => T): T => {
      engine.asked.push(what);
      if (closed) throw new ResourceError(`Cannot use the store of engine "${name}": it is closed; open another`);
      if (engine.fault !== undefined) throw engine.fault;
      return result();
    };
    const under = (prefix: string) => [...map].filter(([key]) => key.startsWith(prefix));
    return {
      native: map,
      get: (key) => answer(`get ${key}`, () => map.get(key)),
      set: (key, entry) => answer(`set ${key}`, () => void map.set(key, entry)),
      delete: (key) => answer(`delete ${key}`, () => map.delete(key)),
      clear: (prefix) => answer(`clear ${prefix}`, () => under(prefix).filter(([key]) => map.delete(key)).length),
      usage: (prefix) =>
        answer(`usage ${prefix}`, () => ({
          entries: under(prefix).length,
          bytes: under(prefix).reduce((sum, [, { size }]) => sum + size, 0),
        })),
      entries: (prefix) =>
        answer(
          `entries ${prefix}`,
          () =>
            under(prefix).map(([key, { body: _, ...head }]) => ({ ...head, key, accessedAt: head.storedAt, hits: 0 })),
        ),
      check: (prefix) => answer(`check ${prefix}`, () => []),
      close: () => {
        closed = true;
      },
      ...(watched && {
        watch: (listener: (news: News) => void) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      }),
    };
  }
  return engine;
}
