import assert from "node:assert/strict";
import { Money } from "../fixture_values.ts";

const BUILT_IN = [
  "Object",
  "Array",
  "Map",
  "Set",
  "Date",
  "RegExp",
  "URL",
  "URLSearchParams",
  "String",
  "Number",
  "Boolean",
];
const OTHERS = ["BigInt", "Error", "ArrayBuffer", "DataView", "Uint8Array", "Float64Array", "Buffer"];

const globals = globalThis as unknown as Readonly<Record<string, { readonly prototype: object } | undefined>>;

/** What values that are read may inherit from. */
const prototypes: ReadonlySet<object | null | undefined> = new Set([
  null,
  Money.prototype,
  ...[...BUILT_IN, ...OTHERS].map((name) => globals[name]?.prototype),
]);

/** Fails unless a value is data through and through: built-in or registered classes, no getter, no function, nothing to wait for. */
export function assertData(value: unknown, message: string): void {
  const pending = [value];
  const seen = new Set<object>();
  for (let next = pending.pop(); pending.length > 0 || next !== undefined; next = pending.pop()) {
    assert.ok(typeof next !== "function" && typeof next !== "symbol", message);
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    assert.ok(prototypes.has(Object.getPrototypeOf(next)), message);
    if (next instanceof Map) pending.push(...[...next].flat());
    if (next instanceof Set) pending.push(...next);
    // Some runtimes give their URL objects symbols, and the names of a view are its indices.
    if (ArrayBuffer.isView(next) || next instanceof URL || next instanceof URLSearchParams) continue;
    for (const name of Reflect.ownKeys(next)) {
      const property = Object.getOwnPropertyDescriptor(next, name)!;
      assert.ok("value" in property, message);
      pending.push(property.value);
    }
  }
}
