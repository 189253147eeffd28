import { createCodec } from "../codec/codec.ts";
import type { Codec, Sealed } from "../contract/codec.ts";
import { CacheOperationError, ConfigurationError } from "../errors.ts";
import { fromBase64, toBase64 } from "../runtime/base64.ts";

/** The format of recordings. Another one would not be understood by this code. */
export const FORMAT = 1;

/** What calls of cached functions gave, as plain data: it may be written to a file as JSON and read back. */
export interface Recording {
  /** The format, for versions of this library to come. */
  readonly format: number;
  /** The answers: of equal calls in the order in which these were made. */
  readonly calls: readonly RecordedCall[];
}

/** One answer. */
export interface RecordedCall {
  /** The name of the cache. */
  readonly cache: string;
  /** What tells the call from others: the name of the cache and a digest of the arguments, never their text. */
  readonly key: string;
  /** How the value is written. */
  readonly form: string;
  /** The value as text, or its bytes as base64. */
  readonly body: string | { readonly base64: string };
  /** What the body is verified by. */
  readonly checksum: number;
  /** Whether the call gave a promise. Not so if left out. */
  readonly promised?: boolean;
  /** Whether the value was thrown. Not so if left out. */
  readonly thrown?: boolean;
  /** How many equal calls in a row were answered so, if more than one. */
  readonly times?: number;
}

/** How values are written and read. */
export const codec: Codec = /* @__PURE__ */ createCodec();

/** A value as a recording has it. */
export function written({ form, body, checksum }: Sealed): Pick<RecordedCall, "form" | "body" | "checksum"> {
  return { form, body: typeof body === "string" ? body : { base64: toBase64(body) }, checksum };
}

/** The value of a recorded call. Throws a `CacheOperationError` for one that cannot be read. */
export function valueOf({ cache, form, body, checksum }: RecordedCall): unknown {
  try {
    return codec.open({ form, body: typeof body === "string" ? body : fromBase64(body.base64), checksum });
  } catch (cause) {
    throw new CacheOperationError(
      `Cannot replay a call of "${cache}": its answer in the recording cannot be read; record anew`,
      { code: "ERR_CACHE_REPLAY", cause },
    );
  }
}

/** Throws a `ConfigurationError` for what is no recording that can be replayed. */
export function checkRecording(given: unknown): Recording {
  const { format, calls } = (given ?? {}) as { format?: unknown; calls?: unknown };
  if (format === FORMAT && Array.isArray(calls) && calls.every(isRecordedCall)) return given as Recording;
  const found = typeof format !== "number"
    ? "it is none"
    : format !== FORMAT
    ? `its format is ${format}, and ${FORMAT} is understood`
    : "a call in it is damaged";
  throw new ConfigurationError(`Cannot replay the recording: ${found}; record anew`, {
    issues: [{ path: "recording", message: found }],
  });
}

function isRecordedCall(given: unknown): boolean {
  const { cache, key, form, body, checksum, times = 1 } = (given ?? {}) as Record<string, unknown>;
  const texts = [cache, key, form, (body as { base64?: unknown } | null | undefined)?.base64 ?? body];
  return texts.every((text) => typeof text === "string") && typeof checksum === "number" &&
    Number.isInteger(times) && (times as number) > 0;
}
