/** Whole flows as bytes: JSON of their kind, and of the forms and sizes of their chunks, then the chunks as they are. */
import type { Part } from "../contract/codec.ts";
import { damaged } from "./damage.ts";
import type { SealedFlow } from "./flowing.ts";
import { nestsTooDeep } from "./nesting.ts";
import type { FlowKind } from "./outlet.ts";
import { fromUtf8, toUtf8 } from "./utf8.ts";

/** Kind, forms, for each chunk the place of its form and its bytes, and whether the last of them is what the generator returned. */
type Head = readonly [kind: FlowKind, forms: readonly string[], parts: readonly number[], returned: 0 | 1];

const kinds: ReadonlySet<unknown> = new Set<FlowKind>(["generator", "async-generator", "stream", "byte-stream"]);

/** A flow as bytes, and how many of them come before those of its chunks. */
export function encodeFlow({ kind, parts, returned }: SealedFlow): {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headBytes: number;
} {
  const forms = new Map<string, number>();
  const sizes: number[] = [];
  const bodies: Uint8Array[] = [];
  let total = 0;
  for (const { form, body } of returned === undefined ? parts : [...parts, returned]) {
    const bytes = typeof body === "string" ? toUtf8(body) : body;
    if (!forms.has(form)) forms.set(form, forms.size);
    sizes.push(forms.get(form)!, bytes.byteLength);
    bodies.push(bytes);
    total += bytes.byteLength;
  }
  const fields: Head = [kind, [...forms.keys()], sizes, returned === undefined ? 0 : 1];
  const head = toUtf8(JSON.stringify(fields));
  const bytes = new Uint8Array(head.byteLength + total);
  bytes.set(head);
  let at = head.byteLength;
  for (const body of bodies) {
    bytes.set(body, at);
    at += body.byteLength;
  }
  return { bytes, headBytes: head.byteLength };
}

/** The flow that `encodeFlow` was given, all bodies as bytes. Throws a `SerializationError` for anything else. */
export function decodeFlow(bytes: Uint8Array, headBytes: number): SealedFlow {
  if (headBytes > bytes.byteLength) throw damaged("it is shorter than its head");
  const text = fromUtf8(bytes.subarray(0, headBytes));
  if (nestsTooDeep(text)) throw damaged("its head nests too deeply");
  const head: unknown = JSON.parse(text);
  if (!isHead(head)) throw damaged("it has no head of a flow");
  const [kind, forms, sizes, hasReturned] = head;
  const parts: Part[] = [];
  let at = headBytes;
  for (let i = 0; i < sizes.length; i += 2) {
    const [form, size] = [forms[sizes[i]!], sizes[i + 1]!];
    if (form === undefined || size > bytes.byteLength - at) throw damaged("the sizes of its chunks do not add up");
    parts.push({ form, body: bytes.subarray(at, at + size), size });
    at += size;
  }
  if (at !== bytes.byteLength) throw damaged("the sizes of its chunks do not add up");
  const returned = hasReturned === 1 ? parts.pop() : undefined;
  if (hasReturned === 1 && returned === undefined) throw damaged("it lacks what it returned");
  return { kind, parts, returned };
}

function isHead(head: unknown): head is Head {
  if (!Array.isArray(head) || head.length !== 4) return false;
  const [kind, forms, sizes, returned] = head as unknown[];
  return kinds.has(kind) && Array.isArray(forms) && forms.every((form) => typeof form === "string") &&
    Array.isArray(sizes) && sizes.length % 2 === 0 && sizes.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    (returned === 0 || returned === 1);
}
