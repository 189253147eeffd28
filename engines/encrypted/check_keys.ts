import type { EncryptionKey, EncryptionKeys } from "../../src/contract/encryption_key.ts";
import { ConfigurationError, type ConfigurationIssue } from "../../src/errors.ts";

/** Keys that can be used, by id. */
export interface CheckedKeys {
  readonly current: string;
  readonly keys: ReadonlyMap<string, EncryptionKey>;
}

/** The id of a key that is given alone. */
const ALONE = "1";

const ALLOWED = "give 32 random bytes, a passphrase, or a CryptoKey for AES-GCM of 256 bits";

/** The keys as they are used, bytes copied. Throws a `ConfigurationError` that says of each one what is wrong, and never shows it. */
export function checkKeys(given: EncryptionKey | EncryptionKeys): CheckedKeys {
  const several = isSeveral(given);
  const { current, keys } = several ? given : { current: ALONE, keys: { [ALONE]: given } };
  const issues: ConfigurationIssue[] = [];
  const checked = new Map<string, EncryptionKey>();
  for (const [id, key] of Object.entries(keys)) {
    const path = several ? `key.keys.${id}` : "key";
    if (!/^[A-Za-z0-9._-]{1,32}$/.test(id)) {
      issues.push({ path, message: `has the id ${JSON.stringify(id)}; use 1 to 32 of A-Z a-z 0-9 . _ -` });
    }
    const fault = faultOf(key, id === current);
    if (fault !== undefined) issues.push({ path, message: `${fault}; ${ALLOWED}` });
    checked.set(id, key instanceof Uint8Array ? new Uint8Array(key) : key);
  }
  if (!checked.has(current)) {
    const ids = [...checked.keys()].map((id) => JSON.stringify(id)).join(", ") || "none";
    issues.push({ path: "key.current", message: `is ${JSON.stringify(current)}; name one of the keys: ${ids}` });
  }
  if (issues.length === 0) return { current, keys: checked };
  const told = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new ConfigurationError(`Cannot encrypt: ${told}`, { issues });
}

function isSeveral(given: EncryptionKey | EncryptionKeys): given is EncryptionKeys {
  const keys = (given as Partial<EncryptionKeys> | null | undefined)?.keys;
  return typeof given === "object" && !(given instanceof Uint8Array) && typeof keys === "object" && keys !== null;
}

function faultOf(key: EncryptionKey, writes: boolean): string | undefined {
  if (typeof key === "string") return key === "" ? "is an empty passphrase" : undefined;
  if (key instanceof Uint8Array) return key.length === 32 ? undefined : `has ${key.length} bytes`;
  const { algorithm, usages } = (key ?? {}) as Partial<CryptoKey>;
  if (algorithm === undefined || usages === undefined) {
    return `is ${key === null ? "null" : `a value of type ${typeof key}`}`;
  }
  const { name, length } = algorithm as { name: string; length?: number };
  if (name !== "AES-GCM" || length !== 256) {
    return `is a CryptoKey for ${name}${length === undefined ? "" : ` of ${length} bits`}`;
  }
  const missing = (writes ? ["encrypt", "decrypt"] as const : ["decrypt"] as const).filter((use) =>
    !usages.includes(use)
  );
  return missing.length > 0 ? `is a CryptoKey that may not ${missing.join(" or ")}` : undefined;
}
