import { acceleratorNames } from "../../src/contract/accelerators.ts";
import type { AsyncStore } from "../../src/contract/store.ts";

const ALWAYS = ["get", "set", "delete", "entries", "clear", "usage", "close"] as const;

/** Every method of a store that does not count uses. */
export type WholeStore = Required<Omit<AsyncStore, "peek" | "savedMs">>;

/** A store that has all methods as one that offers just the optional ones that another store offers, on which they rest. */
export function offering(whole: Partial<WholeStore>, inner: AsyncStore): AsyncStore {
  const offered = acceleratorNames.filter((name) => inner[name] !== undefined && whole[name] !== undefined);
  const methods = [...ALWAYS, ...offered].map((name) => [name, (whole[name] as () => unknown).bind(whole)] as const);
  return { ...Object.fromEntries(methods), native: whole.native } as unknown as AsyncStore;
}
