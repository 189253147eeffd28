import type { Engine, Globals } from "../contract/engine.ts";
import { ConfigurationError, EngineNotAvailableError, type Refusal } from "../errors.ts";
import { log } from "../logger.ts";
import { nearestName } from "../nearest_name.ts";
import type { CacheOptions } from "../options.ts";
import { settle } from "../settings.ts";
import { behindMemory } from "./behind_memory.ts";
import { encryptedBy } from "./encrypted_by.ts";
import { BUILT_IN } from "./engine_list.ts";
import { ALIASES, DATABASE_ORDER, type DecoratorName, usualOrder } from "./engine_orders.ts";
import { placeOf, protocolOf } from "./place.ts";
import { refusalsText } from "./refusals_text.ts";

/** For whom an engine is selected. */
export interface SelectFor extends CacheOptions {
  /** The decorator whose order counts; `ucache` by default. */
  readonly decorator?: DecoratorName | undefined;
  /** Whether a synchronous function is to stay synchronous, so that only engines that answer at once will do. */
  readonly sync?: boolean | undefined;
  /** The global object to look for abilities in. This runtime's by default. */
  readonly globals?: Globals | undefined;
}

/** The engine that was selected and why. */
export interface Selection {
  /** The engine. */
  readonly engine: Engine;
  /** Why this one, in words. */
  readonly reason: string;
  /** The engines that were asked before it and could not serve. */
  readonly refused: readonly Refusal[];
}

/** Whether an engine can be used here, and if not, why. */
export interface Availability {
  /** The name of the engine. */
  readonly name: string;
  /** Whether it can be used. */
  readonly available: boolean;
  /** Why not; empty when it can. */
  readonly reason: string;
}

/** The engines that are to be asked, in order, and why in that order. */
export interface Candidates {
  /** The engines, first choice first. */
  readonly engines: readonly Engine[];
  /** Why these, in words. */
  readonly reason: string;
  /** What cannot be asked at all: unknown names, and engines of the wrong colour. */
  readonly refused: readonly Refusal[];
  /** What was asked for, in words, and the engines that are just that; any other is a fallback. */
  readonly wanted: { readonly name: string; readonly engines: readonly Engine[] };
}

/**
 * The engines known by name, and the choice among them.
 *
 * @example
 * ```ts
 * import { engines } from "@twat/cache";
 * import assert from "node:assert/strict";
 *
 * assert.equal(engines.select({ decorator: "mcache" }).engine.name, "memory");
 * assert.ok(engines.list().includes("files"));
 * ```
 */
export class CacheEngineManager {
  readonly #engines = new Map<string, Engine>(BUILT_IN.map((engine) => [engine.name, engine]));

