import { digest } from "./digest.ts";
import type { Identity } from "./identity.ts";

/**
 * The key under which an engine keeps the value of a call: `<scope>/<version>-<digest of the fingerprint>`.
 *
 * Keys are lower-case printable ASCII, at most 100 characters, and hold no argument text. This is the only place where
 * keys are joined.
 */
export function joinKey(identity: Identity, text: string): string {
  return `${identity.scope}/${identity.version}-${digest(text)}`;
}

/** What every key of a function begins with, whatever its version. */
export function scopePrefix(identity: Pick<Identity, "scope">): string {
  return `${identity.scope}/`;
}
