/** A kind of binary value that the codec keeps byte for byte. */
export interface BinaryType {
  /** Its name in forms. */
  readonly name: string;
  /** Bytes of one element. */
  readonly width: number;
  /** A value of this type over `count` bytes of a buffer. */
  over(buffer: ArrayBuffer, offset: number, byteLength: number): object;
}

type TypedArrayClass = {
  readonly BYTES_PER_ELEMENT: number;
  readonly prototype: object;
  new (buffer: ArrayBuffer, offset: number, length: number): object;
};
type BufferClass = { readonly prototype: object; from(buffer: ArrayBuffer, offset: number, length: number): object };

const TYPED_ARRAYS = [
  "Uint8Array",
  "Float64Array",
  "Float32Array",
  "Int32Array",
  "Uint8ClampedArray",
  "Int8Array",
  "Int16Array",
  "Uint16Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float16Array",
] as const;

let byPrototype: Map<object, BinaryType> | undefined;
let byName: Map<string, BinaryType> | undefined;

/** The binary type that a prototype belongs to, subclasses excepted. */
export function binaryTypeOf(prototype: object | null): BinaryType | undefined {
  return prototype === null ? undefined : (byPrototype ?? learn()).get(prototype) ?? bufferType(prototype);
}

/** The binary type of a name, or `undefined` where this runtime has none of that name. */
export function binaryTypeNamed(name: string): BinaryType | undefined {
  if (byName === undefined) learn();
  return byName!.get(name) ?? (name === "Buffer" ? bufferType(undefined) : undefined);
}

function learn(): Map<object, BinaryType> {
  byPrototype = new Map<object, BinaryType>();
  byName = new Map<string, BinaryType>();
  const globals = globalThis as unknown as Record<string, TypedArrayClass | undefined>;
  for (const name of TYPED_ARRAYS) {
    const Class = globals[name];
    // Float16Array is younger than the others.
    if (Class === undefined) continue;
    const width = Class.BYTES_PER_ELEMENT;
    add({ name, width, over: (buffer, offset, bytes) => new Class(buffer, offset, bytes / width) }, Class.prototype);
  }
  add({ name: "DataView", width: 1, over: (buffer, at, bytes) => new DataView(buffer, at, bytes) }, DataView.prototype);
  add({ name: "ArrayBuffer", width: 1, over: (buffer) => buffer }, ArrayBuffer.prototype);
  return byPrototype;
}

function add(type: BinaryType, prototype: object): void {
  byPrototype!.set(prototype, type);
  byName!.set(type.name, type);
}

/** Node's `Buffer`, which other runtimes may or may not have, and may get later than this module. */
function bufferType(prototype: object | undefined): BinaryType | undefined {
  const Class = (globalThis as { Buffer?: BufferClass }).Buffer;
  if (typeof Class?.from !== "function" || (prototype !== undefined && prototype !== Class.prototype)) return undefined;
  return { name: "Buffer", width: 1, over: (buffer, offset, bytes) => Class.from(buffer, offset, bytes) };
}

/** The memory of a binary value: its buffer and the window of it that the value shows. */
export interface Window {
  readonly buffer: ArrayBufferLike;
  readonly offset: number;
  readonly byteLength: number;
}

/** Whether a buffer was handed to another thread. Node 20 has no property that says so; there a view on it cannot be made. */
function isDetached(buffer: ArrayBufferLike): boolean {
  const { detached } = buffer as { detached?: boolean };
  if (detached !== undefined || buffer.byteLength > 0) return detached === true;
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}

/** The window of a value whose prototype is that of a binary type, or the reason why it cannot be kept. */
export function windowOf(value: object): Window | string {
  let window: Window;
  if (ArrayBuffer.isView(value)) {
    window = { buffer: value.buffer, offset: value.byteOffset, byteLength: value.byteLength };
  } else if (value instanceof ArrayBuffer && Object.prototype.toString.call(value) === "[object ArrayBuffer]") {
    window = { buffer: value, offset: 0, byteLength: value.byteLength };
  } else {
    return "it has the prototype of binary data but holds none";
  }
  const buffer = window.buffer as { resizable?: boolean; growable?: boolean };
  if (isDetached(window.buffer)) return "its buffer is detached";
  if (buffer.resizable === true || buffer.growable === true) return "its buffer is resizable";
  if (hasOwnProperties(value)) return "it has properties of its own besides its elements";
  return window;
}

/**
 * Whether a binary value carries more than its elements. Names are looked for on values of up to 256 elements only:
 * the language has no way to list them without listing every index.
 */
function hasOwnProperties(value: object): boolean {
  if (Object.getOwnPropertySymbols(value).length > 0) return true;
  const length = (value as { length?: number }).length ?? 0;
  return length <= 256 && Object.getOwnPropertyNames(value).length > length;
}
