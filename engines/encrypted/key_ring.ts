import type { EncryptionKey } from "../../src/contract/encryption_key.ts";
import type { CheckedKeys } from "./check_keys.ts";

/** Rounds of PBKDF2 with SHA-256: the OWASP Password Storage Cheat Sheet of 2023. Part of the format: see `SALT`. */
const ROUNDS = 600_000;

/** What the salt of a passphrase begins with; the id of the key follows. */
const SALT = "@twat/cache encrypted 1 ";

/** So many passphrases a process remembers the keys of. */
const REMEMBERED = 100;

const ALGORITHM = { name: "AES-GCM", length: 256 } as const;

const derived = new Map<string, Promise<CryptoKey>>();

/** The keys of one engine, made ready when they are first needed. */
export class KeyRing {
  readonly current: string;
  readonly #keys: CheckedKeys["keys"];
  readonly #ready: Map<string, Promise<CryptoKey>> = new Map();

  constructor({ current, keys }: CheckedKeys) {
    this.current = current;
    this.#keys = keys;
  }

  /** The key of an id, or `undefined` where there is none. */
  get(id: string): Promise<CryptoKey> | undefined {
    const ready = this.#ready.get(id);
    const given = this.#keys.get(id);
    if (ready !== undefined || given === undefined) return ready;
    const made = readied(id, given);
    this.#ready.set(id, made);
    made.catch(() => this.#ready.delete(id));
    return made;
  }
}

function readied(id: string, given: EncryptionKey): Promise<CryptoKey> {
  if (typeof given === "string") return fromPassphrase(id, given);
  if (!(given instanceof Uint8Array)) return Promise.resolve(given);
  return crypto.subtle.importKey("raw", given as Uint8Array<ArrayBuffer>, ALGORITHM, false, ["encrypt", "decrypt"]);
}

/** Every engine of the process that has the passphrase shares what was made of it, since making it is slow by design. */
function fromPassphrase(id: string, passphrase: string): Promise<CryptoKey> {
  const name = JSON.stringify([id, passphrase]);
  const known = derived.get(name);
  if (known !== undefined) return known;
  const made = stretched(id, passphrase);
  derived.set(name, made);
  made.catch(() => derived.delete(name));
  const [oldest] = derived.keys();
  if (derived.size > REMEMBERED) derived.delete(oldest!);
  return made;
}

async function stretched(id: string, passphrase: string): Promise<CryptoKey> {
  const { subtle } = crypto;
  const encoder = new TextEncoder();
  const secret = await subtle.importKey("raw", encoder.encode(passphrase.normalize("NFC")), "PBKDF2", false, [
    "deriveKey",
  ]);
  const rounds = { name: "PBKDF2", hash: "SHA-256", salt: encoder.encode(SALT + id), iterations: ROUNDS };
  return await subtle.deriveKey(rounds, secret, ALGORITHM, false, ["encrypt", "decrypt"]);
}
