/**
 * Entries in a namespace of Cloudflare's Workers KV, under `<folder name>/<key>`: the body as the value, all else as metadata.
 *
 * KV has no transactions, so nothing is counted or indexed apart: what is there is what `list` says. That makes `usage`,
 * which a cache with `maxSize` or `maxBytes` asks for after each value that it keeps, a listing.
 */
import type { Engine } from "../src/contract/engine.ts";
import { ConfigurationError } from "../src/errors.ts";

/** A namespace of Workers KV, as far as the engine uses it: what a Worker finds in `env` under the name of the binding. */
export interface KvBinding {
  /** Reads a value with its metadata, as a stream. */
  getWithMetadata(key: string, options: { type: "stream" }): Promise<{ readonly value: ReadableStream | null }>;
  /** Reads a value with its metadata. */
  getWithMetadata(
    key: string,
    options: { type: "arrayBuffer"; cacheTtl?: number },
  ): Promise<{ readonly value: ArrayBuffer | null; readonly metadata: unknown }>;
  /** Writes a value. */
  put(key: string, value: ArrayBufferView, options: { metadata: unknown; expirationTtl?: number }): Promise<void>;
  /** Drops a value. */
  delete(key: string): Promise<void>;
  /** Lists keys, a page at a time. */
  list(options: { prefix: string; cursor?: string | null }): Promise<KvPage>;
}

/** A page of a listing of Workers KV. */
export interface KvPage {
  /** The keys in it. */
  readonly keys: readonly { readonly name: string; readonly metadata?: unknown }[];
  /** Whether it is the last page. */
  readonly list_complete: boolean;
  /** What to ask for the next page with. */
  readonly cursor?: string;
}

/** How a namespace is used. */
export interface CloudflareKvOptions {
  /**
   * How long a data centre may answer from its own copy of a value that it has read, in milliseconds: at least 30,000.
   * A minute by default. Longer is faster, and lets other places see a change later.
   */
  readonly cacheTtl?: number | undefined;
}

const ADVICE = 'name it in the Wrangler configuration, kv_namespaces = [{ binding = "CACHE", id = "…" }], ' +
  "and pass env.CACHE";

/**
 * An engine over a namespace of Cloudflare's Workers KV.
 *
 * Values are there all over the world, and consistent in the end only: another data centre may see the old value, or none,
 * for a minute or longer after a change. KV takes one write a second for each key, values up to 25 MiB, and 1,000
 * operations per request, so that clearing a large cache may take several. There are no locks across isolates.
 *
 * Throws a `ConfigurationError` for anything but a KV binding.
 *
 * @param binding The binding, `env.CACHE` for example.
 *
 * @example
 * ```ts ignore
 * import { env } from "cloudflare:workers";
 * import { bcache } from "@twat/cache";
 * import { cloudflareKv } from "@twat/cache/edge";
 *
 * const rates = bcache(async (day: string) => (await fetch(`https://rates.example/${day}`)).json(), {
 *   engine: cloudflareKv(env.CACHE),
 *   ttl: "1h",
 * });
 * ```
 */
export function cloudflareKv(binding: KvBinding, options: CloudflareKvOptions = {}): Engine {
  const { cacheTtl } = options;
  const wrong = faultIn(binding);
  if (wrong !== undefined) throw refused("binding", `${wrong}; ${ADVICE}`);
  if (cacheTtl !== undefined && !(cacheTtl >= 30_000 && cacheTtl <= 2 ** 31)) {
    throw refused("cacheTtl", `cacheTtl is ${String(cacheTtl)}; give 30000 milliseconds or more`);
  }
  return {
    name: "cloudflare_kv",
    mode: "async",
    holds: "bytes",
    scope: "folder",
    // A key of KV has at most 512 bytes, a value 25 MiB; a folder's name and long tags want some.
    limits: { keyBytes: 400, bodyBytes: 26_000_000 },
    persistent: true,
    shared: true,
    remote: true,
    keeps: "in a namespace of Cloudflare's Workers KV, under `<folder name>/`",
    probe: () => true,
    async open({ folderName = "default" }) {
      const { openStore } = await import("./cloudflare_kv/store.ts");
      return openStore(binding, folderName, cacheTtl);
    },
  };
}

function faultIn(binding: unknown): string | undefined {
  if (binding === undefined || binding === null) return `the binding is ${binding}`;
  if (typeof binding !== "object") return `the binding is a ${typeof binding}`;
  const missing = ["getWithMetadata", "put", "delete", "list"].filter((name) => {
    return typeof (binding as Record<string, unknown>)[name] !== "function";
  });
  return missing.length === 0 ? undefined : `the binding has no ${missing.join(", ")}, so it is no KV namespace`;
}

function refused(path: string, why: string): ConfigurationError {
  const message = `Cannot use Workers KV: ${why}`;
  return new ConfigurationError(message, { issues: [{ path, message }] });
}
