import type { Body, Entry, Head, Listed } from "../../src/contract/entry.ts";
import { textOf, unitsOf } from "../../src/runtime/code_units.ts";
import type { KeyRing } from "./key_ring.ts";

/** What the form of an encrypted entry begins with; the id of the key follows. */
const FORM = "1:aes256gcm:";

/** Bytes of a nonce: what AES-GCM is made for. */
const NONCE = 12;

/** What the engine inside is given of a head in the open. */
type OuterHead = Pick<Head, "storedAt" | "freshUntil" | "goneAt" | "size">;

/** What is hidden of a head, and what the body was: text, bytes, or text that has no UTF-8 and is kept as code units. */
type Hidden = readonly [
  kind: "text" | "units" | "bytes",
  form: string,
  checksum: number,
  cost: number,
  tags: readonly string[],
  label: string,
];

/**
 * Encrypts the entries of one folder, and decrypts them where they belong.
 *
 * An encrypted entry is `form`: `1:aes256gcm:<id of the key>`, `body`: the encrypted body with its tag, `label`: in base64,
 * the nonce of the body, the nonce of the rest, and the encrypted rest with its tag. Both parts are bound to the folder, the key,
 * and what stands in the open, and the body to the label, so that no part of an entry goes with another entry.
 */
export class EntrySealer {
  readonly #ring: KeyRing;
  readonly #folder: string;

  constructor(ring: KeyRing, folder: string) {
    this.#ring = ring;
    this.#folder = folder;
  }

  /** An entry as the engine inside keeps it. */
  async seal(key: string, entry: Entry<Body>): Promise<Entry<Body>> {
    const { storedAt, freshUntil, goneAt, size } = entry;
    const id = this.#ring.current;
    const secret = await this.#ring.get(id)!;
    const [kind, bytes] = bytesOf(entry.body);
    const hidden: Hidden = [kind, entry.form, entry.checksum, entry.cost, entry.tags, entry.label];
    const bound = this.#bound(id, key, entry);
    const nonces = crypto.getRandomValues(new Uint8Array(2 * NONCE));
    const [ofBody, ofHead] = [nonces.subarray(0, NONCE), nonces.subarray(NONCE)];
    const head = await encrypt(secret, ofHead, ["head", ...bound], utf8(JSON.stringify(hidden)));
    const label = base64(nonces, head);
    const body = await encrypt(secret, ofBody, ["body", ...bound, label], bytes);
    return { body, form: FORM + id, checksum: 0, storedAt, freshUntil, goneAt, cost: 0, size, tags: [], label };
  }

  /** The entry that was sealed, or `undefined` where it is not just that. */
  async open(key: string, sealed: Entry<Body>): Promise<Entry<Body> | undefined> {
    const { body, label, storedAt, freshUntil, goneAt, size } = sealed;
    const id = idOf(sealed.form);
    const secret = await this.#ring.get(id);
    const token = bytesFrom(label);
    if (secret === undefined || token === undefined || typeof body === "string") return undefined;
    const bound = this.#bound(id, key, sealed);
    const [head, bytes] = await Promise.all([
      decrypt(secret, token.subarray(NONCE, 2 * NONCE), ["head", ...bound], token.subarray(2 * NONCE)),
      decrypt(secret, token.subarray(0, NONCE), ["body", ...bound, label], body),
    ]);
    if (head === undefined || bytes === undefined) return undefined;
    const [kind, form, checksum, cost, tags, told] = JSON.parse(text(head)) as Hidden;
    return { body: bodyFrom(kind, bytes), form, checksum, storedAt, freshUntil, goneAt, cost, size, tags, label: told };
  }

  /** What a listing shows. An entry that cannot be decrypted is listed without form, tags and label, so that it can be evicted. */
  async list(sealed: Listed): Promise<Listed> {
    const id = idOf(sealed.form);
    const secret = await this.#ring.get(id);
    const token = bytesFrom(sealed.label);
    const head = secret === undefined || token === undefined ? undefined : await decrypt(
      secret,
      token.subarray(NONCE, 2 * NONCE),
      ["head", ...this.#bound(id, sealed.key, sealed)],
      token.subarray(2 * NONCE),
    );
    if (head === undefined) return { ...sealed, form: "", label: "", tags: [] };
    const [, form, , cost, tags, label] = JSON.parse(text(head)) as Hidden;
    return { ...sealed, form, cost, tags, label };
  }

  /** What an entry is bound to. Nothing but `JSON.stringify` may join it, so that no two entries are bound alike. */
  #bound(id: string, key: string, { storedAt, freshUntil, goneAt, size }: OuterHead): string[] {
    return [FORM, id, this.#folder, key, ...[storedAt, freshUntil, goneAt, size].map(String)];
  }
}

async function encrypt(key: CryptoKey, nonce: Uint8Array, bound: string[], bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.encrypt(how(nonce, bound), key, bytes as Uint8Array<ArrayBuffer>));
}

/** What was encrypted, or `undefined` where anything is not as it was. */
async function decrypt(
  key: CryptoKey,
  nonce: Uint8Array,
  bound: string[],
  bytes: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(how(nonce, bound), key, bytes as Uint8Array<ArrayBuffer>));
  } catch {
    return undefined;
  }
}

function how(nonce: Uint8Array, bound: string[]): AesGcmParams {
  return { name: "AES-GCM", iv: nonce as Uint8Array<ArrayBuffer>, additionalData: utf8(JSON.stringify(bound)) };
}

function idOf(form: string): string {
  return form.startsWith(FORM) ? form.slice(FORM.length) : "";
}

function bytesOf(body: Body): [kind: Hidden[0], bytes: Uint8Array] {
  if (typeof body !== "string") return ["bytes", body];
  const whole = (body as { isWellFormed?(): boolean }).isWellFormed?.() ?? !/\p{Surrogate}/u.test(body);
  return whole ? ["text", utf8(body)] : ["units", unitsOf(body)];
}

function bodyFrom(kind: Hidden[0], bytes: Uint8Array): Body {
  switch (kind) {
    case "text":
      return text(bytes);
    case "units":
      return textOf(bytes);
    case "bytes":
      return bytes;
  }
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function base64(...parts: readonly Uint8Array[]): string {
  let units = "";
  for (const part of parts) for (const byte of part) units += String.fromCharCode(byte);
  return btoa(units);
}

/** The bytes of a label, or `undefined` where it is none of ours. */
function bytesFrom(label: string): Uint8Array | undefined {
  try {
    const units = atob(label);
    return units.length < 2 * NONCE ? undefined : Uint8Array.from(units, (unit) => unit.charCodeAt(0));
  } catch {
    return undefined;
  }
}
