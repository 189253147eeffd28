import type { News } from "../../src/contract/store.ts";
import type { Changed, Rung } from "./bells.ts";

/** The most that a watch waits after failures, in milliseconds. */
const WAIT_MS = 5_000;
/** After how long without listening, as when the system slept, a bell may have gone unheard, in milliseconds. */
const DEAF_MS = 300_000;

/** What a watch listens to. */
export interface Watched {
  /** What all bells say. */
  read(): Promise<readonly Rung[]>;
  /** Whose changes are not told. */
  readonly writer: string;
  /** How often to listen, in milliseconds. */
  readonly every: number;
}

/**
 * Tells a listener what others changed, until the function that it returns is called. It looks again and again, by a timer
 * that keeps no process alive.
 *
 * Why no `Deno.Kv.watch`: it hears nothing of other processes that have the same file, and one that is being read keeps
 * the process alive (Deno 2.9).
 */
export function watchBells({ read, writer, every }: Watched, listener: (news: News) => void): () => void {
  let heard: Map<string, number> | undefined;
  let [stopped, failures, lookedAt] = [false, 0, 0];

  const look = async (): Promise<void> => {
    const rung = await attempt(read);
    if (stopped) return;
    const now = Date.now();
    if (rung === undefined) {
      if (heard !== undefined || failures === 0) listener("lost");
      heard = undefined;
      failures++;
    } else {
      const news = heard && now - lookedAt < DEAF_MS ? newsIn(rung, heard, writer) : undefined;
      if (news === undefined && heard !== undefined) listener("lost");
      for (const one of news ?? ["live"] as const) listener(one);
      heard = new Map(rung.map(({ lane, count }) => [lane, count]));
      failures = 0;
    }
    lookedAt = now;
    if (!stopped) stop = later(Math.min(every * 2 ** failures, Math.max(every, WAIT_MS)), look);
  };

  let stop = (): void => {};
  void look();
  return () => {
    stopped = true;
    stop();
  };
}

/** What happened since bells were heard last; `undefined` when they do not say all of it. */
function newsIn(rung: readonly Rung[], heard: ReadonlyMap<string, number>, writer: string): News[] | undefined {
  const changed: Changed[] = [];
  for (const { lane, count, last } of rung) {
    const missed = count - (heard.get(lane) ?? 0);
    if (missed === 0 || lane.startsWith(writer)) continue;
    if (missed < 0 || missed > last.length) return undefined;
    changed.push(...last.slice(last.length - missed));
  }
  const keys = changed.filter((one) => typeof one === "string");
  const prefixes = new Set(changed.flatMap((one) => typeof one === "string" ? [] : one));
  const news: News[] = keys.length > 0 ? [{ keys }] : [];
  return [...news, ...[...prefixes].map((prefix) => ({ prefix }))];
}

async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch {
    // The listener is told that it is deaf, which is all that it can use.
    return undefined;
  }
}

/** Runs something after a while, unless the function that it returns is called, and keeps no process alive for it. */
function later(ms: number, run: () => void): () => void {
  const timer: unknown = setTimeout(run, ms);
  const { Deno } = globalThis as { Deno?: { unrefTimer?(timer: number): void } };
  if (typeof timer === "number") Deno?.unrefTimer?.(timer);
  else (timer as { unref?(): void }).unref?.();
  return () => clearTimeout(timer as number);
}
