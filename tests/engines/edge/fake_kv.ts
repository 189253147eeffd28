import type { KvBinding, KvPage } from "../../../engines/cloudflare_kv.ts";

interface Kept {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly metadata: string;
  readonly expiration: number;
}

/** A namespace of Workers KV in memory, with the limits and the messages of the real one, and always consistent. */
export class FakeKv implements KvBinding {
  readonly kept: Map<string, Kept> = new Map();
  /** The options of every `put`. */
  readonly puts: { readonly expirationTtl?: number }[] = [];
  /** The names of the operations so far. */
  readonly asked: string[] = [];
  /** What the next operations throw, if anything. */
  failure: Error | undefined;

  getWithMetadata(key: string, options: { type: "stream" }): Promise<{ value: ReadableStream | null }>;
  getWithMetadata(
    key: string,
    options: { type: "arrayBuffer"; cacheTtl?: number },
  ): Promise<{ value: ArrayBuffer | null; metadata: unknown }>;
  async getWithMetadata(
    key: string,
    options: { type: string; cacheTtl?: number },
  ): Promise<{ value: never; metadata: unknown }> {
    await this.#turn("get");
    if ((options.cacheTtl ?? 60) < 30) throw new Error("KV GET failed: 400 Invalid cache_ttl, it must be at least 30");
    const found = this.#live(key);
    const value = found === undefined
      ? null
      : options.type === "stream"
      ? new Response(found.bytes).body
      : found.bytes.slice().buffer;
    return { value: value as never, metadata: found === undefined ? null : JSON.parse(found.metadata) };
  }

  async put(
    key: string,
    value: ArrayBufferView<ArrayBuffer>,
    options: { metadata: unknown; expirationTtl?: number },
  ): Promise<void> {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
    await this.#turn("put");
    const metadata = JSON.stringify(options.metadata);
    const { expirationTtl = Infinity } = options;
    if (bytesOf(key) > 512) throw new Error("KV PUT failed: 414 UTF-8 encoded length exceeds key length limit of 512.");
    if (bytesOf(metadata) > 1024) throw new Error("KV PUT failed: 413 Metadata length exceeds limit of 1024.");
    if (bytes.byteLength > 26_214_400) throw new Error("KV PUT failed: 413 Value length exceeds limit of 26214400.");
    if (expirationTtl < 60) throw new Error("KV PUT failed: 400 Expiration TTL must be at least 60.");
    if (expirationTtl !== Infinity && expirationTtl > 2 ** 31 - 1) throw new TypeError("Value out of range.");
    this.puts.push(options);
    this.kept.set(key, { bytes, metadata, expiration: Date.now() + 1000 * expirationTtl });
  }

  async delete(key: string): Promise<void> {
    await this.#turn("delete");
    this.kept.delete(key);
  }

  async list({ prefix, cursor }: { prefix: string; cursor?: string | null }): Promise<KvPage> {
    await this.#turn("list");
    const names = [...this.kept.keys()].filter((name) => name.startsWith(prefix) && name > (cursor ?? "")).sort();
    const page = names.slice(0, 1000);
    const keys = page.map((name) => ({ name, metadata: JSON.parse(this.kept.get(name)!.metadata) }));
    const last = page.at(-1);
    return names.length > page.length && last !== undefined
      ? { keys, list_complete: false, cursor: last }
      : { keys, list_complete: true };
  }

  #live(key: string): Kept | undefined {
    const found = this.kept.get(key);
    return found !== undefined && found.expiration > Date.now() ? found : undefined;
  }

  async #turn(operation: string): Promise<void> {
    this.asked.push(operation);
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
  }
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
