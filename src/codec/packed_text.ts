/**
 * JSON text for trees of plain values, `Date`, `Map`, `Set`, `bigint`, `undefined`, `NaN`, infinities and `-0`.
 *
 * A string that begins with `~` stands for something else: `~u` undefined, `~n` NaN, `~i` and `~j` the infinities, `~z` -0,
 * `~d` and milliseconds a Date (none: an invalid one), `~b` and hexadecimal digits a bigint, `~~` a string with a `~` of its own.
 * An object with one key that begins with `~` stands for a container: `{"~m":[key,value,…]}` a Map, `{"~s":[member,…]}` a Set,
 * `{"~r":[[name,…],column,…]}` an array of records with the same names, `{"~d":[ms,…]}` an array of Dates.
 *
 * Why columns: names are written once and dates need no mark, which makes rows a third as long and their reading faster.
 */

import { damaged } from "./damage.ts";

const TILDE = 126;
/** Fewer records are shorter as they are. */
const MIN_ROWS = 3;
/** How deep packed text may nest; sealing never comes near. */
const MAX_DEPTH = 4000;

/** The JSON value that stands for a value whose encoding is `"pack"`. */
export function pack(value: unknown): unknown {
  switch (typeof value) {
    case "string":
      return value.charCodeAt(0) === TILDE ? `~${value}` : value;
    case "number":
      return value - value === 0 && (value !== 0 || 1 / value > 0) ? value : packNumber(value);
    case "undefined":
      return "~u";
    case "bigint":
      return `~b${value.toString(16)}`;
    case "object":
      return value === null ? null : packObject(value);
    default:
      return value;
  }
}

function packNumber(value: number): string {
  if (value === 0) return "~z";
  if (Number.isNaN(value)) return "~n";
  return value > 0 ? "~i" : "~j";
}

function packObject(value: object): unknown {
  if (Array.isArray(value)) return packArray(value);
  if (value instanceof Date) {
    const time = value.getTime();
    return Number.isNaN(time) ? "~d" : `~d${time}`;
  }
  if (value instanceof Map) {
    const items: unknown[] = [];
    for (const [key, item] of value) items.push(pack(key), pack(item));
    return { "~m": items };
  }
  if (value instanceof Set) {
    const items: unknown[] = [];
    for (const item of value) items.push(pack(item));
    return { "~s": items };
  }
  const record = value as Record<string, unknown>;
  const packed: Record<string, unknown> = {};
  for (const name of Object.keys(record)) packed[name] = pack(record[name]);
  return packed;
}

function packArray(array: readonly unknown[]): unknown {
  if (array.length >= MIN_ROWS) {
    const first = array[0];
    if (first instanceof Date && array.every(isValidDate)) return { "~d": array.map(Number) };
    const names = sharedNames(array);
    if (names !== undefined) return packRows(array as readonly Record<string, unknown>[], names);
  }
  const packed: unknown[] = new Array(array.length);
  for (let i = 0; i < array.length; i++) packed[i] = pack(array[i]);
  return packed;
}

function isValidDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}

/** The names that all records of an array have, in the order which all have them in. */
function sharedNames(array: readonly unknown[]): string[] | undefined {
  if (!isRecord(array[0])) return undefined;
  const names = Object.keys(array[0] as object);
  if (names.length === 0) return undefined;
  for (let i = 1; i < array.length; i++) {
    if (!isRecord(array[i])) return undefined;
    const others = Object.keys(array[i] as object);
    if (others.length !== names.length) return undefined;
    for (let j = 0; j < names.length; j++) if (others[j] !== names[j]) return undefined;
  }
  return names;
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function packRows(rows: readonly Record<string, unknown>[], names: string[]): unknown {
  const packed: unknown[] = [names];
  for (const name of names) {
    const column: unknown[] = new Array(rows.length);
    for (let i = 0; i < rows.length; i++) column[i] = rows[i]![name];
    packed.push(packArray(column));
  }
  return { "~r": packed };
}

/** The value that parsed packed text stands for; what was parsed is used up. Throws a `SerializationError` for anything else. */
export function unpack(packed: unknown, depth = 0): unknown {
  if (typeof packed === "string") return packed.charCodeAt(0) === TILDE ? unpackMarked(packed) : packed;
  if (typeof packed !== "object" || packed === null) return packed;
  if (depth > MAX_DEPTH) throw damaged("it nests too deeply");
  if (Array.isArray(packed)) return unpackItems(packed, depth);
  const record = packed as Record<string, unknown>;
  const names = Object.keys(record);
  if (names.length === 1 && names[0]!.charCodeAt(0) === TILDE) return unpackContainer(names[0]!, record, depth);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const item = record[name];
    if (typeof item === "number" || typeof item === "boolean") continue;
    const value = unpack(item, depth + 1);
    if (value !== item) record[name] = value;
  }
  return record;
}

