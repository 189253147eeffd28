import { audience } from "../audience.ts";
import { currentDefaults } from "../defaults.ts";
import { digest } from "../key/digest.ts";
import type { Identity } from "../key/identity.ts";
import type { KeyMaker } from "../key/key_maker.ts";
import type { AnyFunction } from "../options.ts";
import { answered, isStoodIn } from "../replay/stand_in.ts";
import type { Settings } from "../settings.ts";
import type { Colour } from "./cached.ts";
import { inColour } from "./in_colour.ts";

/** Answers a call by whoever stands in for its cache. */
export type Detour = (
  self: unknown,
  args: readonly unknown[],
  compute: AnyFunction,
  byCache: () => unknown,
) => unknown;

/** The way around a cache for calls that somebody else answers. `text` makes what identifies a call. */
export function detour(cache: { readonly colour: Colour; readonly identity: Identity }, text: KeyMaker): Detour {
  const { colour, identity: { name, scope } } = cache;
  return (self, args, compute, byCache) => {
    const key = () => `${scope}/${digest(text(self, args))}`;
    const call = { cache: name, key, compute: () => compute.apply(self, args as unknown[]) };
    return inColour(colour, () => answered(call, byCache));
  };
}

/** Whether a cache is enabled for calls that nobody else answers. */
export function isEnabled(settings: Settings): boolean {
  if (!audience.listening) return settings.enabled;
  return settings.options.enabled ?? currentDefaults()?.enabled ?? true;
}

/** Why calls go around a cache now, if they do. */
export function reasonForDetour(settings: Settings): string | undefined {
  if (isStoodIn()) return "inside bypass, record or replay the cache is not asked";
  return isEnabled(settings) ? undefined : "the option enabled is false: the function runs, and nothing is kept";
}
