import assert from "node:assert/strict";
import { after, it } from "node:test";
import type { AcceleratorName } from "../../src/contract/accelerators.ts";
import type { Engine, OpenOptions } from "../../src/contract/engine.ts";
import type { Entry, Listed } from "../../src/contract/entry.ts";
import type { AsyncStore, Bounds } from "../../src/contract/store.ts";
import { builtIn } from "./built_in.ts";

/** Bounds that bound nothing. */
export const unbounded: Bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" };

/** Which storage a store is opened on: the same place is the same storage. */
export type Place = Pick<OpenOptions, "directory" | "folderName">;

/** An engine under test: opens its stores, makes entries of the kind it holds, and tells whether one came back exactly. */
export interface Subject {
  readonly engine: Engine;
  /** Whether it was handed its driver, so that its probe asks nothing of the globals. */
  readonly injected: boolean;
  /** Whether its stores offer an optional method. */
  offers(...methods: AcceleratorName[]): boolean;
  /** A place that no other test uses. */
  place(): Place;
  /** What the engine is opened with and asked about: a place of its own unless one is given, the rest as the core has it. */
  options(options?: Partial<OpenOptions>): OpenOptions;
  /** Opens a store with these options. */
  open(options?: Partial<OpenOptions>): Promise<AsyncStore>;
  /** Runs with a freshly opened store and always closes it. */
  with(run: (store: AsyncStore) => Promise<void>, options?: Partial<OpenOptions>): Promise<void>;
  /** Runs with two stores on one storage, and closes them. */
  withTwo(run: (first: AsyncStore, second: AsyncStore) => Promise<void>): Promise<void>;
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
  readonly open?: Partial<OpenOptions> | undefined;
  readonly injected?: boolean | undefined;
  readonly accelerators: readonly AcceleratorName[];
  /** Whether to open through `openSync`. */
  readonly sync: boolean;
}

/** Makes the subject of one suite. */
export function subject(engine: Engine, options: SubjectOptions): Subject {
  const directory = options.directory ?? temporaryFolders();
  let instant = 1_790_000_000_000;
  let places = 0;

  // The number in the name keeps tests apart, the rest keeps apart what runs on one server, and what ran before.
  const place = (): Place => {
    const name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}-${++places}`;
    return { directory: directory(), folderName: `contract-${name}` };
  };

  const opening = (parts: Partial<OpenOptions> = {}): OpenOptions => {
    const where = parts.directory === undefined ? place() : { directory: parts.directory };
    return { secure: true, bounds: unbounded, ...options.open, ...where, ...parts };
  };

  const open = async (parts?: Partial<OpenOptions>): Promise<AsyncStore> => {
    const all = opening(parts);
    if (!options.sync) return await engine.open(all);
    assert.ok(engine.openSync, 'an engine of mode "both" has openSync');
    return engine.openSync(all);
  };

  const body = (text: string): unknown => engine.holds === "bytes" ? text : { text };

  return {
    engine,
    injected: options.injected === true,
    offers: (...methods) => methods.every((method) => options.accelerators.includes(method)),
    place,
    options: opening,
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
    async withTwo(run) {
      const where = place();
      const first = await open(where);
      try {
        const second = await open(where);
        try {
          await run(first, second);
        } finally {
          await second.close();
        }
      } finally {
        await first.close();
      }
    },
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

/** Folders among the system's temporary files, which go when the tests are done; none where there is no file system. */
function temporaryFolders(): () => string {
  const [fs, os] = [builtIn<typeof import("node:fs")>("node:fs"), builtIn<typeof import("node:os")>("node:os")];
  if (typeof fs?.mkdtempSync !== "function" || typeof os?.tmpdir !== "function") return () => "";
  const made: string[] = [];
  after(() => made.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));
  return () => {
    const folder = fs.mkdtempSync(`${os.tmpdir()}/twat-contract-`);
    made.push(folder);
    return `${folder}/store`;
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
