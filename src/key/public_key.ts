import { fingerprint } from "./fingerprint.ts";
import type { Identity } from "./identity.ts";
import { joinKey } from "./join_key.ts";

/** The key of a call as engines and events have it, from its key in memory as `memoryKey` made it. */
export function publicKey(identity: Identity, key: unknown): string {
  if (typeof key !== "string" || key.charCodeAt(0) !== 0) return joinKey(identity, fingerprint([key]));
  if (!key.startsWith("\0#")) return joinKey(identity, key);
  return `${identity.scope}/${identity.version}-${key.slice(2)}`;
}
