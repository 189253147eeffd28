/**
 * What an engine that holds bytes keeps for a value: text or bytes.
 *
 * An engine that has only bytes may give a text body back as its UTF-8 bytes; the codec accepts both.
 */
export type Body = string | Uint8Array;

/** What the core knows of a value besides the value itself. Instants are epoch milliseconds, `Infinity` is never. */
export interface Head {
  /** When the value was stored. Strictly increasing within a process, so that it also orders entries. */
  readonly storedAt: number;
  /** Until when (exclusive) the value is fresh. */
  readonly freshUntil: number;
  /** From when on nobody may serve the value and an engine may drop it. At least `freshUntil`. */
  readonly goneAt: number;
  /** How long the function took, in milliseconds. */
  readonly cost: number;
  /** What the body weighs, in bytes, or in whatever unit `sizeOf` counts. */
  readonly size: number;
  /** The names under which the entry can be invalidated. */
  readonly tags: readonly string[];
  /** What a person reads in a listing. Never argument text unless `secure` is off. */
  readonly label: string;
}

/**
 * One cached value as it travels between the core and an engine.
 *
 * For an engine that holds references the body is the value itself, `form` is empty and `checksum` is 0.
 */
export interface Entry<B = unknown> extends Head {
  /** The value, or its encoded form. */
  readonly body: B;
  /** How the body is to be read: format version, codec and flags, for example `"1:json"` or `"1:raw:Float64Array"`. */
  readonly form: string;
  /** Unsigned 32-bit checksum of the body, verified before the body is read. */
  readonly checksum: number;
  /** A settled promise of the value, kept by engines that hold references so that an async hit allocates nothing. */
  promise?: Promise<unknown> | undefined;
}

/** How an entry has been used, which is what eviction judges by. */
export interface Access {
  /** The last use, or `storedAt` when there was none. Strictly increasing within a process. */
  readonly accessedAt: number;
  /** How often the entry was read since it was stored. */
  readonly hits: number;
}

/** An entry as a listing shows it: everything but the body. */
export interface Listed extends Head, Access {
  /** Its key. */
  readonly key: string;
  /** The form of its body. */
  readonly form: string;
}
