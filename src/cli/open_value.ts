import { createCodec } from "../codec/codec.ts";
import type { Globals } from "../contract/engine.ts";
import type { Body, Entry } from "../contract/entry.ts";
import type { AsyncStore } from "../contract/store.ts";
import { SerializationError } from "../errors.ts";
import { EntryForm } from "../flow/entry_form.ts";
import { Segments } from "../flow/flowing/segments.ts";
import { zlibCompressor } from "../runtime/zlib.ts";
import type { Storage } from "./storages.ts";

/** What a function gave, or the error that it threw. */
export interface OpenedValue {
  readonly value: unknown;
  readonly thrown: boolean;
}

/**
 * Decodes the value of an entry, as a cache does that has no options. Throws a `SerializationError` for one that was written
 * with an option that nobody but its program has: `encrypt`, `serializer`, or a registered type.
 */
export async function openValue(
  { engine }: Storage,
  store: AsyncStore<Body>,
  entry: Entry<Body>,
): Promise<OpenedValue> {
  if (entry.form.startsWith("1:aes256gcm:")) {
    throw new SerializationError("Cannot read the value: it is encrypted; have the program read it that has the key");
  }
  const codec = createCodec({ compressor: zlibCompressor(globalThis as unknown as Globals) });
  const segments = new Segments({
    store,
    codec,
    clock: Date,
    freeze: false,
    look: (key) => store.get(key),
    fault: () => {},
  });
  const form = new EntryForm({ codec, freeze: false, weighed: false, clock: Date, segments, engine });
  return { value: await form.read(entry), thrown: form.isFailure(entry) };
}
