import type { FlowKind } from "../../codec/outlet.ts";
import { copyOf } from "../../codec/raw_bytes.ts";
import { refusal } from "../../codec/refusal.ts";
import { type Codec, type Part, RAW_BYTES } from "../../contract/codec.ts";
import { CacheValueError } from "../../errors.ts";
import { deepFreeze } from "../deep_freeze.ts";
import { singleUse } from "../single_use.ts";
import type { Held } from "./backlog.ts";
import { weigh } from "../weigh.ts";

/** How one cache keeps values, as far as chunks of them are concerned. */
export interface ChunkForm {
  /** How values become bodies; none where the engine keeps the very values. */
  readonly codec: Codec | undefined;
  readonly freeze: boolean;
}

/** Holds a chunk of a flow for those who read it later: a copy where the cache hands out copies, else the very chunk. */
export function holdChunk(chunk: unknown, kind: FlowKind, { codec, freeze }: ChunkForm): Held {
  // Streams of bytes copy what they give.
  if (kind === "byte-stream" && chunk instanceof Uint8Array) return bytesHeld(chunk, codec !== undefined);
  if (freeze) deepFreeze(chunk);
  if (codec === undefined) {
    const once = singleUse(chunk);
    if (once !== undefined) {
      throw new CacheValueError(
        `Cannot keep a result with ${once} in it: it can be read only once; give what it holds, for example an array`,
      );
    }
    return { kept: chunk, size: weigh(chunk), give: () => chunk };
  }
  const part = codec.sealPart(chunk);
  const give = (): unknown => {
    const opened = codec.openPart(part);
    return freeze ? deepFreeze(opened) : opened;
  };
  return { kept: part, size: part.size, give };
}

function bytesHeld(bytes: Uint8Array, sealed: boolean): Held {
  const part: Part = { body: bytes, form: RAW_BYTES, size: bytes.byteLength };
  return { kept: sealed ? part : bytes, size: bytes.byteLength, give: () => bytes };
}

/** Holds a chunk of the body of a `Response`, a copy in any case: the memory of a chunk belongs to whoever reads it. */
export function holdBodyChunk(chunk: unknown): Held {
  if (!(chunk instanceof Uint8Array)) {
    throw refusal("a Response", `its body holds a ${typeof chunk}`, "let it hold Uint8Arrays");
  }
  const kept = new Uint8Array(copyOf(chunk));
  return { kept, size: kept.byteLength, give: () => new Uint8Array(copyOf(kept)) };
}
