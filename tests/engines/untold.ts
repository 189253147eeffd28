import type { Engine } from "../../src/contract/engine.ts";
import type { AsyncStore } from "../../src/contract/store.ts";
import { chain } from "../../src/contract/maybe_promise.ts";

/** An engine whose stores do not tell what others change. */
export function untold(engine: Engine): Engine {
  const { openSync } = engine;
  return {
    ...engine,
    open: (options) => chain(engine.open(options) as AsyncStore, mute),
    ...(openSync && { openSync: (options) => mute(openSync(options)) }),
  };
}

function mute<S extends AsyncStore>(store: S): S {
  return new Proxy(store, {
    get(target, name) {
      const found: unknown = name === "watch" ? undefined : Reflect.get(target, name, target);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}
