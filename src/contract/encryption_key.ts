/** What values are encrypted with: a passphrase, 32 random bytes, or a `CryptoKey` for AES-GCM of 256 bits. */
export type EncryptionKey = string | Uint8Array | CryptoKey;

/** Several keys by id, so that they can be changed: old entries are read with the key that wrote them. */
export interface EncryptionKeys {
  /** The id of the key that new entries are written with. */
  readonly current: string;
  /** The keys. An id is 1 to 32 of `A-Z a-z 0-9 . _ -`; it is stored beside each entry. */
  readonly keys: Readonly<Record<string, EncryptionKey>>;
}
