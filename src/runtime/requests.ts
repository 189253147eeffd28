/**
 * What a host does with work that belongs to a request.
 *
 * Most runtimes do nothing: a promise settles whoever waits for it. Some hosts at the edge end all that a request began when
 * its answer is out or its client is gone; a promise that was made for it then never settles, whoever else waits for it.
 */
import type { Globals } from "../contract/engine.ts";
import { builtin } from "./abilities.ts";

/** Keeps the host from ending a request before some work of it is done. */
export type WaitUntil = (work: Promise<unknown>) => void;

/**
 * Whether a promise may never settle because the request that it was made for has ended.
 *
 * Such hosts give all requests one cache of theirs from the beginning, which nobody has to open.
 */
export function endsPromises({ caches }: Globals): boolean {
  return typeof (caches as { default?: unknown } | null | undefined)?.default === "object";
}

/** A module of the platform, as far as it is used here. */
interface Platform {
  readonly waitUntil?: WaitUntil | undefined;
}

/** What was imported, so that later requests have it at once. */
let imported: Platform | undefined;

/** What keeps such a host from ending the request at hand; `undefined` where nothing is ended. */
export function hostWaitUntil(globals: Globals): WaitUntil | undefined {
  if (!endsPromises(globals)) return undefined;
  // The name is put together here so that bundlers for other platforms do not look for the module.
  const module = ["cloudflare", "workers"].join(":");
  const near = builtin<Platform>(globals, module);
  return (work) => {
    const platform = near ?? imported;
    if (platform !== undefined) return keep(platform, work);
    import(/* @vite-ignore */ /* webpackIgnore: true */ module).then((found: Platform) => {
      imported = found;
      keep(found, work);
    }, ignore);
  };
}

/** Outside of a request there is nothing to keep. */
function keep({ waitUntil }: Platform, work: Promise<unknown>): void {
  try {
    waitUntil?.(work.then(ignore, ignore));
  } catch {
    // The work goes on for as long as it can.
  }
}

function ignore(): void {}

/**
 * Waits for something that another request may have begun: until it is done, or, where hosts end promises, for so many
 * milliseconds at most. Says whether it was done.
 */
export async function doneWithin(work: Promise<unknown>, ms: number, globals: Globals): Promise<boolean> {
  if (!endsPromises(globals)) {
    await work.then(ignore, ignore);
    return true;
  }
  return await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    work.then(ignore, ignore).then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
