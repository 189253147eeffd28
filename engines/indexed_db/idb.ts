/**
 * What is used of IndexedDB, and requests as promises.
 *
 * Why types of its own: those of the DOM are not there where the library is built and checked.
 */
import { promisifyRequest, type UseStore as KeyvalStore } from "idb-keyval";

/** An `IDBRequest`. */
export interface Request<T = unknown> {
  readonly result: T;
}

/** An `IDBOpenDBRequest`. */
export interface OpenRequest extends Request<Database> {
  onupgradeneeded: (() => void) | null;
}

/** An `IDBObjectStore`, with keys that are given apart from the values. A range is an `IDBKeyRange`. */
export interface ObjectStore<T> {
  get(key: string): Request<T | undefined>;
  getAll(range: object, count?: number): Request<T[]>;
  count(range: object): Request<number>;
  put(value: T, key: string): unknown;
  delete(range: string | object): unknown;
}

/** An `IDBTransaction`. */
export interface Transaction {
  readonly error: unknown;
  objectStore(name: string): unknown;
  abort(): void;
  addEventListener(type: "complete" | "abort", listener: () => void): void;
}

/** `"readonly"` or `"readwrite"`. */
export type Mode = "readonly" | "readwrite";

/** An `IDBDatabase`. */
export interface Database {
  readonly objectStoreNames: { contains(name: string): boolean };
  onclose: (() => void) | null;
  onversionchange: (() => void) | null;
  createObjectStore(name: string): unknown;
  transaction(stores: readonly string[], mode: Mode, options: { readonly durability: "relaxed" }): Transaction;
  close(): void;
}

/** The global object of a browser, as far as IndexedDB goes. */
export interface IdbGlobals {
  readonly indexedDB: { open(name: string, version: number): OpenRequest };
  readonly IDBKeyRange: { bound(lower: string, upper: string, lowerOpen: boolean, upperOpen: boolean): object };
}

/** A way into one object store, as the functions of `idb-keyval` take it. */
export type UseStore = KeyvalStore;

/** What a request gives, once it has it. */
export const answer: <T>(request: Request<T>) => Promise<T> = promisifyRequest as never;

/** The name of an error or a `DOMException`; empty for anything else. */
export function nameOf(error: unknown): string {
  return typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
}
