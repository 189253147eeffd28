import type { Engine, OpenOptions } from "../../src/contract/engine.ts";
import type { Entry } from "../../src/contract/entry.ts";
import type { AsyncStore, Change } from "../../src/contract/store.ts";
import { EngineError } from "../../src/errors.ts";
import type { Fault, FaultPlan, Faults, Operation } from "./faults.ts";
import { pauseOf } from "./patience.ts";

/**
 * An engine whose stores fail, hang, forget, tear, lie or take their time, where and when a test wants them to.
 *
 * It is asynchronous whatever the engine underneath is, and otherwise declares what that declares. Its name begins with
 * `chaos_`, so that messages tell which of the two was asked.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { acache } from "@twat/cache";
 * import { memory } from "@twat/cache/memory";
 * import { chaosEngine, type Faults } from "@twat/cache/testing";
 *
 * const faults: Faults = {};
 * let runs = 0;
 * const next = acache(() => Promise.resolve(++runs), { engine: chaosEngine(memory, faults) });
 * assert.deepEqual([await next(), await next()], [1, 1]);
 * faults.get = "forget";
 * assert.equal(await next(), 2);
 * delete faults.get;
 * assert.equal(await next(), 2);
 * ```
 */
export function chaosEngine(engine: Engine, faults: Faults | FaultPlan): Engine {
  const plan: FaultPlan = typeof faults === "function" ? faults : (operation) => faults[operation];
  const { openSync: _, ...declared } = engine;
  const name = `chaos_${engine.name}`;
  const open = async (options: OpenOptions) => chaosStore(name, await engine.open(options), plan);
  return {
    ...declared,
    name,
    mode: "async",
    open: async (options) => await wrong(name, plan("open"), () => open(options)),
  };
}

type Method = Exclude<Operation, "open" | "entries">;
type Real = (...args: readonly unknown[]) => unknown;

/** What a method answers that forgets: that there is nothing. */
const nothing: Readonly<Record<Method, (...args: readonly unknown[]) => unknown>> = {
  get: () => undefined,
  set: () => undefined,
  delete: () => false,
  clear: () => 0,
  usage: () => ({ entries: 0, bytes: 0 }),
  getMany: (keys) => (keys as readonly string[]).map(() => undefined),
  setMany: () => undefined,
  deleteMany: () => 0,
  touch: () => undefined,
  sweep: () => 0,
  trim: () => [],
  commit: () => false,
  lease: () => false,
  release: () => undefined,
  watch: () => () => {},
  check: () => [],
};

function chaosStore(name: string, store: AsyncStore, plan: FaultPlan): AsyncStore {
  const seen: { key: string; entry: Entry }[] = [];
  const saw = (key: unknown, entry: unknown): void => {
    if (entry === undefined || entry === null) return;
    seen.unshift({ key: key as string, entry: entry as Entry });
    seen.length = Math.min(seen.length, 50);
  };
  const wrap = (method: Method, real: Real): Real => (...args) => {
    const fault = plan(method);
    if (method === "set") saw(args[0], args[1]);
    switch (fault) {
      case "forget":
        return nothing[method](...args);
      case "tear":
      case "flip":
        return spoiled(method, real, args, fault === "tear" ? torn : flipped);
      case "lie":
        return lied(method, real, args, (key) => seen.find((other) => other.key !== key)?.entry);
      default:
        return wrong(name, fault, () => real(...args));
    }
  };
  const chaos: Record<string, unknown> = {
    entries: (prefix: string) => listed(name, plan("entries"), () => store.entries(prefix)),
    close: () => store.close(),
    get native() {
      return store.native;
    },
  };
  for (const method of Object.keys(nothing) as Method[]) {
    const real = store[method] as Real | undefined;
    if (real !== undefined) chaos[method] = wrap(method, real.bind(store));
  }
  return chaos as unknown as AsyncStore;
}

/** Does work unless it fails or hangs, or does it later. */
function wrong<T>(name: string, fault: Fault | undefined, work: () => T): T | Promise<Awaited<T>> {
  switch (fault) {
    case "throw":
      throw made(name, "");
    case "reject":
      return Promise.reject(made(name, ""));
    case "full":
    case "busy":
    case "unreachable":
      return Promise.reject(made(name, `_${fault.toUpperCase()}`));
    case "hang":
      return new Promise(() => {});
    case "unacknowledged":
      return Promise.resolve(work()).then(() => Promise.reject(made(name, "")));
    case undefined:
    case "forget":
    case "tear":
    case "flip":
    case "lie":
      return work();
    default:
      return pauseOf(fault.delay).then(work) as Promise<Awaited<T>>;
  }
}

/** A listing that goes wrong. A promise has no place there, so that what rejects or hangs does so at its first item. */
function listed(
  name: string,
  fault: Fault | undefined,
  real: () => ReturnType<AsyncStore["entries"]>,
): ReturnType<AsyncStore["entries"]> {
  if (fault === undefined || fault === "throw") return wrong(name, fault, real) as ReturnType<AsyncStore["entries"]>;
  return (async function* () {
    if (fault !== "forget") yield* await wrong(name, fault, real);
  })();
}

function spoiled(method: Method, real: Real, args: readonly unknown[], spoil: (entry: Entry) => Entry): unknown {
  const all = (entries: unknown) => (entries as (Entry | undefined)[]).map((entry) => entry && spoil(entry));
  switch (method) {
    case "get":
      return Promise.resolve(real(...args)).then((entry) => entry && spoil(entry as Entry));
    case "getMany":
      return Promise.resolve(real(...args)).then(all);
    case "set":
      return real(args[0], spoil(args[1] as Entry));
    case "setMany":
      return real((args[0] as [string, Entry][]).map(([key, entry]) => [key, spoil(entry)]));
    case "commit":
      return real(
        (args[0] as Change[]).map((change) => ({ ...change, entry: change.entry && spoil(change.entry) })),
        ...args.slice(1),
      );
    default:
      return real(...args);
  }
}

function lied(
  method: Method,
  real: Real,
  args: readonly unknown[],
  other: (key: string) => Entry | undefined,
): unknown {
  switch (method) {
    case "get":
      return other(args[0] as string) ?? real(...args);
    case "getMany":
      return (args[0] as string[]).map(other);
    case "usage":
      return { entries: NaN, bytes: -1 };
    case "delete":
    case "commit":
    case "lease":
      return true;
    default:
      return real(...args);
  }
}

function torn(entry: Entry): Entry {
  const { body } = entry;
  if (typeof body === "string") return { ...entry, body: body.slice(0, body.length >> 1) };
  return body instanceof Uint8Array ? { ...entry, body: body.slice(0, body.length >> 1) } : entry;
}

function flipped(entry: Entry): Entry {
  const { body } = entry;
  if (typeof body === "string" && body !== "") {
    return { ...entry, body: String.fromCharCode(body.charCodeAt(0) ^ 1) + body.slice(1) };
  }
  if (!(body instanceof Uint8Array) || body.length === 0) return entry;
  const bytes = body.slice();
  bytes[bytes.length >> 1]! ^= 1;
  return { ...entry, body: bytes };
}

function made(engine: string, code: string): EngineError {
  return new EngineError(`Cannot use engine "${engine}": a test wants it to fail; take the fault out`, {
    engine,
    code: `ERR_CACHE_ENGINE${code}`,
  });
}
