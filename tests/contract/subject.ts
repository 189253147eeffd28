import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";
import type { Engine, OpenOptions } from "../../src/contract/engine.ts";
import type { Entry, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore, Bounds } from "../../src/contract/store.ts";

/** Bounds that bound nothing. */
export const unbounded: Bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" };

/** The optional methods of a store. */
export const acceleratorNames = ["getMany", "setMany", "deleteMany", "touch", "sweep", "trim"] as const;

/** The name of an optional method of a store. */
export type AcceleratorName = typeof acceleratorNames[number];

/** An engine under test: opens its stores, makes entries of the kind it holds, and tells whether one came back exactly. */
export interface Subject {
  readonly engine: Engine;
  /** Whether its stores offer an optional method. */
  offers(...methods: AcceleratorName[]): boolean;
  /** A folder that no other test uses. */
  directory(): string;
  /** Opens a store; `directory` decides which storage, the rest has the defaults of the core. */
  open(options?: Partial<OpenOptions>): Promise<AsyncStore>;
  /** Runs with a freshly opened store and always closes it. */
  with(run: (store: AsyncStore) => Promise<void>, options?: Partial<OpenOptions>): Promise<void>;
  /** Runs with a folder that no other test uses. */
  inFolder(run: (directory: string) => Promise<void>): Promise<void>;
  /** An entry whose instants come later than those of all before it. The body is made from `text`. */
  entry(text: string, parts?: Partial<Entry>): Entry;
  /** A body of the kind the engine holds. */
  body(text: string): unknown;
  /** Fails unless `actual` is `expected` in every field. */
  same(actual: Entry | undefined, expected: Entry, message?: string): void;
}

/** How the subject of one suite is made. */
export interface SubjectOptions {
  readonly directory?: (() => string) | undefined;
  readonly accelerators: readonly AcceleratorName[];
  /** Whether to open through `openSync`. */
  readonly sync: boolean;
}

/** Makes the subject of one suite. */
export function subject(engine: Engine, options: SubjectOptions): Subject {
  const made: string[] = [];
  after(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
  let instant = 1_790_000_000_000;

  const directory = options.directory ?? (() => {
    const folder = mkdtempSync(join(tmpdir(), "twat-contract-"));
    made.push(folder);
    return join(folder, "store");
  });

  const open = async (parts: Partial<OpenOptions> = {}): Promise<AsyncStore> => {
    const all: OpenOptions = { directory: parts.directory ?? directory(), secure: true, bounds: unbounded, ...parts };
    if (!options.sync) return await engine.open(all);
    assert.ok(engine.openSync, 'an engine of mode "both" has openSync');
    return engine.openSync(all);
  };

  const body = (text: string): unknown => engine.holds === "bytes" ? text : { text };

  return {
    engine,
    offers: (...methods) => methods.every((method) => options.accelerators.includes(method)),
    directory,
    open,
    body,
    async with(run, parts) {
      const store = await open(parts);
      try {
        await run(store);
      } finally {
        await store.close();
      }
    },
    inFolder: (run) => run(directory()),
    entry(text, parts = {}) {
      instant += 10;
      return {
        body: body(text),
        form: engine.holds === "bytes" ? "1:json" : "",
        checksum: engine.holds === "bytes" ? text.length : 0,
        storedAt: instant,
        freshUntil: instant + 60_000,
        goneAt: instant + 120_000,
        cost: 1.5,
        size: text.length,
        tags: [],
        label: "",
        ...parts,
      };
    },
    same(actual, expected, message = "the entry") {
      assert.ok(actual, `${message} is there`);
      for (const field of fields) assert.deepEqual(actual[field], expected[field], `${message}: ${field}`);
      sameBody(engine, actual.body, expected.body, message);
    },
  };
}

const fields = ["form", "checksum", "storedAt", "freshUntil", "goneAt", "cost", "size", "tags", "label"] as const;

function sameBody(engine: Engine, actual: unknown, expected: unknown, message: string): void {
  if (engine.holds === "references") return assert.ok(Object.is(actual, expected), `${message}: the very value`);
  if (engine.holds === "clones") return assert.deepEqual(actual, expected, `${message}: body`);
  if (typeof expected === "string") {
    const text = actual instanceof Uint8Array ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(actual) : actual;
    assert.ok(text === expected, `${message}: text body, ${expected.length} characters`);
    return;
  }
  assert.ok(actual instanceof Uint8Array, `${message}: a body of bytes comes back as bytes`);
  const bytes = expected as Uint8Array;
  assert.equal(actual.byteLength, bytes.byteLength, `${message}: length of the body`);
  assert.ok(bytes.every((byte, at) => actual[at] === byte), `${message}: bytes of the body`);
}

/** Everything a store lists under a prefix, by key. */
export async function listing(store: AsyncStore, prefix: string): Promise<Map<string, Listed>> {
  const found = new Map<string, Listed>();
  for await (const listed of store.entries(prefix)) {
    assert.ok(!found.has(listed.key), `"${listed.key}" is listed once`);
    found.set(listed.key, listed);
  }
  return found;
}

/** A key of the shape the core makes: scope, then a name, then the hexadecimal digits of a digest. */
export function keyOf(scope: string, n: number): string {
  const digits = (n * 2654435761 >>> 0).toString(16).padStart(8, "0") + (n ^ 0x5bd1e995).toString(16).padStart(8, "0");
  return `${scope}/call-${digits}${digits}`;
}

/** Registers a test only where the engine claims to be able; what it claims is tested apart. */
export function given(claimed: boolean): (name: string, run: () => unknown) => void {
  return (name, run) => {
    if (claimed) it(name, async () => void await run());
  };
}
