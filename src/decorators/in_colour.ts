import type { MaybePromise } from "../contract/maybe_promise.ts";
import type { Colour } from "./cached.ts";

/** What something gives, in a colour: itself, or a promise of it, which carries errors, too. */
export function inColour<T>(colour: Colour, give: () => MaybePromise<T>): MaybePromise<T> {
  if (colour === "sync") return give();
  try {
    return Promise.resolve(give());
  } catch (error) {
    return Promise.reject(error);
  }
}