  /** Adds an engine. Throws a `ConfigurationError` when the name is taken, unless it is to be replaced. */
  register(engine: Engine, options: { readonly replace?: boolean } = {}): void {
    if (!options.replace && (this.#engines.has(engine.name) || Object.hasOwn(ALIASES, engine.name))) {
      throw new ConfigurationError(
        `Cannot register engine "${engine.name}": the name is taken; choose another or pass { replace: true }`,
      );
    }
    this.#engines.set(engine.name, engine);
  }

  /** The engine of a name, or of another library's name for it; the first available one where several are meant. */
  get(name: string): Engine | undefined {
    const found = this.#named(name);
    return found.find((engine) => engine.probe(globalThis as unknown as Globals, { directory: "" }) === true) ??
      found[0];
  }

  /** The names of all engines, in the order in which they were registered. */
  list(): string[] {
    return [...this.#engines.keys()];
  }

  /** Which engines can be used here, with the reason of each that cannot. */
  available(options: CacheOptions & { readonly globals?: Globals } = {}): Availability[] {
    const { globals = globalThis as unknown as Globals, ...rest } = options;
    return [...this.#engines.values()].map((engine) => {
      const answer = this.probe(engine, rest, globals);
      return { name: engine.name, available: answer === true, reason: answer === true ? "" : answer };
    });
  }

  /**
   * Selects the engine for options, by asking each candidate; opens nothing.
   *
   * The ones named by `engine` come first, then the order of the decorator, which ends with memory, so that something is
   * always selected. With `strict` an engine that was named but cannot serve is an `EngineNotAvailableError`.
   */
  select(options: SelectFor = {}): Selection {
    const { decorator = "ucache", sync = false, globals = globalThis as unknown as Globals, ...rest } = options;
    const candidates = this.candidates(decorator, rest, sync);
    const refused = [...candidates.refused];
    for (const engine of candidates.engines) {
      const answer = this.probe(engine, rest, globals);
      if (answer === true) return { engine, reason: candidates.reason, refused };
      refused.push({ engine: engine.name, reason: answer });
    }
    throw notAvailable(refused);
  }

  /** Asks an engine whether it can be opened for options: `true`, or the reason why not. */
  probe(engine: Engine, options: CacheOptions, globals: Globals): true | string {
    const place = placeOf(engine, settle(options), globals);
    return "reason" in place ? place.reason : engine.probe(globals, place);
  }

  /** The engines to be asked for options, in order, leaving out those of the wrong colour. */
  candidates(decorator: DecoratorName, options: CacheOptions, sync: boolean): Candidates {
    const refused: Refusal[] = [];
    const usual = usualOrder(decorator, options);
    const { encrypt, url } = options;
    if (encrypt !== undefined && sync) throw encryptsLater();
    const kept = (engines: readonly Engine[]): readonly Engine[] =>
      encrypt === undefined ? engines : engines.map((engine) => encryptedBy(encrypt, engine));
    const order = kept(usual.order.flatMap((name) => this.#named(name)));
    const choices = choicesOf(options).map((choice) => kept(this.#chosen(choice, refused)));
    const opening = url === undefined || choices.length > 0 ? [] : kept(this.#opening(decorator, url));
    const named = [...choices.flat(), ...opening];
    const asked = named.length === 0 && choices.length === 0 ? order : options.strict ? named : [...named, ...order];
    const unable = (engine: Engine) => sync && engine.mode === "async";
    const engines = [...new Set(asked)].filter((engine) => !unable(engine));
    const homeless = !engines.some((engine) => engine.persistent);
    for (const engine of new Set(asked.filter(unable))) {
      if (!homeless && !named.includes(engine)) continue;
      refused.push({ engine: engine.name, reason: "it answers with promises, but the function is synchronous" });
    }
    if (engines.length === 0) throw notAvailable(refused);
    if (choices.length > 0) {
      const wanted = { name: nameOf(choicesOf(options)[0]!), engines: choices[0]! };
      return { engines, reason: "the option engine names it", refused, wanted };
    }
    if (opening.length > 0) {
      const { name } = opening[0]!.tiers?.back ?? opening[0]!;
      return { engines, reason: `"${name}" opens the url`, refused, wanted: { name, engines: opening } };
    }
    const first = order[0]!;
    const good = usual.order === DATABASE_ORDER ? order.filter((engine) => engine.persistent) : [first];
    return { engines, reason: usual.reason, refused, wanted: { name: first.name, engines: good } };
  }

  #chosen(choice: string | Engine, refused: Refusal[]): readonly Engine[] {
    if (typeof choice !== "string") return [choice];
    const found = this.#named(choice);
    if (found.length > 0) return found;
    const nearest = nearestName(choice, [...this.list(), ...Object.keys(ALIASES)]);
    const advice = nearest === undefined ? `the engines are ${this.list().join(", ")}` : `did you mean "${nearest}"?`;
    refused.push({ engine: choice, reason: `no engine has that name; ${advice}` });
    return [];
  }

  /** The engines that open an address; behind memory for the decorators that would keep values there. */
  #opening(decorator: DecoratorName, url: string): Engine[] {
    const all = [...this.#engines.values()];
    const opening = all.filter(({ protocols }) => protocols?.includes(protocolOf(url)));
    if (opening.length === 0) {
      const known = all.flatMap(({ protocols }) => protocols ?? []).map((protocol) => `"${protocol}"`).join(", ");
      throw new ConfigurationError(
        `Cannot use the url: no engine opens "${protocolOf(url)}"; the protocols are ${known}`,
        { issues: [{ path: "url", message: `must begin with one of ${known}` }] },
      );
    }
    return decorator === "ucache" || decorator === "acache" ? opening.map(behindMemory) : opening;
  }

  #databases(): Engine[] {
    return DATABASE_ORDER.flatMap((name) => this.#engines.get(name) ?? []).filter((engine) => engine.persistent);
  }

  #named(name: string): Engine[] {
    const engine = this.#engines.get(name);
    if (engine !== undefined) return [engine];
    if (name === "tiered") return this.#databases().map(behindMemory);
    if (!Object.hasOwn(ALIASES, name)) return [];
    const meant = ALIASES[name]!.flatMap((name) => this.#named(name));
    log("info", `Engine "${name}" means ${meant.map((engine) => `"${engine.name}"`).join(" or ")} here`);
    return meant;
  }
}

/** The engines of this process: what is registered here, every decorator knows. */
export const engines: CacheEngineManager = /* @__PURE__ */ new CacheEngineManager();

/** The error for options that no engine can serve. */
export function notAvailable(tried: readonly Refusal[]): EngineNotAvailableError {
  return new EngineNotAvailableError(
    `Cannot use engine ${refusalsText(tried)}; name another engine, or leave out strict to fall back`,
    { engine: tried[0]?.engine ?? "", tried },
  );
}

function encryptsLater(): ConfigurationError {
  const message =
    "means nothing to a synchronous function, because to encrypt takes a promise; use bcache, fcache or acache";
  return new ConfigurationError(`Cannot use the options: encrypt ${message}`, {
    issues: [{ path: "encrypt", message }],
  });
}

function choicesOf(options: CacheOptions): readonly (string | Engine)[] {
  const { engine } = options;
  if (engine === undefined) return [];
  return typeof engine === "object" && "length" in engine ? engine : [engine];
}

function nameOf(choice: string | Engine): string {
  return typeof choice === "string" ? choice : choice.name;
}
