/** The runtimes on which the tests run. */
export type RuntimeName = "bun" | "deno" | "node 20" | "node 22+" | "chromium" | "chromium worker" | "workerd";

const { Deno, navigator, process } = globalThis as {
  readonly Deno?: { readonly openKv?: unknown };
  readonly navigator?: { readonly userAgent?: string };
  readonly process?: { readonly versions?: Readonly<Record<string, string>> };
};

/**
 * Which engines each runtime must offer without any set-up: what keeps a silent "unavailable" from passing as green.
 * Deno has Deno KV only with `--unstable-kv`.
 */
export const expectedEngines: Readonly<Record<RuntimeName, readonly string[]>> = {
  "bun": ["memory", "bun_sqlite", "node_sqlite", "files"],
  "deno": ["memory", ...(Deno?.openKv === undefined ? [] : ["deno_kv"]), "node_sqlite", "files"],
  "node 20": ["memory", "files"],
  "node 22+": ["memory", "node_sqlite", "files"],
  "chromium": ["memory", "indexed_db", "opfs"],
  "chromium worker": ["memory", "indexed_db", "opfs"],
  "workerd": ["memory"],
};

/** Which engines each runtime offers besides, to those who hand them over or have a server. */
export const enginesOnDemand: Readonly<Record<RuntimeName, readonly string[]>> = {
  "bun": ["redis"],
  "deno": ["redis", "cache_api"],
  "node 20": ["redis"],
  "node 22+": ["redis"],
  "chromium": ["cache_api"],
  "chromium worker": ["cache_api"],
  "workerd": ["cache_api", "cloudflare_kv"],
};

/** The runtime that runs these tests. Only tests may ask. */
export function runtimeName(): RuntimeName {
  const { bun, deno, node } = process?.versions ?? {};
  if (bun !== undefined) return "bun";
  if (deno !== undefined) return "deno";
  if (node !== undefined) return Number.parseInt(node, 10) < 22 ? "node 20" : "node 22+";
  if (navigator?.userAgent === "Cloudflare-Workers") return "workerd";
  return "document" in globalThis ? "chromium" : "chromium worker";
}

/** Whether the runtime at hand must offer an engine. */
export function offered(engine: string): boolean {
  return expectedEngines[runtimeName()].includes(engine);
}
