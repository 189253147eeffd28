import type { Engine } from "../../src/contract/engine.ts";
import { ConfigurationError, type ConfigurationIssue } from "../../src/errors.ts";
import type { TextStore } from "./text_store.ts";

/** What is to be known of a store of another ecosystem, which does not tell it itself. */
export interface AdapterOptions {
  /** The name of the engine in options, messages and statistics: `a-z 0-9 _`, `"keyv"` or `"unstorage"` by default. */
  readonly name?: string | undefined;
  /**
   * Whether values outlive the process. True by default, which is the safe assumption: then keys hold the version of the
   * function, so that no value of an older one comes back. With neither this nor `shared`, each opening has values of its own.
   */
  readonly persistent?: boolean | undefined;
  /**
   * Whether other processes use the store. True by default, which is the safe assumption: then each listing asks the store.
   */
  readonly shared?: boolean | undefined;
  /**
   * Whether the store is on another machine. False by default. Then the cache waits 250 ms for an answer and computes without
   * one, and bounds the store only if the options say so.
   */
  readonly remote?: boolean | undefined;
  /** The longest key in bytes, 200 by default, which is as long as keys of the cache get. */
  readonly keyBytes?: number | undefined;
  /** The largest body in bytes, 100,000,000 by default. Bytes take a third more room in the store, and a head some hundred bytes. */
  readonly bodyBytes?: number | undefined;
}

/** What tells an ecosystem's adapter apart. */
export interface AdapterKind {
  readonly name: string;
  readonly native: object;
  readonly keeps: string;
  /** Loads what turns the store into one of texts. */
  load(): Promise<() => TextStore>;
}

/** Makes an engine of a store of another ecosystem. Throws a `ConfigurationError` for options that cannot be. */
export function adapterEngine({ native, keeps, load, ...kind }: AdapterKind, options: AdapterOptions): Engine {
  const { name = kind.name, persistent = true, shared = true, remote = false } = options;
  const { keyBytes = 200, bodyBytes = 100_000_000 } = options;
  refuseBad({ name, keyBytes, bodyBytes });
  const engine: Omit<Engine, "open"> = {
    name,
    mode: "async",
    holds: "bytes",
    scope: "folder",
    limits: { keyBytes, bodyBytes },
    persistent,
    shared,
    remote,
    keeps,
    probe: () => true,
  };
  return {
    ...engine,
    async open({ folderName = "default" }) {
      const [makeTexts, { AdapterStore }] = await Promise.all([load(), import("./store.ts")]);
      return new AdapterStore({ engine, native, makeTexts, folderName });
    },
  };
}

/** The error for a store that is none. */
export function refused(path: string, why: string): ConfigurationError {
  return new ConfigurationError(`Cannot make an engine of ${path}: ${why}`, { issues: [{ path, message: why }] });
}

/** Which of several methods a value has not. */
export function missingIn(value: unknown, methods: readonly string[]): string[] {
  if (typeof value !== "object" || value === null) return [...methods];
  return methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== "function");
}

function refuseBad(
  { name, keyBytes, bodyBytes }: Readonly<Record<"keyBytes" | "bodyBytes", number>> & { name: string },
) {
  const issues: ConfigurationIssue[] = [];
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    issues.push({ path: "name", message: `is ${JSON.stringify(name)}; use letters a-z, digits and _` });
  }
  for (const [path, bytes, least] of [["keyBytes", keyBytes, 200], ["bodyBytes", bodyBytes, 1]] as const) {
    if (!(bytes >= least)) issues.push({ path, message: `is ${String(bytes)}; give ${least} or more` });
  }
  if (issues.length === 0) return;
  const told = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new ConfigurationError(`Cannot make an engine of a store: ${told}`, { issues });
}
