/**
 * A wrapper that keeps what an engine holds secret: AES-256-GCM by WebCrypto (NIST SP 800-38D), every entry under a nonce of
 * its own, bound to its place.
 *
 * | encrypted | left as it is, but bound to the entry: changing it makes a miss |
 * |---|---|
 * | value, label, tags, form and checksum, cost | key, folder name, id of the encryption key, `storedAt`, `freshUntil`, `goneAt`, `size` |
 *
 * What shows besides: how often and when an entry is read, where the engine notes that, and how long the encrypted parts are.
 * A key of the cache is the function's name and a digest of the arguments. Whoever can write to the storage can drop entries,
 * and can bring back an earlier entry of the same key until that one is gone.
 *
 * Why the instants and the size are left: engines sweep and evict by them without reading bodies. Why a fixed salt: a salt
 * has to differ between users, not to be secret, and a record of it in the storage would be an entry that the core lists,
 * counts and clears, made by two processes at once. A key id of your own makes the salt your own; 32 random bytes need none.
 */
import type { Engine } from "../src/contract/engine.ts";
import type { EncryptionKey, EncryptionKeys } from "../src/contract/encryption_key.ts";
import { ConfigurationError } from "../src/errors.ts";
import { checkKeys } from "./encrypted/check_keys.ts";

export type { EncryptionKey, EncryptionKeys };

/** The bytes by which a body grows: the tag of AES-GCM. */
const TAG_BYTES = 16;

/**
 * An engine that keeps encrypted, in another engine, what it is given. It answers with promises, whatever the other one does.
 *
 * `key` is 32 random bytes, a passphrase, a `CryptoKey` for AES-GCM of 256 bits, or several of these by id, of which the
 * current one writes and each reads what it wrote. A key alone has the id `"1"`. What cannot be decrypted (another key, a
 * moved, swapped, cut or forged entry) is not there: the function runs, and its result takes the place. A passphrase is
 * stretched by PBKDF2 (600,000 rounds of SHA-256, as OWASP advises) once a process, which takes about 0.1 s.
 *
 * Throws a `ConfigurationError` when a key is none of these, or when `engine` keeps values that are no bytes. One key is good
 * for 2^31 writes; take another one before.
 *
 * @example
 * ```ts
 * import { acache, encrypted } from "@twat/cache";
 * import { files } from "@twat/cache/files";
 * import assert from "node:assert/strict";
 *
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const engine = encrypted(files, { current: "2026", keys: { "2025": "the old passphrase", "2026": secret } });
 * const salary = acache(async (name: string) => await Promise.resolve(name.length * 1_000), {
 *   name: "salary",
 *   engine,
 * });
 * assert.equal(await salary("Ada"), 3_000);
 * assert.equal(salary.cache.info.engine, "encrypted_files");
 * ```
 */
export function encrypted(engine: Engine, key: EncryptionKey | EncryptionKeys): Engine {
  if (engine.holds !== "bytes") {
    throw new ConfigurationError(
      `Cannot encrypt what engine "${engine.name}" keeps: it holds ${engine.holds}; choose an engine that holds bytes`,
    );
  }
  const keys = checkKeys(key);
  const { scope, limits, persistent, shared, onDisk, remote, protocols } = engine;
  return {
    name: `encrypted_${engine.name}`,
    mode: "async",
    holds: "bytes",
    scope,
    limits: { keyBytes: limits.keyBytes, bodyBytes: limits.bodyBytes - TAG_BYTES },
    persistent,
    shared,
    ...(onDisk !== undefined && { onDisk }),
    ...(remote !== undefined && { remote }),
    ...(protocols !== undefined && { protocols }),
    keeps: `${engine.keeps}, encrypted`,
    probe(globals, options) {
      const subtle = (globals.crypto as { subtle?: unknown } | undefined)?.subtle;
      if (subtle === undefined) return "this runtime has no WebCrypto here (a web page has it over https only)";
      return engine.probe(globals, options);
    },
    async open(options) {
      const { openEncrypted } = await import("./encrypted/open.ts");
      return await openEncrypted(engine, keys, options);
    },
  };
}
