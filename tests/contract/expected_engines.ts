/** The runtimes on which the tests run. */
export type RuntimeName = "bun" | "deno" | "node 20" | "node 22+";

/**
 * Which engines each runtime must offer without any set-up: what keeps a silent "unavailable" from passing as green.
 * Engines that want a server, a browser or a flag are not in it.
 */
export const expectedEngines: Readonly<Record<RuntimeName, readonly string[]>> = {
  "bun": ["memory", "bun_sqlite", "node_sqlite", "files"],
  "deno": ["memory", "node_sqlite", "files"],
  "node 20": ["memory", "files"],
  "node 22+": ["memory", "node_sqlite", "files"],
};

/** The runtime that runs these tests. Only tests may ask. */
export function runtimeName(): RuntimeName {
  const versions = (globalThis as { process?: { versions?: Readonly<Record<string, string>> } }).process?.versions ??
    {};
  if (versions.bun !== undefined) return "bun";
  if (versions.deno !== undefined) return "deno";
  return Number.parseInt(versions.node ?? "", 10) < 22 ? "node 20" : "node 22+";
}

/** Whether the runtime at hand must offer an engine. */
export function offered(engine: string): boolean {
  return expectedEngines[runtimeName()].includes(engine);
}
