import { encodingOf } from "../codec/encoding_of.ts";
import { flowKindOf } from "../codec/flowing.ts";
import { isResponse } from "../codec/response.ts";
import type { Globals } from "../contract/engine.ts";
import { builtin } from "../runtime/abilities.ts";

/** A value as it is shown. */
export interface ShownValue {
  /** What a person reads: JSON where that is all of the value, else what the runtime makes of it. */
  readonly text: string;
  /** The value itself, where JSON is all of it. */
  readonly json?: { readonly value: unknown };
  /** The text or the bytes that it is. */
  readonly raw?: string | Uint8Array;
}

/** How a value is shown. Reads it to its end if it flows, and its body if it is a `Response`. */
export async function shown(value: unknown): Promise<ShownValue> {
  if (isResponse(value)) {
    const raw = new Uint8Array(await value.arrayBuffer());
    const headers = [...value.headers].map(([name, text]) => `${name}: ${text}\n`).join("");
    const head = `Response ${value.status} ${value.statusText}`.trimEnd();
    return { text: `${head}\n${headers}${bytesText(raw.byteLength, "its body")}`, raw };
  }
  if (flowKindOf(value) !== undefined) return await shownFlow(value as AsyncIterable<unknown>);
  if (ArrayBuffer.isView(value)) {
    const raw = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return { text: bytesText(raw.byteLength, value.constructor.name), raw };
  }
  if (value instanceof ArrayBuffer) {
    return { text: bytesText(value.byteLength, "ArrayBuffer"), raw: new Uint8Array(value) };
  }
  if (encodingOf(value) !== "json") return { text: inspected(value) };
  const text = JSON.stringify(value, null, 2);
  return { text, json: { value }, ...(typeof value === "string" && { raw: value }) };
}

/** All that a generator or a stream gives, in order. */
async function shownFlow(flow: AsyncIterable<unknown>): Promise<ShownValue> {
  const chunks: unknown[] = [];
  for await (const chunk of flow) chunks.push(chunk);
  if (chunks.every((chunk) => typeof chunk === "string")) return { ...await shown(chunks), raw: chunks.join("") };
  if (!chunks.every((chunk) => chunk instanceof Uint8Array)) return await shown(chunks);
  const raw = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    raw.set(chunk, at);
    at += chunk.byteLength;
  }
  return { text: bytesText(raw.byteLength, "a stream"), raw };
}

function bytesText(bytes: number, of: string): string {
  return `${bytes.toLocaleString("en-US")} bytes of ${of}; --raw writes them`;
}

function inspected(value: unknown): string {
  interface Util {
    inspect(value: unknown, options: object): string;
  }
  const options = { depth: null, maxArrayLength: null, maxStringLength: null };
  return builtin<Util>(globalThis as unknown as Globals, "node:util")?.inspect(value, options) ?? String(value);
}
