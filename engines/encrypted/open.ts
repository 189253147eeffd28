import type { Engine, OpenOptions } from "../../src/contract/engine.ts";
import type { Body } from "../../src/contract/entry.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import type { CheckedKeys } from "./check_keys.ts";
import { KeyRing } from "./key_ring.ts";
import { EntrySealer } from "./sealed_entry.ts";
import { encryptedStore } from "./store.ts";

/**
 * Opens an engine with encryption around it. Does not wait for a key that is made from a passphrase, which takes longer than
 * a remote engine is given to open; the first entry waits for it.
 */
export async function openEncrypted(
  engine: Engine,
  keys: CheckedKeys,
  options: OpenOptions,
): Promise<AsyncStore<Body>> {
  const store = await engine.open(options) as AsyncStore<Body>;
  const ring = new KeyRing(keys);
  ring.get(ring.current);
  return encryptedStore(store, new EntrySealer(ring, options.folderName ?? "default"));
}