function unpackItems(items: unknown[], depth: number): unknown[] {
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (typeof item === "number" || typeof item === "boolean") continue;
    if (typeof item === "string" && item.charCodeAt(0) !== TILDE) continue;
    const value = unpack(item, depth + 1);
    if (value !== item) items[i] = value;
  }
  return items;
}

function unpackMarked(marked: string): unknown {
  switch (marked.charAt(1)) {
    case "~":
      return marked.slice(1);
    case "d":
      return marked.length === 2 ? new Date(NaN) : dateAt(Number(marked.slice(2)));
    case "b":
      return unpackBigInt(marked.slice(2));
  }
  switch (marked) {
    case "~u":
      return undefined;
    case "~n":
      return NaN;
    case "~i":
      return Infinity;
    case "~j":
      return -Infinity;
    case "~z":
      return -0;
    default:
      throw damaged("it has an unknown mark");
  }
}

/** The bigint of hexadecimal digits, which unlike decimal ones are read in linear time. */
export function unpackBigInt(digits: string): bigint {
  if (!/^-?[0-9a-f]+$/.test(digits)) throw damaged("a bigint has something else than digits");
  return digits.charAt(0) === "-" ? -BigInt(`0x${digits.slice(1)}`) : BigInt(`0x${digits}`);
}

function unpackContainer(mark: string, record: Record<string, unknown>, depth: number): unknown {
  const items = record[mark];
  if (!Array.isArray(items)) throw damaged(`what follows ${mark} is not a list`);
  switch (mark) {
    case "~m": {
      if (items.length % 2 !== 0) throw damaged("a Map has a key without a value");
      unpackItems(items, depth + 1);
      const map = new Map<unknown, unknown>();
      for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
      return map;
    }
    case "~s":
      return new Set(unpackItems(items, depth + 1));
    case "~d":
      return unpackDates(items);
    case "~r":
      return unpackRows(items, depth);
    default:
      throw damaged("it has an unknown container");
  }
}

function unpackDates(times: unknown[]): Date[] {
  const dates: Date[] = new Array(times.length);
  for (let i = 0; i < times.length; i++) {
    dates[i] = dateAt(times[i]);
  }
  return dates;
}

/** The valid Date of a time. */
function dateAt(time: unknown): Date {
  if (!Number.isInteger(time) || Math.abs(time as number) > 8.64e15) throw damaged("a Date is not a number");
  return new Date(time as number);
}

function unpackRows(items: unknown[], depth: number): Record<string, unknown>[] {
  const names = items[0];
  if (!Array.isArray(names) || names.length === 0 || names.length !== items.length - 1) {
    throw damaged("the names of its columns do not fit");
  }
  const columns: unknown[][] = [];
  for (let i = 0; i < names.length; i++) {
    // As a name of a column it would set the prototype.
    if (typeof names[i] !== "string" || names[i] === "__proto__") throw damaged("a column has no valid name");
    const column = unpack(items[i + 1], depth + 1);
    if (!Array.isArray(column) || (i > 0 && column.length !== columns[0]!.length)) {
      throw damaged("its columns differ in length");
    }
    columns.push(column);
  }
  const rows: Record<string, unknown>[] = new Array(columns[0]!.length);
  if (rows.length === 0) return rows;
  // Copies of a complete record share its layout, which makes V8 half as slow at filling them.
  const first: Record<string, unknown> = {};
  for (let j = 0; j < names.length; j++) first[names[j] as string] = columns[j]![0];
  rows[0] = first;
  for (let i = 1; i < rows.length; i++) rows[i] = { ...first };
  for (let j = 0; j < names.length; j++) {
    const name = names[j] as string;
    const column = columns[j]!;
    for (let i = 1; i < rows.length; i++) rows[i]![name] = column[i];
  }
  return rows;
}
