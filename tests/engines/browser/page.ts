/** What a page of the browser tests has at hand, as the global `kit`. */
import { indexedDb } from "../../../engines/indexed_db.ts";
import { opfs } from "../../../engines/opfs.ts";
import { bcache, fcache, on } from "../../../mod.ts";
import type { Body, Entry } from "../../../src/contract/entry.ts";
import type { AsyncStore } from "../../../src/contract/store.ts";

/** A store with all that the engines for browsers offer. */
export type TabStore = Required<Pick<AsyncStore<Body>, keyof AsyncStore>>;

const engines = { indexed_db: indexedDb, opfs };

/** The decorators that choose these engines by themselves in a browser. */
const decorators = { indexed_db: bcache, opfs: fcache };

/** The engines for browsers by name. */
export type TabEngine = keyof typeof engines;

async function open(engine: TabEngine, folderName: string): Promise<TabStore> {
  const bounds = { maxSize: Infinity, maxBytes: Infinity, policy: "lru" } as const;
  return await engines[engine].open({ directory: "", folderName, secure: true, bounds }) as TabStore;
}

let instant = 1_790_000_000_000;

function entry(body: Body, parts: Partial<Entry> = {}): Entry<Body> {
  const storedAt = instant += 10;
  const spans = { storedAt, freshUntil: Infinity, goneAt: Infinity };
  return { form: "1:raw", checksum: 7, ...spans, cost: 1, size: body.length, tags: [], label: "", ...parts, body };
}

/** Bytes that do not shrink: Chromium packs what it keeps. Xorshift, by G. Marsaglia. */
function noise(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed * 2_654_435_761 + 1 | 0;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** What the tests use in a page. */
export interface Kit {
  readonly on: typeof on;
  readonly decorators: typeof decorators;
  readonly open: typeof open;
  readonly entry: typeof entry;
  readonly noise: typeof noise;
  /** What a page keeps from one step of a test to the next. */
  readonly kept: Record<string, unknown>;
}

(globalThis as { kit?: Kit }).kit = { on, decorators, open, entry, noise, kept: {} };
