import type { Globals } from "../../../src/contract/engine.ts";

interface Kept {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: readonly (readonly [string, string])[];
}

/** A cache of the Cache API in memory, as far as the engine uses one, whose steps a test can hold up. */
export class FakeCache {
  readonly kept: Map<string, Kept> = new Map();
  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** Runs before what a step does, with its name and address. */
  before: (step: "match" | "put" | "delete", address: string) => unknown = () => {};
  /** Whether nothing is ever kept, as on `workers.dev`. */
  keepsNothing = false;

  async match(address: string): Promise<Response | undefined> {
    await this.#turn("match", address);
    const found = this.kept.get(address);
    return found && new Response(found.body, { headers: found.headers.map(([name, value]) => [name, value]) });
  }

  async put(address: string, response: Response): Promise<void> {
    const kept = { body: new Uint8Array(await response.arrayBuffer()), headers: [...response.headers] };
    await this.#turn("put", address);
    if (!this.keepsNothing) this.kept.set(address, kept);
  }

  async delete(address: string): Promise<boolean> {
    await this.#turn("delete", address);
    return this.kept.delete(address);
  }

  /** The addresses of what is kept whose path begins so. */
  under(path: string): string[] {
    return [...this.kept.keys()].filter((address) => new URL(address).pathname.startsWith(`/${path}`));
  }

  async #turn(step: "match" | "put" | "delete", address: string): Promise<void> {
    this.asked.push(`${step} ${new URL(address).pathname.slice(1)}`);
    await Promise.resolve();
    await this.before(step, address);
  }
}

/** Globals that have nothing but the Cache API. `mortal` makes them those of a host that ends promises with requests. */
export function fakeGlobals(
  mortal = false,
): {
  readonly globals: Globals & { readonly caches: CacheStorage };
  readonly cache: FakeCache;
  readonly names: string[];
} {
  const cache = new FakeCache();
  const names: string[] = [];
  const open = (name: string) => (names.push(name), Promise.resolve(cache));
  const caches = mortal ? { open, default: cache } : { open };
  return { globals: { caches: caches as unknown as CacheStorage }, cache, names };
}
