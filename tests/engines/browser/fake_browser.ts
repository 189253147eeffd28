import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import { FakeFolder } from "./fake_files.ts";

/** What the engines for browsers find on the global object there, made anew, with an empty storage. */
export interface FakeBrowser {
  readonly indexedDB: object;
  readonly IDBKeyRange: object;
  readonly BroadcastChannel: new (name: string) => FakeChannel;
  readonly navigator: { readonly storage: { readonly root: FakeFolder; getDirectory(): Promise<FakeFolder> } };
}

/** Makes such globals. */
export function fakeBrowser(): FakeBrowser {
  const channels = new Set<FakeChannel>();
  class Channel extends FakeChannel {
    constructor(name: string) {
      super(name, channels);
    }
  }
  const root = new FakeFolder();
  const navigator = { storage: { root, getDirectory: () => Promise.resolve(root) } };
  return { indexedDB: new IDBFactory(), IDBKeyRange, BroadcastChannel: Channel, navigator };
}

/** Runs while these are the globals. */
export async function inBrowser(browser: FakeBrowser, run: () => Promise<void>): Promise<void> {
  const names = Object.keys(browser);
  const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
  for (const [name, value] of Object.entries(browser)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  try {
    await run();
  } finally {
    for (const [at, name] of names.entries()) {
      if (before[at] !== undefined) Object.defineProperty(globalThis, name, before[at]);
      else delete (globalThis as Record<string, unknown>)[name];
    }
  }
}

/** A `BroadcastChannel` within one process. Why not the runtime's: Deno 2.9 fails at times when many were opened and closed. */
class FakeChannel {
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  readonly name: string;
  readonly #all: Set<FakeChannel>;

  constructor(name: string, all: Set<FakeChannel>) {
    this.name = name;
    this.#all = all;
    all.add(this);
  }

  postMessage(message: unknown): void {
    if (!this.#all.has(this)) throw new DOMException("the channel is closed", "InvalidStateError");
    for (const other of this.#all) {
      if (other === this || other.name !== this.name) continue;
      const data = structuredClone(message);
      setTimeout(() => this.#all.has(other) && other.onmessage?.({ data }), 0);
    }
  }

  close(): void {
    this.#all.delete(this);
  }
}
