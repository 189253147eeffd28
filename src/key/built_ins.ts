import { binaryText } from "./binary_text.ts";
import type { Writing } from "./writing.ts";

/**
 * Objects of the language and the web platform that are keyed by their content.
 *
 * Why by name: a value may come from another realm (a frame, a test runner's context), where `instanceof` is false. The
 * name of the constructor chooses, the constructor must be the runtime's own, and what reads the content throws for an
 * object that only pretends.
 */

/** Writes the content of a built-in object, as texts that begin with a comma. */
type Content = (value: object, writing: Writing, name: string) => string;

const binary: Content = (value, writing, name) => binaryText(name, value as ArrayBufferView, writing.round);

const pairList: Content = (value, writing) => {
  let text = "";
  (value as Headers).forEach((item, name) => text += writing.value(name) + writing.value(item));
  return text;
};

const CONTENTS: Readonly<Record<string, Content>> = {
  Date: (value, writing) => writing.value(Date.prototype.getTime.call(value as Date)),
  RegExp: (value, writing) => {
    const { source, flags, lastIndex } = value as RegExp;
    return writing.value(source) + writing.value(flags) + writing.value(lastIndex);
  },
  Map: (value, writing) => {
    const texts: string[] = [];
    Map.prototype.forEach.call(value as Map<unknown, unknown>, (item, key) => {
      writing.step(texts.length);
      texts.push(writing.value(key) + writing.value(item));
    });
    return texts.sort().join("");
  },
  Set: (value, writing) => {
    const texts: string[] = [];
    Set.prototype.forEach.call(value as Set<unknown>, (item) => {
      writing.step(texts.length);
      texts.push(writing.value(item));
    });
    return texts.sort().join("");
  },
  Number: (value, writing) => writing.value(Number.prototype.valueOf.call(value)),
  String: (value, writing) => writing.value(String.prototype.valueOf.call(value)),
  Boolean: (value, writing) => writing.value(Boolean.prototype.valueOf.call(value)),
  BigInt: (value, writing) => writing.value(BigInt.prototype.valueOf.call(value)),
  DOMException: (value, writing) => {
    const { name, message, cause } = value as DOMException & { cause?: unknown };
    return writing.value(name) + writing.value(message) + writing.value(cause);
  },
  URL: (value, writing) => writing.value((value as URL).href),
  URLSearchParams: pairList,
  Headers: pairList,
  ArrayBuffer: binary,
  SharedArrayBuffer: binary,
  DataView: binary,
  Buffer: binary,
  Int8Array: binary,
  Uint8Array: binary,
  Uint8ClampedArray: binary,
  Int16Array: binary,
  Uint16Array: binary,
  Int32Array: binary,
  Uint32Array: binary,
  BigInt64Array: binary,
  BigUint64Array: binary,
  Float16Array: binary,
  Float32Array: binary,
  Float64Array: binary,
};

/** Objects whose own properties are a runtime's internals. */
const PLATFORM: ReadonlySet<string> = new Set(["DOMException", "Headers", "URL", "URLSearchParams"]);

const names = new WeakMap<object, string>();

/**
 * The name of the built-in type whose prototype this is, `"Object"` and `"Array"` of other realms included; empty for
 * any other.
 */
export function builtInName(prototype: object): string {
  let name = names.get(prototype);
  if (name === undefined) names.set(prototype, name = findName(prototype));
  return name;
}

/** Whether instances of a prototype are keyed by their content without anybody saying how. */
export function isBuiltIn(prototype: object): boolean {
  return builtInName(prototype) !== "";
}

/** A built-in object as text, with the properties that somebody gave it. */
export function builtInText(name: string, value: object, writing: Writing): string {
  const content = CONTENTS[name]!(value, writing, name);
  return `,(${name}${content}${ownText(name, value, writing)})`;
}

function ownText(name: string, value: object, writing: Writing): string {
  if (PLATFORM.has(name)) return "";
  writing.refuseSymbols(value);
  if (ArrayBuffer.isView(value)) return "";
  const own = Object.keys(value);
  const added = name === "String" ? own.slice(String.prototype.valueOf.call(value).length) : own;
  return added.length === 0 ? "" : `|${writing.properties(value, added)}`;
}

function findName(prototype: object): string {
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof maker !== "function" || maker.prototype !== prototype) return "";
  const { name } = maker;
  if (name === "Buffer") return Object.getPrototypeOf(maker)?.name === "Uint8Array" && "isBuffer" in maker ? name : "";
  if (name !== "Object" && name !== "Array" && !Object.hasOwn(CONTENTS, name)) return "";
  return (globalThis as Record<string, unknown>)[name] === maker || isNative(maker) ? name : "";
}

function isNative(maker: object): boolean {
  return /^[^{]*\{\s*\[native code\]\s*\}\s*$/.test(Function.prototype.toString.call(maker));
}
